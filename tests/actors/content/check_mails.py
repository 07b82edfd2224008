"""Reads mails as a mail program would and complains about whatever is not as RFC 5322, 2045 and 2047 want it.

Usage: check_mails.py FILE...      one message each, with CRLF line ends; prints one line a defect, exit 1 when any
"""

import email
import email.errors
import email.policy
import html.parser
import re
import sys


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

    policy = email.policy.SMTP.clone(raise_on_defect=True, utf8=True)
    message = email.message_from_string(raw.decode("utf-8"), policy=policy)  # RFC 6532 headers
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
        if not re.match(r"https?://[^\s\"'<>]+$", link):
            yield f"a link to {link!r}"


def main():
    found = 0
    for name in sys.argv[1:]:
        with open(name, "rb") as file:
            raw = file.read()
        try:
            complaints = list(defects(raw))
        except Exception as error:  # a defect the parser raises
            complaints = [f"{type(error).__name__}: {error}"]
        for complaint in complaints:
            print(f"{name}: {complaint}")
        found += len(complaints)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
