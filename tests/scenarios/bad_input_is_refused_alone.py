#!/usr/bin/env python3
"""Somebody sends nonsense: it is refused with a clear reason and counted, and everything around it is applied."""

import json

import support
from support import Pairs, Raw, Shopper, entry, item, msgpack, packed_chunk


class BadInputIsRefusedAlone(support.Scenario):
    def test_malformed_events_between_good_ones(self):
        server = self.serve()
        good = [Shopper(f"good-{i}") for i in range(4)]
        now = support.now_ms()

        def plain(event):
            return {k: v for k, v in event.items() if k != "time"}

        bad = {
            "cart_id": {"event": "add_to_cart", "items": [item("Bell")]},
            "visitor_id": {"event": "view_item", "visitor_id": "v" * 129},
            "items[0].quantity": {"event": "add_to_cart", "cart_id": "c", "items": [{"item_id": "x", "quantity": -1}]},
            "email": {"event": "identify", "customer_id": "c", "email": "not an address"},
        }
        twice = Pairs(("event", "view_cart"), ("cart_id", "one"), ("cart_id", "two"))
        nested = {"event": "view_cart", "cart_id": "c", "extra": Raw(b"\x91" * 2000 + b"\xc0")}
        huge = {"event": "view_cart", "cart_id": "c", "extra": "x" * 70_000}
        ahead = msgpack([support.event_time(now + 600_000), {"event": "view_cart", "cart_id": "c"}])
        refused = [entry(e) for e in bad.values()] + [entry(twice), entry(huge), ahead]
        wanted = [*bad, "cart_id", "bytes", "ahead"]

        entries = b""
        for i, one in enumerate(refused):
            entries += entry(plain(good[i % 3].adds(item(f"Thing {i}"))), now + i) + one
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        client.send(packed_chunk(entries, "nonsense"))
        self.assertTrue(client.wait_for_ack("nonsense"), "a refused event must be acknowledged: retrying is no use")

        self.wait_for_events(server, applied=len(refused), refused=len(refused))
        letters = [str(letter) for letter in server.wait_for_dead_letters(len(refused))]
        for word in wanted:
            self.assertTrue(any(word in letter for letter in letters), (word, letters))
        for i in range(3):
            names = [line["item_name"] for line in server.cart(good[i].cart_id)["lines"]]
            self.assertEqual(names, [f"Thing {n}" for n in range(len(refused)) if n % 3 == i])

        # Nesting beyond every bound: whether the event or the connection is refused, the neighbours live.
        client.send(packed_chunk(entry(plain(good[3].adds())) + entry(nested), "deep"))
        client.wait_for_ack("deep")
        self.after_that_others_are_served(server, good[0])
        self.assertEqual(server.stop(), 0, server.story())

    def test_hostile_frames_cost_their_connection_only(self):
        server = self.serve()
        neighbour = self.gateway(server)
        victim = Shopper("victim")
        neighbour.send(victim.adds(item("Bell")))
        hostile = {
            "nested too deeply": b"\x91" * 100_000,
            "no message": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "an array of four billion": b"\xdd\xff\xff\xff\xff" + b"\xc0" * 100,
            "a string of four billion bytes": b"\x93\xdb\xff\xff\xff\xff" + b"x" * 100,
            "never used byte": b"\xc1" * 64,
        }
        for what, data in hostile.items():
            with self.subTest(what):
                client = support.ForwardSocket(server.forward_port)
                client.send(data)
                self.assertTrue(client.closed_by_server(), f"{what}: still open\n{server.story()}")
                client.close()
        # The line may be on its way yet when the connection is gone already.
        support.wait_until(lambda: server.find_complaint(r"warn.*forward.*malformed|malformed"),
                           lambda: f"a word about what was malformed\n{server.story()}")

        # Half a message, then nothing: it is not applied, not even its first event.
        whole = packed_chunk(entry({"event": "add_to_cart", "cart_id": "half", "items": [item("Pump")]}) * 2, "half")
        client = support.ForwardSocket(server.forward_port)
        client.send(whole[:-5])
        client.close()
        support.wait_until(lambda: server.find_complaint(r"within a message|cut_short"),
                           lambda: f"a word about the message cut short\n{server.story()}")
        neighbour.send(victim.adds(item("Lamp")))
        support.wait_until(lambda: len(server.cart(victim.cart_id)["lines"]) == 2, "the neighbour's event")
        self.assertIsNone(server.cart("half"))
        self.assert_events(server, applied=2, refused=0)
        self.assertEqual(server.stop(), 0, server.story())

    def test_one_bad_line_among_good_ones(self):
        server = self.serve()
        shopper = Shopper("shopper")
        lines = [shopper.adds(item("Bell")), {"event": "add_to_cart", "time": support.now_ms(), "items": [item("x")]},
                 shopper.adds(item("Pump")), None, {**shopper.looks(), "event": "sang_a_song"}]
        body = "".join("{\"event\": oh\n" if e is None else json.dumps(e) + "\n" for e in lines)
        answer = server.post("/v1/events", body, "application/x-ndjson")
        self.assertEqual(answer.status, 207, answer)
        self.assertEqual([r["line"] for r in answer.json["refused"]], [2, 4], answer)
        self.assertIn("cart_id", answer.json["refused"][0]["reason"])
        self.assertTrue(answer.json["refused"][1]["reason"])
        self.assertEqual(answer.json["accepted"], 3, answer)
        self.wait_for_events(server, applied=2, refused=2, ignored=1)
        self.assertEqual(server.cart_lines(shopper.cart_id), {"bell": 1, "pump": 1})
        server.wait_for_dead_letters(2)

        # A document that is none refuses itself; nothing of it is applied.
        answer = server.post("/v1/events", "[{\"event\":", "application/json")
        self.assertEqual(answer.status, 400, answer)
        self.assertTrue(answer.json["error"])
        answer = server.post("/v1/events", "hello", "text/plain")
        self.assertEqual(answer.status, 415, answer)
        self.assertEqual(server.stop(), 0, server.story())

    def test_every_mistake_of_a_configuration_at_once(self):
        file = self.folder / "wrong.toml"
        file.write_text("[node]\nshards = 300\n\n[forward]\nlistn = \"127.0.0.1:1\"\n\n[journal]\nsync = \"never\"\n")
        for command in (["serve", "--config", file], ["check", file]):
            with self.subTest(command[0]):
                code, output, complaints = self.run_program(*command)
                self.assertEqual(code, 1, complaints)
                self.assertIn(f"{file}:2: node.shards", complaints)
                self.assertIn(f"{file}:5: forward.listn", complaints)
                self.assertIn(f"{file}:8: journal.sync", complaints)
                self.assertEqual(output, "")
        self.assertFalse((self.folder / "cartwheel-data").exists())
        code, _, complaints = self.run_program("serve", "--sett", "x=y")
        self.assertEqual(code, 2, complaints)

    def wait_for_events(self, server, **expected):
        total = sum(expected.values())
        support.wait_until(lambda: sum(server.metric("cartwheel_events_total", result=r) for r in expected) >= total,
                           lambda: f"{expected}; {server.metrics().get('cartwheel_events_total')}\n{server.story()}")
        self.assert_events(server, **expected)

    def after_that_others_are_served(self, server, shopper):
        self.gateway(server).send(shopper.adds(item("After all")))
        support.wait_until(lambda: any(line["item_name"] == "After all" for line in server.cart(shopper.cart_id)["lines"]),
                           "an event after the nonsense")


if __name__ == "__main__":
    support.main()
