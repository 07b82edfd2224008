#!/usr/bin/env python3
"""Content goes by BDAT, a mail at a time and in windows of several whole mails before the first reply: Postfix, Exim and the
own sink take each of them once, byte for byte, however many dots its lines begin with; a recipient refused in the middle of
a window touches no neighbour."""

import mail_servers
import support
from relay_scenario import OfOneRun, RelayScenario

MAILS = 48
MODES = {"single": ("--chunking", "single"),
         **{f"window{n}": ("--chunking", "window", "--window", n) for n in (1, 8, 16)}}
# By their place among the mails: in the middle of a window, next to each other, the first and the last.
REFUSED = {0: "perm", 5: "perm", 20: "temp", 21: "perm", MAILS - 1: "perm"}
BODIES = (
    ".\r\n..\r\n...\r\n.dotted\r\n..twice\r\n",
    "\r\n\r\n.\r\n\r\n",
    "l" * 998 + "\r\n." + "d" * 997 + "\r\n",
    "Gr\u00fc\u00dfe, und ein Punkt:\r\n.\r\n.\u00fc\r\n",
    "RSET\r\nMAIL FROM:<who@shop.example>\r\nBDAT 5 LAST\r\nQUIT\r\n.\r\nQUIT\r\n",
    "line after line after line\r\n" * 2000,
    "no dot at all\r\n",
)


def content(i, run):
    return (f"Message-ID: <{i + 1}.{run}@shop.example>\r\nFrom: <cart@shop.example>\r\nTo: <r{i}@shopper.example>\r\n"
            f"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nSubject: Mail {i}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{BODIES[i % len(BODIES)]}"
            f"Mail {i} of {run} ends with a dot:\r\n.\r\n")


def parts(mail):
    """Lines of the header, and the body."""
    head, _, body = mail.partition(b"\n\n")
    return head.split(b"\n"), body


class WholeMailsGoInOneFlight(RelayScenario):
    def all_but_the_refused_are_accepted(self, relay, run, flags, address, **more):
        mails = [{"recipient": address(i), "content": content(i, run)} for i in range(MAILS)]
        outcomes = self.drive(relay, mails, *flags, "--run", run, "--connections", 1, name=f"drive-{run}")
        self.check(outcomes, OfOneRun(relay, run), **more)
        expected = {None: "accepted", "perm": "rejected", "temp": "deferred"}
        for i, mail in enumerate(outcomes.mails):
            self.assertEqual(mail["verdict"], expected[REFUSED.get(i)], f"{mail}\n{outcomes.reports}")
        self.assertEqual({(m["stage"], m["enhanced"]) for m in outcomes.of("rejected")}, {("rcpt", "5.1.1")})
        self.assertEqual(outcomes.reports, [], "a refusal is no reason to hang up")
        self.assertEqual((outcomes.stats["connects"], outcomes.stats["chunking_changes"]), (1, 0))
        return outcomes

    def test_own_sink(self):
        words = {"perm": "+rcpt-550-5.1.1", "temp": "+rcpt-450-4.2.1"}
        for run, flags in MODES.items():
            with self.subTest(run):
                relay = self.fault_sink("--latency", round(20 * support.PATIENCE))
                outcomes = self.all_but_the_refused_are_accepted(
                    relay, run, flags, lambda i: f"r{i}{words.get(REFUSED.get(i), '')}@shopper.example")
                self.assertEqual({r["how"] for r in relay.records() if r["kept"]}, {"bdat"})
                trips = outcomes.stats["round_trips"]
                if run in ("single", "window1"):
                    self.assertEqual(trips, MAILS)
                else:
                    self.assertLess(trips, MAILS / 2, "nothing was under way together")

    def real_server(self, kind, *more):
        sink = self.fault_sink(dump=True)
        relay = self.started(kind(mail_servers.own_folder(self), *more, onward=sink.port))
        for run, flags in MODES.items():
            with self.subTest(run):
                self.all_but_the_refused_are_accepted(
                    relay, run, flags, lambda i: f"{REFUSED.get(i, f'r{i}')}@shopper.example", content=False)
        relay.pass_on()
        expected = {f"{i + 1}.{run}@shop.example": parts(content(i, run).replace("\r\n", "\n").encode())
                    for run in MODES for i in range(MAILS) if i not in REFUSED}
        support.wait_until(lambda: len(sink.kept()) >= len(expected),
                           lambda: f"all to be passed on\n{relay.log_text()[-2000:]}", 60)
        names = [k.message_id for k in sink.kept()]
        self.assertEqual(sorted(names), sorted(expected), "each once")
        # Exim passes 8-bit content on without saying so. That is between it and the sink.
        said = [v for v in sink.violations() if kind is not mail_servers.Exim or "8-bit content" not in v]
        self.assertEqual(said, [])
        for mail in sink.mails():
            head, body = parts(mail)
            name = next(line for line in head if line.startswith(b"Message-ID: <"))[13:-1].decode()
            want_head, want_body = expected.pop(name)
            self.assertEqual(body, want_body, name)
            self.assertEqual([line for line in want_head if line not in head], [], name)
        self.assertEqual(expected, {})
        return relay

    def test_postfix(self):
        relay = self.real_server(mail_servers.Postfix)
        sessions = [s for s in relay.sessions() if "bdat" in s]
        self.assertEqual([(s["mail"], s["bdat"], s.get("data", 0)) for s in sessions], [(MAILS, MAILS, 0)] * len(MODES))

    def test_exim(self):
        self.real_server(mail_servers.Exim)


if __name__ == "__main__":
    support.main()
