"""The sender pool by itself (tests/support/smtp_drive), and what must hold whatever its relay does."""

import json
from collections import Counter

from fault_sink import test_program
from processes import Process

FINAL = {"accepted", "rejected", "deferred", "in_doubt", "recalled", "unsent"}


class Outcomes:
    """One line a mail, and the pool's counters."""

    def __init__(self, output):
        lines = [json.loads(line) for line in output.splitlines()]
        self.whole = lines.pop()
        self.mails = lines
        self.stats = self.whole["stats"]
        self.reports = self.whole["reports"]

    def counts(self):
        return dict(Counter(m["verdict"] for m in self.mails))

    def of(self, *verdicts):
        return [m for m in self.mails if m["verdict"] in verdicts]

    def to(self, recipient):
        return next(m for m in self.mails if m["recipient"] == recipient)


class Drive(Process):
    """Sends `mails` (recipients, or dictionaries with recipient, sender, content; or how many) to a port."""

    def __init__(self, folder, port, mails, *flags, name="drive"):
        if isinstance(mails, int):
            what = ["--count", mails]
        else:
            path = folder / f"{name}.mails.jsonl"
            path.write_text("".join(json.dumps({"recipient": m} if isinstance(m, str) else m) + "\n" for m in mails))
            what = ["--mails", path]
        super().__init__([test_program("smtp_drive"), "--to", port, *what, *flags])

    def outcomes(self, seconds=120):
        code = self.wait(seconds)
        if code != 0:
            tail = self.output.splitlines()[-1:] or [""]
            raise AssertionError(f"smtp_drive ended with {code}: {tail[0][:4000]}\n{self.story()}")
        return Outcomes(self.output)


def check_mails(test, outcomes, relay, twice=(), lied_about=(), tokens=True, content=True):
    """The invariant of every scenario with relays (docs/testing.md): of each mail one end is told; the relay has none twice;
    what it has is accepted or in doubt, what is accepted it has, byte for byte; every reply is told of the mail it was given
    for; nothing the client said was illegal.

    `relay` has kept() and violations(). Message-IDs in `twice` the relay may have more than once, those in `lied_about` it
    may have although it refused them. Without `tokens` its replies name no mail; without `content` it kept no digests."""
    test.assertEqual(outcomes.whole["broken"], [])
    test.assertEqual([m["n"] for m in outcomes.mails], list(range(1, len(outcomes.mails) + 1)))
    test.assertLessEqual({m["verdict"] for m in outcomes.mails}, FINAL)
    test.assertEqual(relay.violations()[:20], [])

    kept = relay.kept()
    copies = Counter(k.message_id for k in kept)
    verdicts = {m["message_id"]: m["verdict"] for m in outcomes.mails}
    test.assertEqual(set(copies) - set(verdicts), set(), "the relay has mails that nobody sent")
    test.assertEqual({i: n for i, n in copies.items() if n > 1 and i not in twice}, {}, "the relay has these more than once")
    accepted = {i for i, v in verdicts.items() if v == "accepted"}
    test.assertEqual(accepted - set(copies), set(), "told to be accepted, and the relay does not have them")
    wrong = {i: verdicts[i] for i in copies if verdicts[i] not in ("accepted", "in_doubt") and i not in lied_about}
    test.assertEqual(wrong, {}, "the relay has them")
    by_id = {m["message_id"]: m for m in outcomes.mails}
    if content:
        test.assertEqual([k.message_id for k in kept if k.sha256 != by_id[k.message_id]["sha256"]], [], "changed on the way")
    for m in outcomes.mails:
        cancelled = bool(m["cancelled"])
        test.assertEqual(m["verdict"] == "recalled", cancelled, m)
        if not cancelled and m["too_late"]:
            test.assertNotEqual(m["verdict"], "unsent", m)
    if tokens:
        check_replies(test, outcomes, kept)


def check_replies(test, outcomes, kept):
    """Each reply bears a token of its mail: the sink's the recipient (the sender, to MAIL), a server's its queue's name."""
    tokens = {k.message_id: k.token for k in kept}
    checked = 0
    for m in outcomes.mails:
        if m.get("code", 0) == 0 or m["code"] == 421 or "Throttling" in m["text"]:
            continue
        token = tokens.get(m["message_id"]) if m["verdict"] == "accepted" else \
            f"<{m['sender'] if m['stage'] == 'mail' else m['recipient']}>"
        test.assertIn(token, m["text"], m)
        checked += 1
    if any(m["verdict"] in ("accepted", "rejected") for m in outcomes.mails):
        test.assertGreater(checked, 0, "no reply could be told apart")
