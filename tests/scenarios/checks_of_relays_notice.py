#!/usr/bin/env python3
"""The check that every scenario with relays rests on notices each way in which a relay and its client can disagree."""

import json

import support
from driven_pool import Outcomes, check_mails
from fault_sink import Kept


class Relay:
    def __init__(self, kept, violations=()):
        self._kept, self._violations = kept, list(violations)

    def kept(self):
        return self._kept

    def violations(self):
        return self._violations


def mail(n, verdict="accepted", text=None, **more):
    who = f"r{n}@y.example"
    return {"n": n, "recipient": who, "sender": "s@x.example", "message_id": f"{n}@x", "sha256": f"digest{n}", "tries": 1,
            "cancelled": "", "too_late": False, "verdict": verdict, "stage": "content", "code": 250, "enhanced": "2.0.0",
            "text": text or f"Ok for <{who}>", **more}


def kept(n, **more):
    return Kept(f"{n}@x", **{"token": f"<r{n}@y.example>", "sha256": f"digest{n}", **more})


class ChecksOfRelaysNotice(support.Scenario):
    def look(self, mails, relay, broken=(), **more):
        whole = {"stats": {}, "reports": [], "broken": list(broken)}
        outcomes = Outcomes("\n".join(json.dumps(line) for line in [*mails, whole]))
        check_mails(self, outcomes, relay, **more)

    def test_nothing_is_wrong(self):
        doubtful = mail(3, "in_doubt", code=0, text="closed")
        self.look([mail(1), mail(2), doubtful], Relay([kept(2), kept(1)]))
        self.look([mail(1), mail(2), doubtful], Relay([kept(2), kept(1), kept(3)]))

    def test_something_is(self):
        both = Relay([kept(1), kept(2)])
        for what, mails, relay, more in (
                ("sent twice", [mail(1)], Relay([kept(1), kept(1)]), {}),
                ("accepted, and not there", [mail(1), mail(2)], Relay([kept(1)]), {}),
                ("failed, and there", [mail(1), mail(2, "rejected", code=550)], both, {}),
                ("deferred, and there", [mail(1), mail(2, "deferred", code=451)], both, {}),
                ("taken back, and there", [mail(1), mail(2, "recalled", cancelled="queue", code=0)], both, {}),
                ("taken back, and sent", [mail(1), mail(2, cancelled="queue")], both, {}),
                ("there, and never sent", [mail(1)], both, {}),
                ("told of somebody else's mail", [mail(1, text="Ok for <r2@y.example>"), mail(2)], both, {}),
                ("changed", [mail(1), mail(2)], Relay([kept(1), kept(2, sha256="other")]), {}),
                ("no end told", [mail(2)], Relay([kept(2)]), {}),
                ("not legal", [mail(1), mail(2)], Relay([kept(1), kept(2)], ["input behind DATA"]), {}),
                ("the pool broke its contract", [mail(1), mail(2)], both, {"broken": ["1: two outcomes"]})):
            with self.subTest(what), self.assertRaises(AssertionError):
                self.look(mails, relay, **more)


if __name__ == "__main__":
    support.main()
