#!/usr/bin/env python3
"""The server is killed at random moments while carts fill and reminders go out: after each start everything it acknowledged
is there and nothing else, no reminder has left twice, and what it cannot know is counted as in doubt. At the end it has
decided what a replay of its log decides."""

import json
import random
import re
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import journal_files
import support
from support import FAST, Shopper, entry, item, packed_chunk, smtp_outlet, wait_until

KILLS = 200 if support.LONG else 20
CONNECTIONS = 2
INTENTS_OPEN_MAX = 16  # a connection


class Load(threading.Thread):
    """A gateway that sends carts one by one, each with its shopper's consent, and remembers what was acknowledged."""

    def __init__(self, port, first):
        super().__init__(daemon=True)
        self.port, self.next = port, first
        self.sent, self.acknowledged = [], []
        self.start()

    def run(self):
        client = None
        try:
            client = support.ForwardSocket(self.port)
            while True:
                n, self.next = self.next, self.next + 1
                shopper = Shopper(f"s{n}")
                events = [*shopper.arrives(), shopper.adds(item("Bell", quantity=n % 7 + 1))]
                self.sent.append(n)
                chunk = f"chunk-{n:08}"
                client.send(packed_chunk(b"".join(entry(e, e["time"]) for e in events), chunk))
                client.received = b""
                if not client.wait_for_ack(chunk):
                    return
                self.acknowledged.append(n)
        except OSError:
            pass  # it was killed
        finally:
            if client:
                client.close()


class History:
    """What stands in the log, read from outside: which carts came, what was decided."""

    def __init__(self, data_dir):
        self.log = journal_files.Follower(data_dir)
        self.carts, self.decisions = set(), []

    def read_on(self):
        for record in self.log.more():
            if record.kind == "events":
                self.carts.update(int(n) for n in re.findall(rb"cart-s(\d+)", record.payload))
            elif record.kind == "decisions":
                self.decisions += [line for line, _ in journal_files.decisions(record)]
        return self

    def open_carts(self):
        """A cart has one step, and ends with its decision."""
        self.read_on()
        return len(self.carts) - len({d["cart_id"] for d in self.decisions})


class ServerIsKilledUnderLoad(support.Scenario):
    def setUp(self):
        super().setUp()
        self.dice = random.Random(20261122)
        sink = self.sink()
        self.mails = sink
        self.settings = {**FAST, **smtp_outlet(sink.port, CONNECTIONS), "campaign.cart.steps":
                         '[{after = "0s", channel = "email", template = "reminder-1", not_after = "24h"}]',
                         "node.start_hold": "0s", "journal.snapshot_every": "1s"}

    def kill_and_start(self, kills, check):
        """Kills it again and again under load; `check` looks at each start with (server, acknowledged, sent)."""
        acknowledged, sent, first = [], [], 0
        for kill in range(kills):
            server = self.serve(self.settings)
            if kill:
                check(server, acknowledged, sent)
            load = Load(server.forward_port, first)
            time.sleep(self.dice.uniform(0.05, 0.6) if kill % 4 else self.dice.uniform(2.2, 3.2))
            server.signal(signal.SIGKILL)
            server.wait(20)
            load.join(20)
            acknowledged += load.acknowledged
            sent += load.sent
            first = load.next
        self.assertGreater(len(acknowledged), 10 * kills)
        return acknowledged, sent

    def mails_by_shopper(self):
        by_shopper = {}
        for m in self.mails.mails():
            who = re.search(rb"^To: .*?(s\d+)@shopper\.example", m, re.M | re.I)[1].decode()
            by_shopper.setdefault(who, []).append(m)
        return by_shopper

    def test_kill_and_start(self):
        history = History(self.folder / "node")
        in_doubt = 0

        def check(server, acknowledged, sent):
            nonlocal in_doubt
            self.check_history(server, history, acknowledged, sent)
            self.check_carts(server, acknowledged, sent)
            in_doubt = self.in_doubt_with(server, in_doubt)
        acknowledged, sent = self.kill_and_start(KILLS, check)

        # What is left goes out, and every cart gets one mail, or none if it was in doubt.
        server = self.serve(self.settings)
        self.wait_until_quiet(server)
        in_doubt = self.in_doubt_with(server, in_doubt)
        self.assertEqual(server.stop(40), 0, server.story())
        mails = self.mails_by_shopper()
        twice = {who: len(copies) for who, copies in mails.items() if len(copies) > 1}
        self.assertEqual(twice, {})
        missing = {f"s{n}" for n in acknowledged} - set(mails)
        self.assertLessEqual(len(missing), in_doubt, "only what was in doubt may be missing")
        self.assertEqual(set(mails) - {f"s{n}" for n in sent}, set(), "nobody else gets a mail")
        self.check_decisions(history.read_on(), acknowledged)

    def test_what_is_in_doubt_is_sent_again(self):
        """Nothing is lost then, and what arrives twice is the same message."""
        self.settings["smtp.relay.main.in_doubt"] = "resend"

        def check(server, acknowledged, sent):
            self.assertEqual(server.metric("cartwheel_records_unmatched_total"), 0, server.story())
        acknowledged, sent = self.kill_and_start(KILLS // 2, check)
        server = self.serve(self.settings)
        self.wait_until_quiet(server)
        doubted = {d["cart_id"] for d in server.get("/v1/in-doubt?limit=10000").json["in_doubt"]}
        self.assertEqual(server.stop(40), 0, server.story())
        mails = self.mails_by_shopper()
        self.assertEqual({f"s{n}" for n in acknowledged} - set(mails), set(), "nothing is lost")
        self.assertEqual(set(mails) - {f"s{n}" for n in sent}, set(), "nobody else gets a mail")
        for who, copies in mails.items():
            if len(copies) > 1:
                self.assertIn(f"cart-{who}", doubted, "only what was in doubt was sent again")
            messages = {m[m.index(b"From: "):] for m in copies}  # behind what the sink notes above it
            self.assertEqual(len(messages), 1, f"{who} got two messages\n{copies}")

    def in_doubt_with(self, server, before):
        """All that ever were in doubt are listed, each once; those of this start are counted, and bounded."""
        def listed():
            return [(d["cart_id"], d["cycle"], d["step"]) for d in server.get("/v1/in-doubt?limit=10000").json["in_doubt"]]

        def counted():
            return int(server.metric("cartwheel_reminders_total", outcome="in_doubt"))
        # Its carts have answered, so the shards have told all; the mailer counts them and the history writes them down.
        wait_until(lambda: len(listed()) == before + counted(), lambda: f"as many in doubt as are counted: {before} before, "
                   f"{counted()} now, {len(listed())} are listed\n{server.story()}")
        found = listed()
        self.assertEqual(len(found), len(set(found)), server.story())
        self.assertLessEqual(len(found) - before, CONNECTIONS * INTENTS_OPEN_MAX, server.story())
        return len(found)

    def check_history(self, server, history, acknowledged, sent):
        """What was acknowledged stands in the log and nothing does that was not sent; and of all these carts, those without
        a decision are open, and no others."""
        history.read_on()
        self.assertEqual(set(acknowledged) - history.carts, set(), f"acknowledged, and not in the log\n{server.story()}")
        self.assertEqual(history.carts - set(sent), set(), f"in the log, and nobody sent them\n{server.story()}")

        def agree():
            # A decision ends its cart a moment before it stands in the log; until the next tick both then say the same.
            before, there, after = history.open_carts(), server.metric("cartwheel_carts_active"), history.open_carts()
            return before == there == after
        self.assertEqual(server.metric("cartwheel_records_unmatched_total"), 0, server.story())
        wait_until(agree, lambda: f"as many open carts as the log has: {history.open_carts()}; there are "
                   f"{server.metric('cartwheel_carts_active')}\n{server.story()}")

    def check_decisions(self, history, acknowledged):
        """They are those of a replay of the log, each of them once, but for their time: a step that came up while no server
        ran was decided later."""
        code, events, complaints = self.run_program("journal", "dump", self.folder / "node")
        self.assertEqual((code, complaints), (0, ""))
        dump, replayed = self.folder / "events.ndjson", self.folder / "decisions.ndjson"
        # A replay wants them by time; they came on one connection at a time, but each has the time it was made.
        lines = sorted(events.splitlines(), key=lambda line: json.loads(line)["time"])
        dump.write_text("".join(line + "\n" for line in lines))
        campaign = [part for key, value in self.settings.items() if key.startswith("campaign.")
                    for part in ("--set", f"{key}={value}")]
        code, _, complaints = self.run_program("replay", dump, "--drain", "--decisions", replayed, *campaign)
        self.assertEqual(code, 0, complaints)
        expected = {d["cart_id"]: d for d in map(json.loads, replayed.read_text().splitlines())}
        self.assertEqual({f"cart-s{n}" for n in acknowledged} - set(expected), set(), "acknowledged, and not in the dump")
        self.assertEqual(Counter(d["cart_id"] for d in history.decisions), Counter(expected.keys()), "each decided once")
        for decision in history.decisions:
            replay = expected[decision["cart_id"]]
            self.assertGreaterEqual(decision["time"], replay["time"], f"decided too early: {decision}")
            self.assertEqual({**decision, "time": replay["time"]}, replay)

    def check_carts(self, server, acknowledged, sent):
        """Every cart that was acknowledged is there as it was sent; of the others, those that are there are as sent."""
        known, recent = set(acknowledged), acknowledged[-40:]
        beyond = [n for n in sent if n not in known][-3:]

        def cart(n):
            return n, server.get(f"/v1/carts/default/cart-s{n}")
        with ThreadPoolExecutor(8) as askers:
            answers = list(askers.map(cart, recent + beyond))
        for n, answer in answers:
            if answer.status == 404 and n in beyond:
                continue
            self.assertEqual(answer.status, 200, f"cart-s{n}: {answer}\n{server.story()}")
            found = answer.json
            if not found.get("open"):
                # Its one step is decided: the cart is over, and its decision tells so as soon as that is durable.
                wait_until(lambda: cart(n)[1].json.get("decisions"),
                           lambda: f"the decision of cart-s{n}: {cart(n)[1]}\n{server.story()}")
                continue
            self.assertEqual([line["quantity"] for line in found["lines"]], [n % 7 + 1], f"cart-s{n}")

    def wait_until_quiet(self, server):
        """No cart is open, and no reminder waits with its shard or the mailer."""
        def quiet():
            found = server.metrics()
            return sum(n for name in ("cartwheel_carts_active", "cartwheel_reminders_waiting") for _, n in found[name]) == 0
        wait_until(quiet, lambda: f"all reminders to leave\n{server.story()}", seconds=60)


if __name__ == "__main__":
    support.main()
