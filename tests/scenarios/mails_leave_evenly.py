#!/usr/bin/env python3
"""A rate is a rate: however many connections there are, after a quiet while as well as in a rush, and of a shop and of a mail
host as of a relay."""

import time

import support
from relay_scenario import RelayScenario
from support import FAST, Server, Shopper, smtp_outlet, wait_until

RATE = 20
SECONDS = 60 if support.LONG else 10
MAILS = RATE * SECONDS


def most_within_a_second(times):
    """The most of these in any window of a second."""
    begin, most = 0, 0
    for end, t in enumerate(times):
        while times[begin] <= t - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most


class MailsLeaveEvenly(RelayScenario):
    def begin(self, name, connections, settings):
        """A relay, and a server in a folder of its own with these settings for it."""
        folder = self.folder / name
        folder.mkdir()
        relay = self.fault_sink()
        server = self.started(Server(folder, {**FAST, **smtp_outlet(relay.port, connections), **settings}, wait=False))
        server.wait_until_ready()
        return server, relay

    def idle_then_burst(self, pairs, shoppers):
        """One mail, a quiet while in which nothing may be saved up, and a rush; at all of them together."""
        first = Shopper("first")
        for server, _ in pairs:
            self.abandon(server, [first])
        for server, relay in pairs:
            wait_until(relay.kept, lambda: f"the first mail\n{server.story()}")
        quiet = time.monotonic()
        for server, _ in pairs:
            self.abandon(server, shoppers)
        self.assertGreater(len(shoppers), 5 * RATE)
        for server, relay in pairs:
            wait_until(lambda: len(relay.kept_times()) > len(shoppers), lambda: f"{len(shoppers)} mails, {len(relay.kept())}\n"
                       f"{server.story()}", seconds=2 * SECONDS + 20, every=0.2)
            self.assertGreater(time.monotonic() - quiet, 2, "carts are idle for two seconds")
            self.assertEqual(server.stop(), 0, server.story())
            self.assert_mailed_once(relay, [first, *shoppers])

    def assert_even(self, times, what, rate=RATE):
        # One more behind a quiet while; and a second that begins with a mail ends with one.
        self.assertLessEqual(most_within_a_second(times), 1.02 * rate + 2, what)
        rush = times[1:]
        took = rush[-1] - rush[0]
        self.assertAlmostEqual((len(rush) - 1) / took / rate, 1, delta=0.02, msg=f"{what}: {len(rush)} mails in {took:.2f} s")

    def test_of_a_relay(self):
        connections = (1, 4, 16)
        pairs = [self.begin(f"c{c}", c, {"smtp.relay.main.rate": f"{RATE}/s"}) for c in connections]
        self.idle_then_burst(pairs, [Shopper(f"s{i}") for i in range(MAILS)])
        for c, (_, relay) in zip(connections, pairs):
            with self.subTest(connections=c):
                self.assert_even(relay.kept_times(), f"{c} connections")

    def test_of_a_shop_and_a_host(self):
        """Two hosts, one of which has two domains: each has its rate, and the shop has one for both together."""
        shoppers = [Shopper(f"s{i}") for i in range(MAILS)]
        for i, s in enumerate(shoppers):
            s.address = f"{s.name}@{('gmail.com', 'googlemail.com', 'shop.example', 'shop.example')[i % 4]}"
        of_shop = self.begin("shop", 4, {"smtp.rates.shop": f"{RATE}/s"})
        of_host = self.begin("host", 4, {"smtp.rates.host": f"{RATE // 2}/s"})
        self.idle_then_burst([of_shop, of_host], shoppers)
        self.assert_even(of_shop[1].kept_times(), "a shop")

        arrivals = sorted((r["time"], r["recipient"]) for r in of_host[1].records() if r["kept"])
        google = [t for t, to in arrivals if to.endswith(("@gmail.com", "@googlemail.com"))]
        other = [t for t, to in arrivals if to.endswith("@shop.example")]
        self.assertEqual((len(google), len(other)), (MAILS // 2, MAILS // 2))
        self.assert_even(google, "a host with two domains", RATE // 2)
        self.assert_even(other, "a host", RATE // 2)


if __name__ == "__main__":
    support.main()
