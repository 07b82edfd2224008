"""What the scenarios with relays share: docs/testing.md, "Relays"."""

import sys

import support
from driven_pool import Drive, check_mails
from fault_sink import FaultSink


class OfOneRun:
    """A relay, as far as one of several runs is concerned."""

    def __init__(self, relay, run):
        self.relay, self.violations, self.story = relay, relay.violations, relay.story
        self.end = f".{run}@shop.example"

    def kept(self):
        return [k for k in self.relay.kept() if k.message_id.endswith(self.end)]


class RelayScenario(support.Scenario):
    def fault_sink(self, *flags, **more):
        return self.started(FaultSink(self.folder, *flags, **more))

    def start_drive(self, relay, mails, *flags, **more):
        return self.started(Drive(self.folder, relay.port, mails, *flags, **more))

    def drive(self, relay, mails, *flags, seconds=120, **more):
        return self.start_drive(relay, mails, *flags, **more).outcomes(seconds)

    def check(self, outcomes, relay, **more):
        """check_mails(), with what was told and said when it fails."""
        try:
            check_mails(self, outcomes, relay, **more)
        except AssertionError:
            print(f"outcomes: {outcomes.counts()} {outcomes.stats}\nreports: {outcomes.reports[:10]}\n{relay.story()}",
                  file=sys.stderr)
            raise

    def drive_and_check(self, relay, mails, *flags, **more):
        """Sends, checks, and gives what became of the mails."""
        outcomes = self.drive(relay, mails, *flags)
        self.check(outcomes, relay, **more)
        return outcomes

    def abandon(self, server, shoppers):
        """Each of them comes and leaves a cart behind; over Forward, acknowledged."""
        gateway = support.ForwardSocket(server.forward_port)
        try:
            for start in range(0, len(shoppers), 500):
                gateway.deliver([e for s in shoppers[start:start + 500] for e in (*s.arrives(), s.adds())], f"chunk-{start}")
        finally:
            gateway.close()

    def assert_mailed_once(self, relay, shoppers):
        """Their mails and no others are at the relay, none twice, and nothing illegal was said."""
        self.assertEqual(relay.violations()[:20], [])
        self.assertEqual(sorted(k.recipient for k in relay.kept()), sorted(s.address for s in shoppers))
