#!/usr/bin/env python3
"""The relay wants TLS and a login: mails go inside and after it, or not at all; and nobody can read the password anywhere."""

import json

import support
from scram_relay import ScramRelay
from support import Shopper

PASSWORD = "correct horse battery staple"
WRONG = "Tr0ub4dor&3-or-so"
TOKEN = "ya29.a-token-of-some-length"


class RelayWantsTlsAndLogin(support.Scenario):
    def secret(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(mode)
        return path

    def settings(self, relay, tls="starttls-required", **more):
        chosen = {**support.FAST, **support.smtp_outlet(relay.port), "smtp.relay.main.tls": tls,
                  "smtp.relay.main.ca_file": relay.cert, "smtp.relay.main.user": "shop"}
        chosen.update({f"smtp.relay.main.{key}": value for key, value in more.items()})
        return chosen

    def leave_a_cart(self, server, name="anna"):
        shopper = Shopper(name)
        self.gateway(server).send(*shopper.arrives(), shopper.adds())
        return shopper

    def probe(self, settings, *more):
        sets = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        return self.run_program("relay", "probe", *more, *sets)

    def test_each_way_in(self):
        password, token = self.secret("password", PASSWORD), self.secret("token", TOKEN)
        for tls, methods, keys, used in (
                ("implicit", ["PLAIN", "LOGIN"], {"password_file": password}, "PLAIN"),
                ("starttls-required", ["LOGIN"], {"password_file": password}, "LOGIN"),
                ("starttls-required", ["PLAIN", "LOGIN"], {"password_file": password, "auth": "login"}, "LOGIN"),
                ("starttls-required", ["PLAIN", "XOAUTH2"], {"token_file": token}, "XOAUTH2")):
            with self.subTest(tls=tls, used=used):
                relay = self.secure_relay(methods=methods, password=PASSWORD, token=TOKEN, secure=tls == "implicit")
                server = self.serve({**self.settings(relay, tls, **keys), "node.data_dir": self.folder / str(relay.port)})
                shopper = self.leave_a_cart(server)
                mails = support.wait_until(relay.mails, lambda: f"the mail\n{server.story()}\n{relay.story()}")
                self.assertEqual(support.parse_mail(mails[0])["To"].addresses[0].addr_spec, shopper.address)
                login, = relay.logins()
                self.assertEqual((login["login"], login["user"], login["ok"], login["secure"]), (used, "shop", True, True))
                server.wait_for_metric(1, "cartwheel_smtp_messages_total", relay="main", result="accepted")
                self.assertEqual(server.stop(), 0, server.story())

    def scram_relay(self, **options):
        relay = ScramRelay("shop", PASSWORD, **options)
        self.addCleanup(relay.close)
        path = self.secret("password", PASSWORD)
        return relay, {**support.FAST, **support.smtp_outlet(relay.port), "smtp.relay.main.user": "shop",
                       "smtp.relay.main.password_file": path}

    def test_password_is_proven_and_not_shown(self):
        relay, settings = self.scram_relay()
        server = self.serve(settings)
        self.leave_a_cart(server)
        mails = support.wait_until(lambda: relay.mails, lambda: f"the mail\n{server.story()}")
        support.parse_mail(mails[0])
        self.assertEqual(relay.logins, [True])
        self.assertEqual(server.stop(), 0, server.story())

    def test_relay_that_does_not_know_the_password(self):
        relay, settings = self.scram_relay(honest=False)
        server = self.serve(settings)
        self.leave_a_cart(server)
        server.wait_for_complaint("credentials: the relay cannot prove that it knows the password")
        self.assertEqual(sum(v for _, v in server.metrics()["cartwheel_smtp_messages_total"]), 0)
        self.assertEqual(relay.mails, [])
        self.assertEqual(server.stop(), 0, server.story())

    def test_wrong_password_until_somebody_mends_it(self):
        relay = self.secure_relay(password=PASSWORD)
        path = self.secret("password", WRONG)
        settings = self.settings(relay, password_file=path)
        server = self.serve(settings)
        shopper = self.leave_a_cart(server)
        server.wait_for_complaint(r"warn.* mailer: relay main: 127\.0\.0\.1:\d+: credentials: the relay refuses the login")
        support.wait_until(lambda: len(relay.logins()) >= 4, lambda: f"four tries\n{server.story()}", seconds=60)

        # One try in each step of the backoff (1, 2, 4 s), of which half at least is waited for.
        times = [login["at"] for login in relay.logins()]
        for step, (earlier, later) in enumerate(zip(times, times[1:])):
            self.assertGreaterEqual(later - earlier, 500 * 2 ** step - 50, times)
        # No mail was touched: none was given to the relay, none has failed, and the cart's reminder is still to come.
        self.assertEqual(sum(v for _, v in server.metrics()["cartwheel_smtp_messages_total"]), 0)
        self.assertEqual(sum(v for _, v in server.metrics()["cartwheel_reminders_total"]), 0)
        self.assertGreaterEqual(server.metric("cartwheel_smtp_login_failures_total", relay="main"), 3)
        self.assertEqual([d["outcome"] for d in server.decisions_about(shopper.cart_id)], ["sent"])
        self.assertEqual(relay.mails(), [])

        # What can be read: log, metrics, what `check` and `relay probe` say.
        config = self.folder / "cartwheel.toml"
        config.write_text(
            f'[outlet]\nkind = "smtp"\n[smtp.relay.main]\naddress = "127.0.0.1:{relay.port}"\nuser = "shop"\n'
            f'tls = "starttls-required"\nca_file = "{relay.cert}"\npassword_file = "{path}"\n')
        checked = self.run_program("check", config)
        probed = self.probe(settings)
        probed_json = self.probe(settings, "--json")
        self.assertEqual((checked[0], probed[0], probed_json[0]), (0, 1, 1), (checked, probed))
        self.assertRegex(probed[2], r"^no mail can be sent through relay main: the relay refuses the login \(PLAIN\): 535")
        self.assertTrue(json.loads(probed_json[1])["login"]["credentials_refused"])
        self.assertNotIn(WRONG, "".join([*server.complaints, server.output, server.get("/metrics").text,
                                         *map(str, (*checked, *probed, *probed_json))]))

        # The file is read at each login: nobody has to restart anything.
        self.secret("password", PASSWORD)
        mails = support.wait_until(relay.mails, lambda: f"the mail\n{server.story()}", seconds=60)
        self.assertEqual(len(mails), 1)
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        self.assertNotIn(PASSWORD, "\n".join(server.complaints))
        self.assertEqual(server.stop(), 0, server.story())

    def test_certificate_is_somebody_elses(self):
        relay = self.secure_relay(methods=[], names="DNS:other.example")
        settings = {**support.FAST, **support.smtp_outlet(relay.port), "smtp.relay.main.tls": "starttls-required",
                    "smtp.relay.main.ca_file": relay.cert}
        server = self.serve(settings)
        self.leave_a_cart(server)
        server.wait_for_complaint("the relay's certificate is not accepted for 127.0.0.1: IP address mismatch")
        support.wait_until(lambda: server.metric("cartwheel_smtp_connect_failures_total") >= 3, "three tries")
        self.assertEqual(sum(v for _, v in server.metrics()["cartwheel_smtp_messages_total"]), 0)
        self.assertEqual(relay.mails(), [])
        self.assertEqual(server.stop(), 0, server.story())

    def test_no_start_without_the_password(self):
        relay = self.secure_relay(password=PASSWORD)
        server = self.serve(self.settings(relay, password_file=self.folder / "not-there"), wait=False)
        self.assertEqual(server.wait(), 1)
        self.assertRegex(server.story(), "smtp.relay.main.password_file: .*not-there: No such file or directory")

    def test_probe_of_this_relay(self):
        relay = self.secure_relay(password=PASSWORD)
        settings = self.settings(relay, password_file=self.secret("password", PASSWORD, 0o604))
        code, output, complaints = self.probe(settings, "--to", "me@shop.example")
        self.assertEqual(code, 0, complaints)
        self.assertRegex(complaints, "^warning: smtp.relay.main.password_file: .*everybody on this machine can read it")
        for part in (r"address    127\.0\.0\.1:\d+ connected", r"tls        TLSv1\.3, TLS_",
                     r"certificate of CN=relay by CN=relay, (29|30) days left", "offers     PIPELINING",
                     "offers     AUTH PLAIN", "login      PLAIN: accepted", "the replies line up", "mode       pipelined",
                     "ok: mails can be sent"):
            self.assertRegex(output, part)
        self.assertEqual(relay.mails(), [])
        self.assertEqual(len(relay.logins()), 1)

    def test_probe_of_a_sink_without_any_of_it(self):
        sink = self.sink()
        settings = support.smtp_outlet(sink.port)
        code, output, complaints = self.probe(settings, "main", "--to", "me@shop.example", "--json")
        self.assertEqual((code, complaints), (0, ""), complaints)
        found = json.loads(output)
        self.assertEqual((found["ok"], found["tls"], found["login"], found["mode"]), (True, None, None, "pipelined"))
        self.assertEqual(found["envelopes"]["result"], "lined_up")
        self.assertIn("PIPELINING", [k["keyword"] for k in found["keywords"]])
        code, _, complaints = self.probe({**settings, "smtp.relay.main.tls": "starttls-required"})
        self.assertEqual(code, 1)
        self.assertRegex(complaints, "^no mail can be sent through relay main: the relay does not offer STARTTLS")
        self.assertEqual(sink.mails(), [])
        sink.kill()
        code, output, complaints = self.probe(settings)
        self.assertEqual(code, 1)
        self.assertRegex(output, r"address    127\.0\.0\.1:\d+ Connection refused")
        self.assertRegex(complaints, "no address of the relay can be connected to")


if __name__ == "__main__":
    support.main()
