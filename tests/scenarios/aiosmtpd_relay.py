#!/usr/bin/env python3
"""Python's aiosmtpd as a relay: aiosmtpd_relay.py PORT. Each mail it takes is a JSON line on stdout, before the reply.
Recipients named perm and temp are refused. PIPELINING, which aiosmtpd can and does not say, is announced."""

import asyncio
import hashlib
import json
import os
import re
import sys

from aiosmtpd.smtp import SMTP


class Relay:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_RCPT(self, server, session, envelope, address, options):
        code = {"perm": "550 5.1.1", "temp": "451 4.7.1"}.get(address.partition("@")[0])
        if code:
            return f"{code} <{address}> no"
        envelope.rcpt_tos.append(address)
        return f"250 2.1.5 <{address}> Ok"

    async def handle_DATA(self, server, session, envelope):
        content = envelope.content
        name = re.search(rb"^Message-ID: <([^>]*)>", content, re.M | re.I)
        recipient = envelope.rcpt_tos[0]
        line = {"message_id": name[1].decode() if name else "", "recipient": recipient,
                "sha256": hashlib.sha256(content).hexdigest()}
        os.write(1, json.dumps(line).encode() + b"\n")
        return f"250 2.0.0 Ok <{recipient}>"


async def serve(port):
    # Its time limit for silence is what it has for a lifetime of idle connections too.
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Relay(), hostname="relay.example", enable_SMTPUTF8=True, data_size_limit=50 << 20, timeout=300),
        "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(serve(int(sys.argv[1])))
