"""Mail servers that others wrote, each an instance of its own, with a folder of its own, on a port of its own: started as
relays, asked what they took. Those of Debian want root, which they give up for their users."""

import hashlib
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from fault_sink import Kept
from peers import Sink, node_environment
from processes import HERE, PATIENCE, ROOT, Process, free_port, listens, wait_until

UNPACKED = ROOT / "build/mta"


def _need_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest("mail servers give up root for a user of their own: needs root")


def _need_user(name):
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise AssertionError(f"no user {name}: run scripts/install-deps.sh --tests") from None


def _program(path):
    if not Path(path).exists():
        raise AssertionError(f"{path} is not there: run scripts/install-deps.sh --tests")
    return path


# A mail server is many processes, of several users, and whoever changes its user forgets whose child it is. In a process
# namespace of its own all of it ends with the one at its head, and that with us, however we end.
CONTAINED = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", '"$@" & wait', "sh")


class MailServer(Process):
    """What all have in common. kept() names the mails that it has; violations() what it found illegal."""

    def __init__(self, arguments, port, **more):
        super().__init__(arguments, **more)
        self.port = port
        wait_until(lambda: listens(port) or not self.runs(), lambda: f"{type(self).__name__} to listen\n{self.story()}")
        if not self.runs():
            self.kill()
            raise AssertionError(f"{type(self).__name__} ended\n{self.story()}\n{self.output[-2000:]}")

    def violations(self):
        return []

    def log_text(self):
        return "\n".join(self.complaints)


def own_folder(test):
    """In memory where there is some: a mail server syncs every mail, and the disk is not what is tested."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="cartwheel-relay-", dir=shared if os.access(shared, os.W_OK) else None))
    folder.chmod(0o755)  # its users look in
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Postfix(MailServer):
    """Postfix, that hangs up on a pipeline out of order, and throws away what it has taken (its log tells), or passes it on
    to the port `onward`."""

    def __init__(self, folder, settings=None, onward=None):
        _need_root()
        owner = _need_user("postfix")
        self.folder, port = folder, free_port()
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
        os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
        self.log = folder / "log"
        chosen = {
            "compatibility_level": "3.6", "queue_directory": folder / "queue", "data_directory": folder / "data",
            "maillog_file": self.log, "maillog_file_prefixes": folder, "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4", "myhostname": "relay.example", "mydestination": "", "mynetworks": "127.0.0.0/8",
            "smtpd_forbid_unauth_pipelining": "yes", "smtpd_peername_lookup": "no",
            "default_transport": f"smtp:[127.0.0.1]:{onward}" if onward else "discard:ok",
            "in_flow_delay": "0", "smtpd_client_connection_count_limit": "0", "alias_maps": "", "alias_database": "",
            "smtpd_recipient_restrictions": "check_recipient_access inline:{ {perm@shopper.example=550 5.1.1 "
            "<perm@shopper.example> no} {temp@shopper.example=451 4.7.1 <temp@shopper.example> later} }, permit_mynetworks, "
            "reject",
            "smtpd_relay_restrictions": "permit_mynetworks, reject", **(settings or {})}
        (folder / "etc/main.cf").write_text("".join(f"{k} = {v}\n" for k, v in chosen.items()))
        # name: (type, private, wakeup time, process limit, program)
        services = {
            "pickup": ("unix", "n", "60", "1", "pickup"), "cleanup": ("unix", "n", "-", "0", "cleanup"),
            "qmgr": ("unix", "n", "300", "1", "qmgr"), "rewrite": ("unix", "-", "-", "-", "trivial-rewrite"),
            "bounce": ("unix", "-", "-", "0", "bounce"), "defer": ("unix", "-", "-", "0", "bounce"),
            "trace": ("unix", "-", "-", "0", "bounce"), "proxymap": ("unix", "-", "-", "-", "proxymap"),
            "discard": ("unix", "-", "-", "-", "discard"), "error": ("unix", "-", "-", "-", "error"),
            "retry": ("unix", "-", "-", "-", "error"), "smtp": ("unix", "-", "-", "-", "smtp"),
            "anvil": ("unix", "-", "-", "1", "anvil"),
            "flush": ("unix", "n", "1000?", "0", "flush"), "showq": ("unix", "n", "-", "-", "showq"),
            "postlog": ("unix-dgram", "n", "-", "1", "postlogd")}
        lines = [f"127.0.0.1:{port} inet n - n - - smtpd"]
        lines += [f"{name} {kind} {private} - n {wakeup} {most} {program}"
                  for name, (kind, private, wakeup, most, program) in services.items()]
        (folder / "etc/master.cf").write_text("".join(line + "\n" for line in lines))
        made = subprocess.run([_program("/usr/sbin/postfix"), "-c", folder / "etc", "check"], capture_output=True, text=True)
        if made.returncode != 0:
            raise AssertionError(f"postfix check: {made.stderr}")
        super().__init__([*CONTAINED, "/usr/lib/postfix/sbin/master", "-d", "-c", folder / "etc"], port)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def pass_on(self):
        """Does so by itself."""

    def sessions(self):
        """What each session that is over consisted of: {"mail": 3, "rcpt": 3, ...}; refused commands count too."""
        return [{verb: int(of or some) for verb, some, of in re.findall(r"(\w+)=(\d+)(?:/(\d+))?", line)}
                for line in re.findall(r"smtpd\[\d+\]: disconnect from \S+ (.*)", self.log_text())]

    def kept(self):
        """Mails that are in its queue, or were: cleanup tells the Message-ID, qmgr that it is whole."""
        text = self.log_text()
        names = dict(re.findall(r"cleanup\[\d+\]: (\w+): message-id=<([^>]*)>", text))
        return [Kept(names[q], f"queued as {q}") for q in re.findall(r"qmgr\[\d+\]: (\w+): from=<[^>]*>, size=", text)]

    def violations(self):
        bad = r".*(?:improper command pipelining|SMTP protocol synchronization|fatal:|panic:|killed by signal|bare <).*"
        return re.findall(bad, self.log_text())


class Exim(MailServer):
    """Exim with ACLs of its own, that keeps what it has taken in its queue, until pass_on() to the port `onward`."""

    def __init__(self, folder, settings="", onward=None):
        _need_root()
        owner = _need_user("Debian-exim")
        self.folder, port = folder, free_port()
        for name in ("spool", "log"):
            (folder / name).mkdir()
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        self.config = config = folder / "exim.conf"
        routers = """nowhere:
  driver = redirect
  data = :blackhole:
""" if onward is None else f"""onward:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = onward

begin transports
onward:
  driver = smtp
  port = {onward}
  allow_localhost
  connection_max_messages = 1
"""
        config.write_text(f"""
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/pid
primary_hostname = relay.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
queue_only
smtp_accept_queue_per_connection = 0
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
rfc1413_query_timeout = 0s
host_lookup =
tls_advertise_hosts =
smtp_enforce_sync = true
acl_smtp_rcpt = on_rcpt
acl_smtp_data = on_data
{settings}

begin acl
on_rcpt:
  deny local_parts = perm
       message = 5.1.1 <$local_part@$domain> no
  defer local_parts = temp
       message = 4.7.1 <$local_part@$domain> later
  accept
on_data:
  deny condition = ${{if match{{$recipients}}{{^late@}}}}
       message = 5.7.1 <$recipients> not after all
  accept

begin routers
{routers}""")
        self.program = program = _program(UNPACKED / "exim4-daemon-light/usr/sbin/exim4")
        super().__init__([*CONTAINED, program, "-bdf", "-C", config], port)

    def log_text(self):
        return "".join((self.folder / "log" / name).read_text(errors="replace")
                       for name in ("mainlog", "paniclog", "rejectlog") if (self.folder / "log" / name).exists())

    def pass_on(self):
        """Its queue, once through, to the end."""
        done = subprocess.run([self.program, "-C", self.config, "-qff"], capture_output=True, text=True,
                              timeout=60 * PATIENCE)
        if done.returncode != 0 or done.stderr:
            raise AssertionError(f"exim -qff: {done.returncode} {done.stderr}")

    def kept(self):
        return [Kept(name, f"id={queue}") for queue, name in
                re.findall(r" (\S+-\S+-\S+) <= .* id=(\S+)", self.log_text())]

    def violations(self):
        return re.findall(r".*(?:synchronization error|panic|too many (?:syntax|unrecognized)).*", self.log_text())


class OpenSmtpd(MailServer):
    """OpenSMTPD, which has no PIPELINING and hangs up on whoever pipelines; it passes mails on to `sink`."""

    def __init__(self, folder, sink):
        _need_root()
        for user in ("opensmtpd", "opensmtpq"):
            _need_user(user)
        self.sink, port = sink, free_port()
        config = folder / "smtpd.conf"
        config.write_text(f"""
smtp limit max-mails 1000
queue ttl 1h
listen on 127.0.0.1 port {port} hostname relay.example
action "on" relay host "smtp://127.0.0.1:{sink.port}"
match from any for any action "on"
""")
        program = _program(UNPACKED / "opensmtpd/usr/sbin/smtpd")
        # Its queue, its socket and its jail have built-in places: they get mounts of their own, that only it sees.
        places = " && ".join(f"mkdir -p {d} && mount -t tmpfs none {d}" for d in ("/var/spool", "/run", "/var/lib/opensmtpd"))
        more = "mkdir -m 711 /var/spool/smtpd /var/lib/opensmtpd/empty"
        start = f"mount --make-rprivate / && mkdir -p /var/lib/opensmtpd && {places} && {more} && exec {program} -d -f {config}"
        super().__init__([*CONTAINED, "sh", "-c", start], port)

    def kept(self):
        """Mails that it has passed on, once it has passed on all that it has taken."""
        taken = sum(line.count("smtp message") for line in self.complaints)
        wait_until(lambda: len(self.sink.kept()) >= taken, lambda: f"{taken} mails to be passed on\n{self.story()}", 60)
        return [Kept(k.message_id) for k in self.sink.kept()]

    def violations(self):
        return [line for line in self.complaints if "ipelining" in line]


class _Told(MailServer):
    """A server of ours around somebody's library: tells each mail it takes on stdout, as a JSON line, before it answers."""

    def kept(self):
        found = [json.loads(line) for line in self.output.splitlines()]
        return [Kept(m["message_id"], f"<{m['recipient']}>", m["sha256"]) for m in found]


class SmtpServer(_Told):
    """npm smtp-server, nodemailer's other end. Keeps the mails it takes in `folder`, if there is one, for mails()."""

    def __init__(self, folder=None):
        port, self.folder = free_port(), folder
        where = [folder] if folder else []
        super().__init__(["node", HERE / "smtp_server.js", port, *where], port, env=node_environment())

    def mails(self):
        """As bytes, with CRLF."""
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]


class AioSmtpd(_Told):
    """Python's aiosmtpd, with PIPELINING announced, which it can."""

    def __init__(self):
        port = free_port()
        super().__init__(["/usr/bin/python3", HERE / "aiosmtpd_relay.py", port], port)  # the one that has Debian's package


class SmtpSink(Sink):
    """Postfix's smtp-sink as a relay. Its replies say nothing about the mail."""

    def kept(self):
        kept = []
        for raw in self.texts():
            name = re.search(rb"^Message-ID: <([^>]*)>", raw, re.M | re.I)[1].decode()
            kept.append(Kept(name, sha256=hashlib.sha256(raw.replace(b"\n", b"\r\n")).hexdigest()))
        return kept

    def texts(self):
        """Mails as it has them: with LF, and without what it put in front."""
        whole = []
        for path in self.mails_folder.iterdir():
            text = path.read_bytes()
            head = re.match(rb"(?:X-[\w-]+: .*\n)+Received: .*\n(?:\t.*\n)*", text)
            # An empty line of its own ends the file.
            whole.append(text[head.end():].removesuffix(b"\n") if head else text)
        return whole

    def violations(self):
        return []
