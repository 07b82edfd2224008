#!/usr/bin/env python3
"""Signed reminders go through relays that people run, which put their own lines in front and pass them on: the signatures,
that of both List-Unsubscribe fields among it, verify behind each of them as they did before."""

import json
import re
import subprocess
import sys

import mail_servers
import support
from fault_sink import FaultSink
from support import FAST, Shopper, smtp_outlet, wait_until

DOMAIN = "shop.example"
SHOPPERS = 6


class SignaturesSurviveRelays(support.Scenario):
    def setUp(self):
        super().setUp()
        self.keys = {f'dkim."{DOMAIN}".selector': "news", f'dkim."{DOMAIN}".ed25519_selector': "news-ed",
                     f'dkim."{DOMAIN}".key_file': self.made_key("rsa.pem", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
                     f'dkim."{DOMAIN}".ed25519_key_file': self.made_key("ed.pem", "ED25519")}
        config = self.folder / "empty.toml"
        config.write_text("")
        code, output, complaints = self.run_program(
            "check", config, *(a for k, v in self.keys.items() for a in ("--set", f"{k}={v}")))
        self.assertEqual((code, complaints), (0, ""))
        records = {name: "".join(re.findall(r'"([^"]*)"', strings))
                   for name, strings in re.findall(r"^(\S+)\. IN TXT \((.*)\)$", output, re.M)}
        self.assertEqual(len(records), 2, output)
        self.records = self.folder / "records.json"
        self.records.write_text(json.dumps(records))

    def made_key(self, name, *kind):
        path = self.folder / name
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", *kind, "-out", path], check=True, capture_output=True)
        path.chmod(0o600)
        return path

    def verified(self, mails):
        """What two verifiers have to say against them."""
        files = []
        for i, mail in enumerate(mails):
            files.append(self.folder / f"{i}.eml")
            files[-1].write_bytes(mail)
        done = subprocess.run([sys.executable, support.ROOT / "tests/scenarios/dkim_check.py", self.records, *files],
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def through(self, relay, arrived, name="anna", **settings):
        """Sends a mail to each shopper through `relay`, and checks those that have arrived() behind it since."""
        before = len(arrived())
        server = self.serve({**FAST, **smtp_outlet(relay.port, 2), **self.keys, "campaign.cart.idle": "1s",
                             "node.start_hold": "0s", **{f"smtp.relay.main.{k}": v for k, v in settings.items()}})
        shoppers = [Shopper(f"{name}{i}") for i in range(SHOPPERS)]
        for shopper in shoppers:
            server.post_events(*shopper.arrives(), shopper.adds())
        server.wait_for_metric(SHOPPERS, "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual(server.stop(), 0, server.story())
        mails = wait_until(lambda: len(m := arrived()[before:]) >= SHOPPERS and m,
                           lambda: f"all mails\n{relay.log_text()}", 30)
        self.assertEqual(len(mails), SHOPPERS)
        self.assertEqual(self.verified(mails), (0, ""))
        for mail in mails:
            head = mail.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
            for name in (b"List-Unsubscribe", b"List-Unsubscribe-Post"):
                self.assertEqual(len(re.findall(rb"^" + name + rb":", head, re.M | re.I)), 1, name)
        return mails

    def onward(self):
        return self.started(FaultSink(self.folder, dump=True))

    def assert_its_line_is_in_front(self, mails):
        for mail in mails:
            self.assertRegex(mail, rb"\AReceived: from .*\n(?:[ \t].*\n)*?[ \t]+by relay\.example ")

    def test_postfix(self):
        """With content by DATA, and by BDAT."""
        sink = self.onward()
        relay = self.started(mail_servers.Postfix(mail_servers.own_folder(self), onward=sink.port))
        self.assert_its_line_is_in_front(self.through(relay, sink.mails))
        mails = self.through(relay, sink.mails, "bert", chunking="window")
        self.assert_its_line_is_in_front(mails)
        wait_until(lambda: sum(s.get("bdat", 0) for s in relay.sessions()) == SHOPPERS, relay.log_text)
        self.assertEqual(relay.violations() + sink.violations(), [])
        self.assertEqual(self.verified([mails[0].replace(b"List-Unsubscribe: <", b"List-Unsubscribe: <x", 1)])[0], 1,
                         "the check itself can fail")

    def test_exim(self):
        sink = self.onward()
        relay = self.started(mail_servers.Exim(mail_servers.own_folder(self), onward=sink.port))

        def arrived():
            relay.pass_on()
            return sink.mails()
        self.assert_its_line_is_in_front(self.through(relay, arrived))
        self.assertEqual(relay.violations() + sink.violations(), [])

    def test_smtp_server(self):
        """Which passes nothing on: what it hands to its application."""
        folder = self.folder / "taken"
        folder.mkdir()
        relay = self.started(mail_servers.SmtpServer(folder))
        self.through(relay, relay.mails)


if __name__ == "__main__":
    support.main()
