"""Verifies the DKIM signatures of mails with two verifiers that share no code with Cartwheel nor with each other, without DNS.

Usage: dkim_check.py RECORDS.json FILE...      RECORDS: {"news._domainkey.example.com": "v=DKIM1; k=rsa; p=..."}
       prints one line a defect, exit 1 when there is any

Each mail must have one signature a record; dkimpy must verify all of them, Mail::DKIM the RSA ones (it knows no Ed25519).
h= must hold both List-Unsubscribe fields (RFC 8058), and what a reader goes by once more than it is there.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

DEBIANS_PYTHON = "/usr/bin/python3"

try:
    import dkim
    import nacl.signing  # noqa: F401  (dkimpy passes Ed25519 over without it)
except ImportError:
    # Debian's packages are Debian's Python's; another one may come first in PATH.
    if Path(sys.executable) != Path(DEBIANS_PYTHON) and os.environ.get("DKIM_CHECK") != "again":
        os.environ["DKIM_CHECK"] = "again"
        os.execv(DEBIANS_PYTHON, [DEBIANS_PYTHON, *sys.argv])
    sys.exit("dkimpy is not here: install python3-dkim and python3-nacl (scripts/install-deps.sh --tests)")

GUARDED = ("from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post")


def header_fields(raw):
    """Name and unfolded value, in order."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].decode("utf-8", "surrogateescape")
    lines = re.sub(r"\r?\n[ \t]+", " ", head).splitlines()
    return [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def tags(value):
    return {k.strip(): re.sub(r"\s+", "", v) for k, _, v in (t.partition("=") for t in value.split(";")) if k.strip()}


def by_dkimpy(raw, records, count):
    """The index of each signature that it does not verify, and why."""
    def lookup(name, timeout=5):
        return records.get(name.decode().rstrip("."), "").encode()
    for i in range(count):
        try:
            if not dkim.DKIM(raw).verify(idx=i, dnsfunc=lookup):
                yield f"dkimpy does not verify signature {i + 1}"
        except dkim.DKIMException as error:
            yield f"dkimpy: signature {i + 1}: {error}"


def by_mail_dkim(files, records_file):
    """What Mail::DKIM says of the RSA signatures of each file."""
    done = subprocess.run(["perl", Path(__file__).parent / "dkim_check.pl", records_file, *files], capture_output=True,
                          text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"Mail::DKIM: {done.stderr.strip()} (it is Debian's libmail-dkim-perl)")
    said = {}
    for line in done.stdout.splitlines():
        file, result = line.split("\t", 1)
        said.setdefault(file, []).append(result)
    return said


def defects(raw, records, said):
    fields = header_fields(raw)
    names = [name for name, _ in fields]
    signatures = [tags(value) for name, value in fields if name == "dkim-signature"]
    if len(signatures) != len(records):
        yield f"{len(signatures)} signatures for {len(records)} keys"
    for s in signatures:
        what = s.get("a", "no algorithm")
        signed = [name.lower() for name in s.get("h", "").split(":")]
        for name in GUARDED:
            if signed.count(name) <= names.count(name):
                yield f"{what}: h= holds {name} {signed.count(name)} times, the header {names.count(name)}"
        if s.get("c") != "relaxed/relaxed" or "l" in s or "x" in s:
            yield f"{what}: c={s.get('c')}, l={s.get('l')}, x={s.get('x')}"
    yield from by_dkimpy(raw, records, len(signatures))
    rsa = sum(s.get("a") == "rsa-sha256" for s in signatures)
    if said.count("rsa-sha256 pass") != rsa or rsa == 0:
        yield f"Mail::DKIM says of {rsa} RSA signatures: {said}"


def main():
    records_file, files = sys.argv[1], sys.argv[2:]
    records = json.loads(Path(records_file).read_text())
    said = by_mail_dkim(files, records_file)
    found = 0
    for name in files:
        for defect in defects(Path(name).read_bytes(), records, said.get(name, [])):
            print(f"{name}: {defect}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
