"""Those who are not Cartwheel: the relay, the gateway's client, and who reads the mails."""

import email
import email.policy
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from forward import TAG
from processes import HERE, PATIENCE, ROOT, Process, listens, wait_until


def node_environment():
    return {**os.environ, "NODE_PATH": str(ROOT / "build/npm/node_modules")}


class Sink(Process):
    """Postfix's smtp-sink; one file a mail."""

    def __init__(self, folder, port, *flags):
        self.mails_folder = Path(folder) / "sink"
        self.mails_folder.mkdir(exist_ok=True)
        user = ["-u", "root"] if os.geteuid() == 0 else []
        program = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise AssertionError("smtp-sink is not here: install Debian's postfix (scripts/install-deps.sh --tests)")
        # Names are strftime templates; what follows is a number of the sink's own.
        super().__init__([program, *user, *flags, "-d", f"{self.mails_folder}/mail.", f"127.0.0.1:{port}", 100])
        self.port = port
        wait_until(lambda: listens(port) or not self.runs(), "smtp-sink to listen")
        if not self.runs():
            raise AssertionError(f"smtp-sink ended\n{self.story()}")

    def mails(self):
        """Whole mails as bytes, without what the sink put in front; one that is being written is left out."""
        whole = []
        for path in sorted(self.mails_folder.iterdir(), key=lambda p: p.stat().st_mtime_ns):
            text = path.read_bytes()
            if not text.rstrip().endswith(b"--"):  # the end of its last MIME part
                continue
            head = re.match(rb"(?:X-[\w-]+: .*\n)+Received: .*\n(?:\t.*\n)*", text)
            whole.append(text[head.end():] if head else text)
        return whole


def certificate(folder, name="relay", names="IP:127.0.0.1"):
    """Makes a certificate that vouches for itself; gives the files of key and certificate."""
    key, cert = Path(folder) / f"{name}.key", Path(folder) / f"{name}.pem"
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-keyout", key, "-out", cert, "-days", "30", "-subj", f"/CN={name}",
                           "-addext", f"subjectAltName={names}"], capture_output=True, timeout=30 * PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"openssl: {done.stderr.decode()}")
    return key, cert


class SecureRelay(Process):
    """npm's smtp-server with TLS and, where `methods` says so, a login."""

    def __init__(self, folder, port, methods=("PLAIN",), password="", token="", secure=False, names="IP:127.0.0.1"):
        key, self.cert = certificate(folder, names=names)
        options = {"port": port, "key": str(key), "cert": str(self.cert), "secure": secure, "methods": list(methods),
                   "password": password, "token": token}
        super().__init__(["node", HERE / "relay.js", json.dumps(options)], stdin=subprocess.PIPE, env=node_environment())
        self.port = port
        wait_until(lambda: listens(port) or not self.runs(), "smtp-server to listen")
        if not self.runs():
            raise AssertionError(f"smtp-server ended\n{self.story()}")

    def change(self, **options):
        self.stdin.write(json.dumps(options).encode() + b"\n")
        self.stdin.flush()

    def _said(self, what):
        return [line for line in map(json.loads, self.output.splitlines()) if what in line]

    def logins(self):
        return self._said("login")

    def mails(self):
        """Whole mails as bytes; each must have come inside TLS."""
        said = self._said("mail")
        if not all(m["secure"] for m in said):
            raise AssertionError("a mail came outside TLS")
        return [m["mail"].encode("latin-1") for m in said]


GATEWAY_MODES = ("Message", "Forward", "PackedForward", "CompressedPackedForward")


class Gateway(Process):
    """npm's Fluent client (@fluent-org/logger) with acks: what the marketplace's gateway runs."""

    def __init__(self, port, mode="PackedForward"):
        super().__init__(["node", HERE / "gateway.js", port, mode, TAG], stdin=subprocess.PIPE, env=node_environment())
        self._sent = 0

    def send(self, *events):
        """Sends the events together and returns when all are acknowledged. Their `time` becomes the entries' time."""
        self.stdin.write(json.dumps(events).encode() + b"\n")
        self.stdin.flush()
        self._sent += 1

        def answered():
            lines = self.output.splitlines()
            if len(lines) >= self._sent:
                return lines[self._sent - 1]
            if not self.runs():
                raise AssertionError(f"the gateway's client ended\n{self.story()}")
            return None
        answer = wait_until(answered, lambda: f"an ack\n{self.story()}")
        if answer != f"acknowledged {len(events)}":
            raise AssertionError(f"gateway: {answer}\n{self.story()}")


def maildir_mails(folder):
    """Delivered mails as bytes, the envelope's lines taken off."""
    whole = []
    for path in sorted(p for name in ("new", "cur") for p in (Path(folder) / name).glob("*")):
        text = path.read_bytes()
        head = re.match(rb"(?:(?:Return-Path|Delivered-To): .*\n)+", text)
        whole.append(text[head.end():] if head else text)
    return whole


def parse_mail(raw):
    """As Python's parser reads it, which raises at the first defect."""
    policy = email.policy.default.clone(raise_on_defect=True)
    mail = email.message_from_bytes(raw, policy=policy)
    for name in mail.keys():
        str(mail[name])  # headers are parsed when read
    for part in mail.walk():
        if not part.is_multipart():
            part.get_content()
    return mail


def parse_with_mailparser(raw):
    """As npm's mailparser reads it: subject, to, text, html, headers."""
    done = subprocess.run(["node", HERE / "read_mail.js"], input=raw, env=node_environment(), capture_output=True,
                          timeout=30 * PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"mailparser: {done.stderr.decode()}")
    return json.loads(done.stdout)
