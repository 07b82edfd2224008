#!/usr/bin/env python3
"""Two relays, and one dies with mails on their way: those whose content it had not been offered leave over the other, those it
may have are in doubt and go nowhere else; when it is back it has its part again."""

import time

import support
from fault_sink import FaultSink
from relay_scenario import RelayScenario
from support import FAST, Shopper, wait_until

CONNECTIONS = 2
MAILS_AHEAD_MAX = 16  # a connection


def carts_of(*relays):
    return [k.recipient for r in relays for k in r.kept()]


class OneOfTwoRelaysDies(RelayScenario):
    def begin(self, faults, more=None, **settings):
        """Relays `first` and `second`; `settings` of theirs are pairs, a value for each."""
        self.first = self.fault_sink(*faults, name="first")
        self.second = self.fault_sink(*faults, name="second")
        chosen = {"outlet.kind": "smtp", **(more or {})}
        for i, relay in enumerate((self.first, self.second)):
            name = ("first", "second")[i]
            chosen[f"smtp.relay.{name}.address"] = f"127.0.0.1:{relay.port}"
            chosen[f"smtp.relay.{name}.connections"] = CONNECTIONS
            for key, values in settings.items():
                chosen[f"smtp.relay.{name}.{key}"] = values[i]
        self.server = self.serve({**FAST, **chosen})
        self.everybody = []

    def shoppers(self, count):
        new = [Shopper(f"s{len(self.everybody) + i}") for i in range(count)]
        self.everybody += new
        return new

    def in_doubt(self):
        return {d["cart_id"] for d in self.server.get("/v1/in-doubt?limit=10000").json["in_doubt"]}

    def wait_until_quiet(self):
        def quiet():
            done = self.server.metric("cartwheel_reminders_total")
            return done == len(self.everybody) and self.server.metric("cartwheel_reminders_waiting") == 0
        wait_until(quiet, lambda: f"{len(self.everybody)} ends, {self.server.metrics()['cartwheel_reminders_total']}\n"
                   f"{self.server.story()}", seconds=60)

    def kill_first_in_mid_flight(self, when):
        wait_until(lambda: len(self.first.kept()) >= when, lambda: f"{when} mails at the first\n{self.server.story()}",
                   every=0.005)
        self.first.kill()

    def bring_first_back(self, *faults):
        """It goes on with its log; a cart now and then until it has been found again."""
        port, had = self.first.port, len(self.first.kept())
        self.first = self.started(FaultSink(self.folder, *faults, port=port, name="first"))

        def found():
            self.abandon(self.server, self.shoppers(1))
            time.sleep(0.2)
            return len(self.first.kept()) > had
        wait_until(found, lambda: f"a mail at the first\n{self.server.story()}", seconds=80)
        self.wait_until_quiet()
        return len(self.first.kept()), len(self.second.kept())

    def check_ends(self):
        """Nobody's mail is at both, or twice; who is not in doubt has one, who is in doubt has none at the second."""
        self.wait_until_quiet()
        doubtful = self.in_doubt()
        counted = self.server.metric("cartwheel_reminders_total", outcome="in_doubt")
        self.assertEqual(len(doubtful), counted)
        self.assertEqual(self.server.metric("cartwheel_reminders_total", outcome="accepted"),
                         len(self.everybody) - len(doubtful), self.server.story())
        self.assertGreater(len(doubtful), 0, "it was not in mid-flight")
        self.assertLessEqual(len(doubtful), CONNECTIONS * MAILS_AHEAD_MAX)
        self.assertEqual(self.first.violations() + self.second.violations(), [])
        kept = carts_of(self.first, self.second)
        self.assertEqual(len(kept), len(set(kept)), "twice")
        sure = {s.address for s in self.everybody if s.cart_id not in doubtful}
        maybe = {s.address for s in self.everybody if s.cart_id in doubtful}
        self.assertEqual(sure - set(kept), set(), "accepted, and nowhere")
        self.assertEqual(set(kept) - sure - maybe, set(), "nobody's")
        self.assertEqual(maybe & set(carts_of(self.second)), set(), "offered to another relay")
        self.assertEqual(self.server.stop(), 0, self.server.story())

    def test_the_second_stands_in(self):
        self.begin(("--fault", "dot-wait-20"), priority=(1, 2))
        self.abandon(self.server, self.shoppers(300))
        self.kill_first_in_mid_flight(40)
        self.wait_until_quiet()
        self.assertGreater(len(self.second.kept()), 150, "the rest left over the second")
        at_first = len(self.first.kept())
        self.assertEqual(at_first + len(self.second.kept()) + len(self.in_doubt() - {
            s.cart_id for s in self.everybody if s.address in carts_of(self.first)}), 300)

        had = self.bring_first_back()
        self.abandon(self.server, self.shoppers(100))
        self.wait_until_quiet()
        self.assertEqual((len(self.first.kept()) - had[0], len(self.second.kept()) - had[1]), (100, 0), "it takes over again")
        self.check_ends()

    def trickle(self, count):
        """Mails one by one, at the shop's rate, so that both relays have room for each; the share of the first."""
        self.wait_until_quiet()
        had = len(self.first.kept()), len(self.second.kept())
        self.abandon(self.server, self.shoppers(count))
        self.wait_until_quiet()
        first, second = len(self.first.kept()) - had[0], len(self.second.kept()) - had[1]
        self.assertEqual(first + second, count)
        return first / count

    def test_shares_by_weight(self):
        """Each answers a moment behind having taken a mail, so the first always dies with one that has no answer."""
        slow = ("--fault", "dot-wait-30")
        self.begin(slow, {"smtp.rates.shop": "20/s"}, weight=(3, 1))
        self.assertAlmostEqual(self.trickle(100), 0.75, delta=0.1)

        self.abandon(self.server, self.shoppers(100))
        self.kill_first_in_mid_flight(len(self.first.kept()) + 20)
        had = len(self.second.kept())
        self.wait_until_quiet()
        self.assertGreater(len(self.second.kept()) - had, 50, "the rest left over the second")
        self.bring_first_back(*slow)
        self.assertAlmostEqual(self.trickle(100), 0.75, delta=0.1)
        self.check_ends()


if __name__ == "__main__":
    support.main()
