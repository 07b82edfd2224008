#!/usr/bin/env python3
"""Each reason of docs/SEMANTICS.md comes from the program at least once: those of decisions from replays, those of mails from
servers, where a relay goes wrong on demand.

Never a reason by themselves: `payment_pending`, for a pending payment pauses its cart; `merged`, `superseded` and `erased`,
for a cart that ends so has no decision any more, and its mails are taken back as `recalled_queue` and so on.
"""

import json
import re
from pathlib import Path

import support
from relay_scenario import RelayScenario
from support import FAST, Shopper, smtp_outlet

NEVER = {"payment_pending", "merged", "superseded", "erased"}
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_770_000_000_000
JANE = Shopper("jane")

given = {}  # reason -> the test that had it


def all_reasons():
    """Every reason that the page names."""
    page = (support.ROOT / "docs/SEMANTICS.md").read_text(encoding="utf-8")
    rules = page[page.index("## A decision"):page.index("## Reasons")]
    listed = page[page.index("## Reasons"):page.index("## Worked examples")]
    columns = re.findall(r"^ {4}.*?(?:ended|refused|sent) {2,}(.+(?:\n {40,}\S.*)?)$", rules, re.M)
    of_rules = {word for column in columns for word in re.findall(r"[a-z]+(?:_[a-z0-9]+)*", re.sub(r"\(.*?\)", "", column))}
    more = re.search(r"`([a-z_, 0-9]+)`\.", listed)[1]
    return of_rules | set(more.split(", "))


def adds(shopper, at=START, **fields):
    return {**shopper.adds(time=at), **fields}


def ordered(order_id, at=START, **fields):
    return {"event": "purchase", "order_id": order_id, "time": at, **fields}


def unread_by(port):
    """Octets that the system holds for a relay that does not read them (Linux, /proc/net/tcp: peer, send queue)."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].partition(":")[0], 16) for row in rows if int(row[2].partition(":")[2], 16) == port)


class EveryReasonIsGiven(RelayScenario):
    # Decisions ---------------------------------------------------------------------------------------------------------

    def decides(self, reason, *events, at=0, **settings):
        """A replay's decision number `at` has this reason."""
        file, out = self.folder / "events.ndjson", self.folder / "decisions.ndjson"
        last = max(e["time"] for e in events) + 21 * MINUTE
        file.write_text("".join(json.dumps(e) + "\n" for e in (*events, {"event": "view_item", "visitor_id": "clock", "time": last})))
        sets = [a for key, value in settings.items() for a in ("--set", f"{key.replace('__', '.')}={value}")]
        code, _, complaints = self.run_program("replay", file, "--decisions", out, *sets)
        self.assertEqual(code, 0, complaints)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        self.assertGreater(len(lines), at, f"{reason}: {lines}")
        self.assertEqual(lines[at]["reason"], reason, lines)
        given.setdefault(reason, self.id())

    def test_1_decisions(self):
        arrives, bought = JANE.arrives(START), ordered("o1", customer_id=JANE.customer_id, email=JANE.address)
        country = {"policy__table": "by-country"}
        known = JANE.identifies(START)
        by_checkout = {**known, "address_source": "checkout"}
        twice = (*arrives, adds(JANE), adds(JANE, START + HOUR, cart_id="other"))
        self.decides("opt_in", *arrives, adds(JANE))
        self.decides("existing_customer", known, bought, adds(JANE, START + 1))
        self.decides("checkout_address", by_checkout, adds(JANE), **country, shop__default__country="GB", shop__default__refusal_offered="true")
        self.decides("account_address", known, adds(JANE), **country, shop__default__country="US", shop__default__postal_address="Main St")
        self.decides("not_objected", adds(JANE, email=JANE.address), **country, shop__default__country="US",
                     shop__default__postal_address="Main St")
        self.decides("ordered_other_cart", *arrives, adds(JANE), ordered("o1", START + 1, customer_id=JANE.customer_id))
        self.decides("campaign_off", *arrives, adds(JANE), campaign__cart__enabled="false")
        self.decides("expired_ttl", *arrives, {"event": "view_item", "visitor_id": "clock", "time": START + 3 * DAY}, adds(JANE))
        self.decides("bot", *arrives, adds(JANE, bot=True), policy__bots="refuse")
        self.decides("internal", *arrives, adds(JANE, internal=True), policy__bots="refuse")
        self.decides("no_address", adds(JANE))
        self.decides("role_address", *(Shopper("info").arrives(START)), adds(Shopper("info")), policy__role_addresses="refuse")
        self.decides("consent_withdrawn", *arrives, JANE.withdraws(START + 1), adds(JANE))
        self.decides("country_policy", *arrives, adds(JANE), **country, shop__default__country="DE")
        self.decides("no_consent", known, adds(JANE))
        guest = {"event": "add_to_cart", "cart_id": "guest", "time": START, "email": JANE.address, "items": [support.item("Bell")]}
        self.decides("address_unverified", *arrives, guest, policy__unverified="refuse")
        self.decides("zero_value", *arrives, adds(JANE, value=0), campaign__cart__zero_value="refuse")
        self.decides("below_min_value", *arrives, adds(JANE), campaign__cart__min_value="20.00 EUR")
        self.decides("cap_cart", *arrives, adds(JANE), adds(JANE, START + DAY), at=1, campaign__cart__reminders_per_cart="1")
        self.decides("cap_24h", *twice, at=1)
        self.decides("lower_priority", *twice[:-1], adds(JANE, cart_id="other"), {"event": "begin_checkout", "cart_id": "other", "time": START},
                     campaign__checkout__enabled="true", campaign__checkout__idle="20m")
        self.decides("cap_window", *twice, at=1, campaign__cart__cap="0s", policy__cap_count="1")
        self.decides("cooldown_after_purchase", *arrives, bought, adds(JANE, START + 1), policy__cooldown_after_purchase="1h")
        self.decides("holdout", *arrives, adds(JANE), campaign__cart__holdout_percent="100")
        look = {"event": "view_item", "customer_id": JANE.customer_id, "items": [{"item_id": "b", "item_category": "bells"}]}
        self.decides("cart_open", *arrives, adds(JANE), *({**look, "time": START + i} for i in range(3)),
                     campaign__browse__enabled="true", campaign__browse__idle="10m")
        # 02:40 UTC: in Amsterdam quiet for another 28 hours, until Tuesday. Then the day is over, and so is its time.
        zone = {**known, "time_zone": "Europe/Amsterdam"}
        self.decides("quiet_hours", *arrives, zone, adds(JANE), campaign__cart__quiet_hours="Mon, 21:00-08:00")

    # Mails -------------------------------------------------------------------------------------------------------------

    def mailer(self, *flags, **settings):
        """A server whose mails go to a relay that does what stands in its recipients."""
        self.relay = self.fault_sink(*flags)
        self.server = self.serve({**FAST, **smtp_outlet(self.relay.port, 4), "node.start_hold": "0s", **settings})

    def says(self, shopper, reason):
        """The newest decision line about the shopper's cart comes to have this reason."""
        def said():
            lines = self.server.decisions_about(shopper.cart_id)
            return any(d["reason"] == reason for d in lines)
        support.wait_until(said, lambda: f"{reason} for {shopper.cart_id}: {self.server.decisions()}\n{self.server.story()}", 40)
        given.setdefault(reason, self.id())

    def leaves_a_cart(self, shopper, *items):
        self.server.post_events(*shopper.arrives(), shopper.adds(*items))

    def test_2_refused_by_a_relay_and_then_kept_away(self):
        self.mailer()
        nobody, doubtful = Shopper("nobody+rcpt-550-5.1.1"), Shopper("doubt+dot-drop")
        self.leaves_a_cart(nobody)
        self.leaves_a_cart(doubtful)
        self.says(nobody, "relay_rejected")
        again = Shopper(nobody.name, "cart-again")
        self.server.post_events(again.adds())
        self.says(again, "suppressed_bounce")
        self.server.wait_for_metric(1, "cartwheel_reminders_total", outcome="in_doubt")
        given.setdefault("in_doubt", self.id())

        far = self.server.post("/v1/events", json.dumps({**nobody.looks(), "time": support.now_ms() + HOUR}), "application/json")
        self.assertIn("ahead", far.text)
        self.assertTrue(self.server.wait_for_dead_letters(1)[0]["reason"].startswith("time_ahead: "))
        given.setdefault("time_ahead", self.id())

    def test_3_a_complaint(self):
        relay = self.sink()
        self.server = self.serve({**FAST, **smtp_outlet(relay.port), "shop.default.bounce_address": "bounce@shop.example"})
        self.leaves_a_cart(JANE)
        support.wait_until(relay.mails, "the mail", seconds=60)
        sender = re.search(r"<(bounce\+[a-z2-7]+@shop.example)>", next(relay.mails_folder.iterdir()).read_text())[1]
        answer = self.server.post("/v1/bounces", "From: staff@feedback.example.net\nMIME-Version: 1.0\n"
                                  'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
                                  "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n\n--b\nContent-Type: message/feedback-report\n\n"
                                  f"Feedback-Type: abuse\nUser-Agent: Some-Feedback/2.0\nVersion: 1\nOriginal-Mail-From: <{sender}>\n\n--b--\n",
                                  "message/rfc822")
        self.assertEqual((answer.status, answer.json["kind"]), (200, "complaint"), answer)
        again = Shopper("jane", "cart-again")
        self.server.post_events(again.adds())
        self.says(again, "suppressed_complaint")

    def test_4_taken_back_on_its_way(self):
        """By orders: before its turn, between its envelope and its content, and in the middle of a long one."""
        long = self.folder / "templates"
        long.mkdir()
        (long / "reminder-1.en.mustache").write_text(
            "subject: Hello {{shopper_name}}\nintro: " + "Ring, ring, ring. " * 2000 + "\n--- text ---\n{{unsubscribe_url}}\n--- html ---\n"
            "{{#items}}\n" + "{{> intro}}\n" * 20 + "{{/items}}\n")  # with eight items more than the buffers of sockets hold
        self.mailer("--receive-buffer", 4096, **{"content.templates": long, "smtp.relay.main.connections": 1})
        nameless = Shopper("nameless")
        self.server.post_events(nameless.consents(), {**nameless.adds(), "email": nameless.address})
        self.says(nameless, "template_error")

        slow, behind = Shopper("slow+data-wait-10000"), Shopper("behind")
        self.leaves_a_cart(slow)
        self.server.wait_for_decision(slow.cart_id)
        support.wait_until(lambda: self.server.metric("cartwheel_reminders_waiting") == 1, self.server.story)
        self.leaves_a_cart(behind)
        self.server.wait_for_decision(behind.cart_id)
        self.server.post_events(behind.buys(), slow.buys())
        self.says(behind, "recalled_queue")
        self.says(slow, "recalled_envelope")

        deaf = Shopper("deaf+stop-reading")
        self.leaves_a_cart(deaf, *(support.item(f"Bell {n}") for n in range(8)))
        self.server.wait_for_decision(deaf.cart_id)
        support.wait_until(lambda: unread_by(self.relay.port) > 32_768, lambda: f"content on its way\n{self.server.story()}")
        self.server.post_events(deaf.buys())
        self.says(deaf, "recalled_content")

    def test_5_a_trial(self):
        self.server = self.serve({**FAST, "outlet.only_to": "tester@example.com"})
        self.leaves_a_cart(JANE)
        self.says(JANE, "shadow")

    def test_6_sold_out(self):
        bell = support.item("Bell")
        self.server = self.serve(FAST)
        self.server.post_events({"event": "item_changed", "item_id": bell["item_id"], "stock": 0, "time": support.now_ms()})
        self.leaves_a_cart(JANE, bell)
        self.says(JANE, "out_of_stock")

    def test_7_no_memory(self):
        self.server = self.serve({**FAST, "node.memory": "64MiB"})
        lines = [f"Bell number {i} of a long name that takes its room in memory" for i in range(20)]

        def refused(batch):
            carts = (Shopper(f"guest-{batch}-{i}").adds(*map(support.item, lines)) for i in range(500))
            self.server.post("/v1/events", "".join(json.dumps(c) + "\n" for c in carts), "application/x-ndjson")
            return self.server.metric("cartwheel_events_total", result="refused") > 0
        self.assertTrue(any(refused(batch) for batch in range(60)), self.server.story())
        letters = support.wait_until(lambda: self.server.get("/v1/dead-letters?limit=1").json["dead_letters"], self.server.story)
        self.assertEqual(letters[0]["reason"], "capacity: no memory for a new cart")
        given.setdefault("capacity", self.id())
        self.server.kill()

    def test_9_none_is_missing(self):
        """Runs last, and looks at what the others have seen."""
        if not given:
            self.skipTest("it looks at what the other tests have seen: run them all")
        reasons = all_reasons()
        self.assertLessEqual({"opt_in", "not_objected", "suppressed_bounce", "holdout", "ordered_other_cart", "erased"}, reasons)
        self.assertEqual(set(given) - reasons, set(), "given, and not on the page")
        self.assertEqual(set(given) & NEVER, set(), "given, though said never to be")
        self.assertEqual(reasons - set(given) - NEVER, set(), "on the page, and not given")
        self.assertEqual(NEVER - reasons, set(), "not on the page any more")


if __name__ == "__main__":
    support.main()
