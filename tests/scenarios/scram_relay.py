"""A relay that asks for SCRAM-SHA-256 and nothing else, written from RFC 5802 and 7677 with Python's own hashes.

smtp-server has no SCRAM; this one shares nothing with Cartwheel but the RFCs. It knows a password only as SCRAM servers do:
salt, iterations, StoredKey and ServerKey.
"""

import base64
import hashlib
import hmac
import os
import socketserver
import threading

ITERATIONS = 4096


def _hmac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def _plain(coded):
    return base64.b64decode(coded, validate=True).decode()


class _Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def challenge(self, text):
        self.say("334 " + base64.b64encode(text.encode()).decode())
        answer = self.rfile.readline()
        if not answer.endswith(b"\n"):
            raise EOFError
        return _plain(answer.strip())

    def log_in(self, initial):
        """What the server is convinced of."""
        relay = self.server.relay
        header, _, bare = initial.partition("n=")
        bare = "n=" + bare
        assert header == "n,,", initial
        fields = dict(part.split("=", 1) for part in bare.split(","))
        nonce = fields["r"] + base64.b64encode(os.urandom(12)).decode().replace(",", "")
        first = f"r={nonce},s={base64.b64encode(relay.salt).decode()},i={ITERATIONS}"
        final = self.challenge(first)
        without_proof, _, proof = final.rpartition(",p=")
        said = dict(part.split("=", 1) for part in without_proof.split(","))
        message = ",".join([bare, first, without_proof]).encode()
        client_key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), _hmac(relay.stored_key, message)))
        if said != {"c": "biws", "r": nonce} or fields["n"] != relay.user or \
                hashlib.sha256(client_key).digest() != relay.stored_key:
            return False
        signature = _hmac(relay.server_key if relay.honest else os.urandom(32), message)
        return self.challenge("v=" + base64.b64encode(signature).decode()) == ""

    def handle(self):
        try:
            self.talk()
        except (EOFError, ConnectionError):
            pass  # the client has left, which is its right

    def talk(self):
        relay = self.server.relay
        self.say("220 scram ESMTP")
        logged_in = False
        while line := self.rfile.readline():
            command, _, rest = line.decode().strip().partition(" ")
            if command == "EHLO":
                self.say("250-scram")
                self.say("250 AUTH SCRAM-SHA-256")
            elif command == "AUTH":
                logged_in = self.log_in(_plain(rest.split(" ", 1)[1]))
                relay.logins.append(logged_in)
                self.say("235 2.7.0 welcome" if logged_in else "535 5.7.8 no")
            elif command == "QUIT":
                return self.say("221 bye")
            elif not logged_in:
                self.say("530 5.7.0 log in first")
            elif command == "DATA":
                self.say("354 go on")
                lines = []
                while (content := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(content[1:] if content.startswith(b".") else content)
                relay.mails.append(b"".join(lines))
                self.say("250 2.0.0 taken")
            else:
                self.say("250 ok")


class ScramRelay:
    """`honest=False`: it lets everybody in who proves the password, and cannot prove that it knows it."""

    def __init__(self, user, password, honest=True):
        self.user, self.honest = user, honest
        self.salt = os.urandom(16)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), self.salt, ITERATIONS)
        self.stored_key = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
        self.server_key = _hmac(salted, b"Server Key")
        self.logins, self.mails = [], []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads = True
        self._server.relay = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
