#!/usr/bin/env python3
"""Mails with signatures that others believe; what comes back as undeliverable or as a complaint keeps the next one away."""

import json
import re
import subprocess
import sys

import support
from support import Shopper

DOMAIN = "shop.example"


def make_key(path, *kind):
    subprocess.run(["openssl", "genpkey", "-quiet", *kind, "-out", path], check=True, capture_output=True)
    path.chmod(0o600)
    return path


class MailsAreSignedAndBouncesSuppress(support.Scenario):
    def setUp(self):
        super().setUp()
        self.signed = {
            f'dkim."{DOMAIN}".selector': "news",
            f'dkim."{DOMAIN}".key_file': make_key(self.folder / "rsa.pem", "-algorithm", "RSA", "-pkeyopt",
                                                  "rsa_keygen_bits:2048"),
            f'dkim."{DOMAIN}".ed25519_selector': "news-ed",
            f'dkim."{DOMAIN}".ed25519_key_file': make_key(self.folder / "ed.pem", "-algorithm", "ED25519"),
        }

    def published(self):
        """What `cartwheel check` says must stand in the DNS, as {name: text}."""
        config = self.folder / "empty.toml"
        config.write_text("")
        arguments = [a for key, value in self.signed.items() for a in ("--set", f"{key}={value}")]
        code, output, complaints = self.run_program("check", config, *arguments)
        self.assertEqual((code, complaints), (0, ""))
        records = {name: "".join(re.findall(r'"([^"]*)"', strings))
                   for name, strings in re.findall(r"^(\S+)\. IN TXT \((.*)\)$", output, re.M)}
        self.assertEqual(list(records), [f"news._domainkey.{DOMAIN}", f"news-ed._domainkey.{DOMAIN}"])
        return records

    def test_signatures_pass_two_verifiers_through_a_relay(self):
        relay = self.sink()
        server = self.serve({**support.FAST, **support.smtp_outlet(relay.port, 4), **self.signed})
        shoppers = [Shopper(f"anna{i}") for i in range(20)]
        for shopper in shoppers:
            server.post_events(*shopper.arrives(), shopper.adds())
        mails = support.wait_until(lambda: (m := relay.mails()) and len(m) == len(shoppers) and m, "all mails",
                                   seconds=60)
        (self.folder / "records.json").write_text(json.dumps(self.published()))
        files = []
        for i, mail in enumerate(mails):
            files.append(self.folder / f"{i}.eml")
            files[-1].write_bytes(mail)
        checked = subprocess.run([sys.executable, support.ROOT / "tests/scenarios/dkim_check.py",
                                  self.folder / "records.json", *files], capture_output=True, text=True)
        self.assertEqual((checked.stdout, checked.stderr, checked.returncode), ("", "", 0))
        files[0].write_bytes(mails[0].replace(b"Subject: ", b"Subject: Cheap ", 1))
        checked = subprocess.run([sys.executable, support.ROOT / "tests/scenarios/dkim_check.py",
                                  self.folder / "records.json", files[0]], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 1, "the check itself can fail")
        self.assertEqual(server.stop(), 0, server.story())

    def test_keys_that_will_not_do_are_refused(self):
        self.signed[f'dkim."{DOMAIN}".key_file'] = self.folder / "ed.pem"
        server = self.serve(self.signed, wait=False)
        self.assertEqual(server.wait(), 1)
        self.assertIn(f'dkim."{DOMAIN}".key_file = "{self.folder}/ed.pem": holds a key that is not RSA', server.story())

    def report(self, sender, action, status):
        return (f"From: MAILER-DAEMON@mx.example.net\nTo: <{sender}>\nMIME-Version: 1.0\n"
                'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
                "--b\nContent-Type: text/plain\n\nUndelivered.\n\n--b\nContent-Type: message/delivery-status\n\n"
                "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; somebody@example.net\n"
                f"Action: {action}\nStatus: {status}\n\n--b--\n")

    def test_a_bounce_recalls_and_suppresses_until_an_operator_lifts_it(self):
        relay = self.sink()
        server = self.serve({**support.FAST, **support.smtp_outlet(relay.port),
                             "shop.default.bounce_address": f"bounce@{DOMAIN}"})
        first, again, after = (Shopper("anna", f"cart-{n}") for n in ("first", "again", "after"))
        server.post_events(*first.arrives(), first.adds())
        support.wait_until(relay.mails, "the mail", seconds=60)
        dumped = next(relay.mails_folder.iterdir()).read_text()
        sender = re.search(rf"<(bounce\+[a-z2-7]+@{DOMAIN})>", dumped)[1]

        def posted(message):
            answer = server.post("/v1/bounces", message, "message/rfc822")
            self.assertEqual(answer.status, 200, answer)
            return answer.json["kind"]
        self.assertEqual(posted(self.report(sender, "delayed", "4.4.1")), "soft")
        self.assertEqual(posted(self.report(sender.replace("+", "+a", 1), "failed", "5.1.1")), "unproven")
        self.assertEqual(self.tool(server, "list"), "no address is suppressed\n")
        self.assertEqual(posted(self.report(sender, "failed", "5.1.1")), "hard_bounce")
        self.assertEqual(posted(self.report(sender, "failed", "5.1.1")), "hard_bounce")  # again, as relays do
        server.wait_for_metric(1, "cartwheel_suppressed_total", reason="hard_bounce")
        server.wait_for_metric(2, "cartwheel_bounces_total", kind="hard_bounce")

        server.kill()
        server = self.serve({**support.FAST, **support.smtp_outlet(relay.port), "node.start_hold": "0s",
                             "shop.default.bounce_address": f"bounce@{DOMAIN}"})
        listed = self.tool(server, "list")
        self.assertRegex(listed, r"\nhard_bounce +2 .* lifted +[0-9a-f]{32}\n")
        server.post_events(again.adds())
        self.assertEqual([(d["outcome"], d["reason"]) for d in server.wait_for_decision(again.cart_id)],
                         [("refused", "suppressed_bounce")])
        code, output, _ = self.run_program("export", first.address, "--set", f"http.listen=127.0.0.1:{server.http_port}")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(output)["addresses"][0]["suppression"]["reason"], "hard_bounce")

        self.assertEqual(self.tool(server, "lift", first.address), "lifted\n")
        self.assertEqual(self.tool(server, "list"), "no address is suppressed\n")
        server.post_events(after.adds())
        # The first mail went less than 24 hours ago: that rule stands behind the suppression.
        self.assertEqual([d["reason"] for d in server.wait_for_decision(after.cart_id)], ["cap_24h"])
        self.assertEqual(self.tool(server, "add", first.address), "suppressed\n")
        self.assertIn("complaint", self.tool(server, "list"))
        self.assertEqual(len(relay.mails()), 1)
        self.assertEqual(server.stop(), 0, server.story())

    def tool(self, server, *arguments):
        code, output, complaints = self.run_program("suppression", *arguments, "--set",
                                                    f"http.listen=127.0.0.1:{server.http_port}")
        self.assertEqual((code, complaints), (0, ""))
        return output


if __name__ == "__main__":
    support.main()
