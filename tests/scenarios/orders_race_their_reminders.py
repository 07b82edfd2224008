#!/usr/bin/env python3
"""Carts are left behind in a stream, and most of them are bought after all: at some moment around the one at which their
reminder leaves. What was taken back is not at the relay; what was accepted is there, once; and every cart has one end."""

import heapq
import random
import time
from collections import Counter, defaultdict

import journal_files
import support
from relay_scenario import RelayScenario
from support import FAST, Shopper, now_ms, smtp_outlet, wait_until

CARTS = 100_000 if support.LONG else 20_000
CARTS_A_SECOND = 1000
# Fewer than come due: reminders wait, longer the more of them there are, until orders have taken enough of them back.
MAILS_A_SECOND = 400
IDLE = 2.0
ORDERED = (0.5, 3.5)  # seconds behind the moment its reminder is due; the tick that decides it ends one to two seconds behind
TURN = 0.02


class Stream:
    """Who comes when, and buys when, by dice; sent in chunks that are acknowledged one by one."""

    def __init__(self, port, dice):
        self.gateway = support.ForwardSocket(port)
        self.dice = dice
        self.orders = []  # (when, number of the shopper)
        self.shoppers = []
        self.chunks = 0

    def run(self):
        begun = time.monotonic()
        while len(self.shoppers) < CARTS or self.orders:
            turn = time.monotonic()
            events = self.orders_until(turn)
            wanted = min(CARTS, int((turn - begun) * CARTS_A_SECOND) + 1)
            while len(self.shoppers) < wanted and len(events) < 2000:
                events += self.somebody_comes()
            if events:
                self.chunks += 1
                self.gateway.deliver(events, f"chunk-{self.chunks:07}")
            time.sleep(max(0, turn + TURN - time.monotonic()))
        self.gateway.close()
        return time.monotonic() - begun

    def somebody_comes(self):
        n = len(self.shoppers)
        shopper = Shopper(f"s{n}")
        self.shoppers.append(shopper)
        heapq.heappush(self.orders, (time.monotonic() + IDLE + self.dice.uniform(*ORDERED), n))
        time_ms = now_ms()
        return [*shopper.arrives(time_ms), shopper.adds(time=time_ms)]

    def orders_until(self, moment):
        events = []
        while self.orders and self.orders[0][0] <= moment:
            events.append(self.shoppers[heapq.heappop(self.orders)[1]].buys())
        return events


class Ends:
    """What the log says of each cart: its decisions, and what became of the reminder. (An order that the buyer's record has
    heard of a moment before the recall is out stops the reminder at the soft gate, as one of another cart would.)"""

    def __init__(self, data_dir):
        self.decisions, self.settled = defaultdict(list), defaultdict(list)
        for record in journal_files.Follower(data_dir).more():
            if record.kind == "decisions":
                for line, _ in journal_files.decisions(record):
                    self.decisions[line["cart_id"]].append(line["outcome"])
            elif record.kind == "outcomes":
                for how, why, key in journal_files.settlements_with_reasons(record):
                    self.settled[key[2]].append((how, why if how == "released" else None))

    def of(self, cart_id):
        """The cart's one end: bought in time, taken back, mailed, or something that nobody expects."""
        decided = self.decisions[cart_id]
        settled = [end for end in self.settled[cart_id] if end[0] not in ("not_sent", "put_off")]
        if not decided and not settled:
            return "bought in time"
        if decided == ["ended"] and not settled:
            return "ordered_other_cart"
        if decided == ["sent"] and settled == [("accepted", None)]:
            return "mailed"
        if decided == ["sent"] and len(settled) == 1 and settled[0][0] == "released":
            return settled[0][1]
        return f"{decided} {settled}"


class OrdersRaceTheirReminders(RelayScenario):
    def test_stream(self):
        relay = self.fault_sink("--latency", 10)
        server = self.serve({**FAST, **smtp_outlet(relay.port, 4), "smtp.relay.main.rate": f"{MAILS_A_SECOND}/s",
                             "campaign.cart.steps":
                             '[{after = "0s", channel = "email", template = "reminder-1", not_after = "24h"}]'})
        stream = Stream(server.forward_port, random.Random(20261122))
        took = stream.run()
        wait_until(lambda: server.metric("cartwheel_reminders_waiting") == server.metric("cartwheel_carts_active") == 0,
                   lambda: f"every cart to have its end\n{server.story()}", seconds=60)
        figures = {at: int(server.metric("cartwheel_recalled_total", at=at)) for at in ("queue", "envelope", "content")}
        too_late = int(server.metric("cartwheel_recalls_too_late_total"))
        self.assertEqual(server.stop(60), 0, server.story())

        self.assertEqual(relay.violations()[:20], [])
        kept = Counter(k.recipient for k in relay.kept())
        self.assertEqual({to: n for to, n in kept.items() if n > 1}, {}, "twice at the relay")
        log = Ends(self.folder / "node")
        self.assertEqual((set(log.decisions) | set(log.settled)) - {s.cart_id for s in stream.shoppers}, set())
        ends = {s.address: log.of(s.cart_id) for s in stream.shoppers}
        counts = Counter(ends.values())
        print(f"{CARTS} carts in {took:.1f} s, ends {dict(counts)}, recalls {figures}, too late {too_late}, "
              f"mails {len(kept)}", flush=True)
        self.assertLessEqual(set(counts), {"bought in time", "mailed", "recalled_queue", "recalled_envelope",
                                           "recalled_content", "ordered_other_cart"}, "one end each, and a known one")
        mailed = {to for to, end in ends.items() if end == "mailed"}
        self.assertEqual(sorted(set(kept) - mailed)[:20], [], "taken back, and at the relay")
        self.assertEqual(sorted(mailed - set(kept))[:20], [], "accepted, and not at the relay")
        recalled = {at: counts[f"recalled_{at}"] for at in figures}
        self.assertEqual(recalled, figures, "counted as they are told")
        self.assertGreater(len(mailed), 0.05 * CARTS)
        self.assertGreater(sum(recalled.values()), 0.01 * CARTS)
        self.assertGreater(counts["bought in time"], 0.05 * CARTS)
        self.assertGreater(too_late, 0, "some were on their way")


if __name__ == "__main__":
    support.main()
