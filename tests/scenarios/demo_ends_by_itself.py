#!/usr/bin/env python3
"""Somebody types `cartwheel demo` and watches: it ends by itself, says what happened, and leaves mails to look at."""

import re

import support


class DemoEndsByItself(support.Scenario):
    def test_a_small_crowd_at_high_speed(self):
        code, output, complaints = self.run_program(
            "demo", "--shoppers", 5000 if support.LONG else 300, "--speed", "3600", seconds=240)
        self.assertEqual(code, 0, complaints)
        counts = {}
        for word in ("events", "carts", "abandoned", "reminded", "refused", "recalled", "recovered"):
            number = re.search(rf"^{word}\s+([\d,]+)", output, re.M)
            self.assertIsNotNone(number, f"no figure beside {word!r}:\n{output}")
            counts[word] = int(number[1].replace(",", ""))
        for word in ("events", "carts", "abandoned", "reminded"):
            self.assertGreater(counts[word], 0, output)
        self.assertGreaterEqual(counts["abandoned"], counts["reminded"], output)

        mails = [support.parse_mail(m) for m in support.maildir_mails(self.maildir(output))]
        self.assertEqual(len(mails), counts["reminded"], output)
        for mail in mails:
            self.assertTrue(mail["To"] and mail["Subject"] and mail["List-Unsubscribe"])
        ids = [mail["Message-ID"] for mail in mails]
        self.assertEqual(len(set(ids)), len(ids))

    def maildir(self, output):
        folders = [p.parent for p in self.folder.rglob("new") if p.is_dir()]
        self.assertEqual(len(folders), 1, folders)
        self.assertIn("maildir", output.lower(), "the summary must say where the mails are")
        return folders[0]


if __name__ == "__main__":
    support.main()
