#!/usr/bin/env python3
"""A relay announces PIPELINING and loses commands that come together: one connection shows it, and from then on it is spoken
to one command at a time; no mail is lost by it, none sent twice."""

import support
from relay_scenario import RelayScenario


class RelayAnnouncesWhatItCannot(RelayScenario):
    def test_it_loses_mail_commands(self):
        relay = self.fault_sink("--swallow-mail")
        outcomes = self.drive_and_check(relay, 200, "--tries", 3, "--connections", 1)
        self.assertEqual(outcomes.counts(), {"accepted": 200}, outcomes.reports)
        self.assertEqual(outcomes.stats["lock_step_changes"], 1, outcomes.reports)
        self.assertEqual(len(outcomes.reports), 1, outcomes.reports)

    def test_it_loses_what_comes_with_a_dot(self):
        """No reply comes to the next envelope: that takes a command's timeout to see, once for each connection there was."""
        relay = self.fault_sink("--swallow-behind-dot")
        outcomes = self.drive_and_check(relay, 200, "--tries", 3, "--command-timeout", 500)
        self.assertEqual(outcomes.counts(), {"accepted": 200}, outcomes.reports)
        self.assertGreaterEqual(outcomes.stats["lock_step_changes"], 1, outcomes.reports)
        self.assertLessEqual(len(outcomes.reports), 4, outcomes.reports)

    def test_it_is_believed_again_later(self):
        """The relay is asked again when its time is over."""
        relay = self.fault_sink("--swallow-mail")
        outcomes = self.drive_and_check(relay, 300, "--tries", 20, "--rate", 300, "--lock-step-time", 300, "--session-mails", 20)
        self.assertEqual(outcomes.counts(), {"accepted": 300}, outcomes.reports)
        self.assertGreaterEqual(outcomes.stats["lock_step_changes"], 2, outcomes.reports)


if __name__ == "__main__":
    support.main()
