"""Reads mails as a mail program would and complains about whatever is not as RFC 5322, 2045 and 2047 want it.

Usage: check_mails.py [--dkim RECORDS.json] FILE...
       one message each, with CRLF line ends; prints one line a defect, exit 1 when there is any

Python's parser reads each strictly; npm's mailparser must have read the same. With --dkim, two verifiers must believe its
signatures (tests/scenarios/dkim_check.py).
"""

import email
import email.errors
import email.policy
import html.parser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


class Tags(html.parser.HTMLParser):
    """Every element that is opened is closed, in order; pictures have alternative texts."""

    VOID = {"meta", "br", "img", "link", "input", "hr"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "img" and not (attributes.get("alt") and attributes.get("src")):
            self.wrong.append("img without alt or src")
        if tag == "a":
            self.links.append(attributes.get("href", ""))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")


def parsed(raw):
    policy = email.policy.SMTP.clone(raise_on_defect=True, utf8=True)
    return email.message_from_string(raw.decode("utf-8"), policy=policy)  # RFC 6532 headers


def defects(raw):
    if not raw.endswith(b"\r\n") or re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield "line ends are not all CRLF"
    head = raw.split(b"\r\n\r\n", 1)[0]
    for line in raw.split(b"\r\n"):
        if len(line) > 998:
            yield f"a line of {len(line)} bytes"
    for line in head.split(b"\r\n"):
        if len(line) > 78 and not re.match(rb"(List-Unsubscribe:|Feedback-ID:|To:| <|X-|Message-ID:)", line):
            yield f"a header line of {len(line)} bytes: {line[:40]!r}"
        for word in re.findall(rb"=\?\S*\?=", line):
            if len(word) > 75:
                yield f"an encoded word of {len(word)} bytes"

    message = parsed(raw)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Unsubscribe",
                 "List-Unsubscribe-Post", "List-Id", "Auto-Submitted", "Feedback-ID", "X-Reminder-Ref"):
        if len(message.get_all(name, [])) != 1:
            yield f"{name} stands there {len(message.get_all(name, []))} times"
    for name in ("From", "To"):
        wrong = [d for d in message[name].defects if not isinstance(d, email.errors.NonASCIILocalPartDefect)]
        if len(message[name].addresses) != 1 or wrong:
            yield f"{name} is not one address: {message[name]}"
    for name in ("Bcc", "Cc", "Sender", "X-Injected"):
        if name in message:
            yield f"somebody put in {name}"
    if not re.fullmatch(r"<https?://[^<>\s]+>", message["List-Unsubscribe"]):
        yield f"List-Unsubscribe is {message['List-Unsubscribe']!r}"
    if message["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
        yield f"List-Unsubscribe-Post is {message['List-Unsubscribe-Post']!r}"
    if message["Date"].datetime is None or message["Subject"].defects:
        yield "Date or Subject cannot be read"

    parts = list(message.iter_parts())
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        yield f"parts are {[part.get_content_type() for part in parts]}"
        return
    for part in parts:
        text = part.get_payload(decode=True).decode("utf-8")
        if not text.strip() or "\ufffd" in text and "\ufffd" not in str(message["Subject"]) + str(message["To"]):
            yield f"{part.get_content_type()} is empty or damaged"
        if "{{" in text or "}}" in text:
            yield f"{part.get_content_type()} has a tag in it"
        if message["List-Unsubscribe"].strip("<>") not in text.replace("&amp;", "&"):
            yield f"{part.get_content_type()} has no link to unsubscribe"
    tags = Tags()
    tags.feed(parts[1].get_payload(decode=True).decode("utf-8"))
    yield from tags.wrong
    if tags.open:
        yield f"never closed: {tags.open}"
    for link in tags.links:
        if not re.match(r"(https?://[^\s\"'<>]+|tel:\+?[0-9]{3,}|mailto:[^\s@\"'<>]+@[^\s@\"'<>]+)$", link):
            yield f"a link to {link!r}"


def second_readings(files):
    """What npm's mailparser understood, by file."""
    environment = {**os.environ, "NODE_PATH": str(ROOT / "build/npm/node_modules")}
    done = subprocess.run(["node", HERE / "read_mails.js", *files], env=environment, capture_output=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"mailparser: {done.stderr.decode()[:500]} (scripts/install-deps.sh --tests installs it)")
    return {r["file"]: r for r in map(json.loads, done.stdout.decode().splitlines())}


def words(text):
    """Blanks differ between readers: where a line was folded, and at the ends."""
    return " ".join(text.split())


def as_a_labels(address):
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}".lower()


def disagreements(raw, other):
    """Where a second parser has read something else."""
    message = parsed(raw)
    if [name.lower() for name in message.keys()] != other["names"]:
        yield f"the second parser sees other fields: {other['names']}"
    if words(str(message["Subject"])) != words(other["subject"]):
        yield f"the second parser reads the subject {other['subject']!r}, the first {str(message['Subject'])!r}"
    if f"<{other['messageId'].strip('<>')}>" != message["Message-ID"].strip():
        yield f"the second parser reads the Message-ID {other['messageId']!r}"
    for name in ("From", "To"):
        mine, theirs = message[name].addresses, other[name.lower()]
        if len(theirs) != 1:
            yield f"the second parser sees {len(theirs)} addresses in {name}"
        elif as_a_labels(mine[0].addr_spec).replace('"', "").replace("\\", "") != as_a_labels(theirs[0]["address"]).replace(
                '"', "").replace("\\", ""):  # it takes quotes off
            yield f"the second parser reads {name} as {theirs[0]['address']!r}, the first as {mine[0].addr_spec!r}"
    if other["attachments"]:
        yield f"the second parser sees {other['attachments']} attachments"
    for part, theirs in zip(message.iter_parts(), (other["text"], other["html"])):
        if words(part.get_payload(decode=True).decode("utf-8")) != words(theirs):
            yield f"the second parser reads another {part.get_content_type()}"


def main():
    files, records = sys.argv[1:], None
    if files[:1] == ["--dkim"]:
        records, files = files[1], files[2:]
    found = 0
    readings = second_readings(files)
    for name in files:
        with open(name, "rb") as file:
            raw = file.read()
        try:
            complaints = list(defects(raw)) + list(disagreements(raw, readings[name]))
        except Exception as error:  # a defect the parser raises
            complaints = [f"{type(error).__name__}: {error}"]
        for complaint in complaints:
            print(f"{name}: {complaint}")
        found += len(complaints)
    if records is not None:
        found += subprocess.run([sys.executable, ROOT / "tests/scenarios/dkim_check.py", records, *files]).returncode
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
