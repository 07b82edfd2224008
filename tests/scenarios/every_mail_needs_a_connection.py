#!/usr/bin/env python3
"""For a long time every mail goes over a connection of its own, and some of these break: neither files nor memory pile up."""

import os
import time

import support
from relay_scenario import RelayScenario

SECONDS = 1800 if support.LONG else 12
RATE = 300


class EveryMailNeedsAConnection(RelayScenario):
    def test_soak(self):
        relay = self.fault_sink("--fault", "dot-drop@every=101", "--fault", "rcpt-rst@every=103", "--fault", "mail-421@every=107")
        mails = SECONDS * RATE
        drive = self.start_drive(relay, mails, "--rate", RATE, "--session-mails", 1, "--tries", 10, "--forget", "--at-most",
                                 SECONDS + 60)
        begun = time.monotonic()
        seen = []  # (open files of both, pages of the client)
        interval = SECONDS / 40
        while drive.runs() and time.monotonic() - begun < SECONDS - 2 * interval:  # not into its report, which takes memory
            time.sleep(interval)
            resident = self.resident_kib(drive)
            if resident is not None:
                seen.append((self.open_files(drive) + self.open_files(relay), resident))
        outcomes = drive.outcomes(SECONDS + 60)
        self.assertEqual(outcomes.whole["broken"], [])
        # It tells only of those that were not accepted.
        self.assertEqual(set(outcomes.counts()), {"in_doubt"}, outcomes.reports[:5])
        self.assertEqual(outcomes.stats["accepted"] + len(outcomes.mails), mails)
        self.assertGreater(outcomes.stats["connects"], mails)
        kept = [k.message_id for k in relay.kept()]
        self.assertEqual(len(kept), len(set(kept)))
        self.assertLessEqual({m["message_id"] for m in outcomes.mails}, set(kept))
        self.assertEqual(len(kept), mails)
        self.assertEqual(relay.violations(), [])

        self.assertGreater(len(seen), 20)
        early, late = seen[5:len(seen) // 2], seen[len(seen) // 2:]
        files = [max(f for f, _ in half) for half in (early, late)]
        # Four connections at either end, and those of the client's that the sink has not yet seen the end of.
        self.assertLessEqual(files[1], files[0] + 8, seen)
        memory = [max(m for _, m in half) for half in (early, late)]
        self.assertLessEqual(memory[1], memory[0] + 2048, seen)

    def open_files(self, process):
        return len(os.listdir(f"/proc/{process.pid}/fd"))

    def resident_kib(self, process):
        """None of a process that has ended or is about to: its memory goes before its files and its number do."""
        if not process.runs():
            return None
        with open(f"/proc/{process.pid}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmRSS:")), None)


if __name__ == "__main__":
    support.main()
