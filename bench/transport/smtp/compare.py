#!/usr/bin/env python3
"""Sends the same mail through our pool and through what people would use instead, to the same sink.

usage: compare.py [--build DIR] [--rounds N] [--seconds S] [--small] [--json FILE]       (20 minutes)
                  [--round-trips MS,...] [--connections N,...] [--no-syscalls]           (less)

Contenders take turns within each round, so that a noisy minute hits all; the table shows medians. Each sends one finished
mail of 4 KiB again and again to Debian's smtp-sink over the same number of connections, all of them kept. With a round
trip a userland proxy stands between (bench/peers/delay_proxy.cpp). CPU is the client's own, syscalls are counted by
strace in a run of their own. The client runs on one core, sink and proxy on another.

What to keep in mind, contender by contender:
  ours, intents   each mail's intent is on disk before its content leaves, as in the server; rendering is not in it
  ours            the same without a log: no mode of the product, but what the others do
  ours, lock-step one command at a time, like the others
  smtp-source     builds no mail and checks little: it stands for the least a client can do in lock-step
  libcurl         waits for each reply (four round trips a mail); multi handle, connections kept
  nodemailer      its pool; MAIL, RCPT and DATA in one segment (two round trips a mail)
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SINK_CORE = CORES[0], CORES[-1]

# Round trips a mail takes each of them: how many mails fit into the time of one measurement.
CONTENDERS = {"ours, intents": 1, "ours": 1, "ours, lock-step": 4, "smtp-source": 4, "libcurl": 4, "nodemailer": 2}
SECONDS_AT_LOOPBACK = {"nodemailer": 1 / 3000}  # a mail, where it is not the sink that takes the time


def on_core(core):
    return lambda: os.sched_setaffinity(0, {core})


def mail_of(size):
    head = ("From: Example <cart@shop.example>\r\nTo: someone@customer.example\r\nSubject: Your cart\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
    line = "The lines of a mail are about this long, and none begins with a dot.\r\n"
    return (head + line * (1 + (size - len(head)) // len(line)))[:size - 2] + "\r\n"


class Sink:
    """Debian's smtp-sink. Counts what it took."""

    def __init__(self):
        self.counters = tempfile.TemporaryFile()  # not a pipe: it writes all the time, and stops when nobody reads
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin"), "-c", *user, f"127.0.0.1:{self.port}", "128"],
            stdout=self.counters, stderr=subprocess.DEVNULL, preexec_fn=on_core(SINK_CORE))
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def stop(self):
        """The number of mails taken: the last of what it writes over and over into one line."""
        self.process.terminate()
        self.process.wait()
        self.counters.seek(0)
        out = self.counters.read().decode()
        counted = re.findall(r"sess=\d+ quit=\d+ mesg=(\d+)", out)
        return int(counted[-1]) if counted else None


class Proxy:
    def __init__(self, build, port, round_trip_ms):
        self.process = subprocess.Popen([f"{build}/delay_proxy", str(port), str(round_trip_ms)], stdout=subprocess.PIPE,
                                        preexec_fn=on_core(SINK_CORE))
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Bench:
    def __init__(self, build, folder, size):
        self.build, self.folder = build, folder
        self.file = os.path.join(folder, "mail")
        with open(self.file, "w", newline="") as f:
            f.write(mail_of(size))
        self.logs = 0

    def available(self, name):
        if name == "libcurl":
            return os.path.exists(f"{self.build}/libcurl_pool")
        if name == "nodemailer":
            return shutil.which("node") and os.path.isdir(f"{ROOT}/build/npm/node_modules/nodemailer")
        return True

    def command(self, name, port, mails, connections, second_port=0):
        if name.startswith("ours"):
            command = [f"{self.build}/relay_send", "--port", str(port), "--mails", str(mails), "--connections",
                       str(connections), "--file", self.file, "--mode", "L" if name == "ours, lock-step" else "A"]
            if name == "ours, intents":
                self.logs += 1
                command += ["--intents", os.path.join(self.folder, f"log{self.logs}")]
            return command + (["--second-port", str(second_port)] if second_port else [])
        if name == "smtp-source":
            return [shutil.which("smtp-source", path=os.environ["PATH"] + ":/usr/sbin"), "-d", "-s", str(connections),
                    "-m", str(mails), "-F", self.file, "-f", "cart@shop.example", "-t", "someone@customer.example",
                    "-M", "localhost", f"127.0.0.1:{port}"]
        if name == "libcurl":
            return [f"{self.build}/libcurl_pool", str(port), str(mails), str(connections), self.file]
        return ["node", f"{ROOT}/bench/peers/nodemailer_pool.js", str(port), str(mails), str(connections), self.file]

    def run(self, name, port, mails, connections, second_port=0):
        """(mails a second, CPU microseconds a mail) of one run; raises when not every mail was taken."""
        env = {**os.environ, "NODE_PATH": f"{ROOT}/build/npm/node_modules"}
        begun = time.monotonic()
        child = subprocess.Popen(self.command(name, port, mails, connections, second_port), stdout=subprocess.PIPE, env=env,
                                 preexec_fn=on_core(CLIENT_CORE))
        out = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds, cpu = time.monotonic() - begun, used.ru_utime + used.ru_stime
        if child.returncode != 0:
            raise RuntimeError(f"{name} ended with {child.returncode}")
        if name != "smtp-source":  # it says nothing, but is started in a millisecond
            told = json.loads(out)
            if told["mails"] != mails:
                raise RuntimeError(f"{name}: {told['mails']} of {mails} were accepted")
            seconds, cpu = told["seconds"], told["cpu"]
        shutil.rmtree(os.path.join(self.folder, f"log{self.logs}"), ignore_errors=True)
        return mails / seconds, cpu / mails * 1e6

    def syscalls(self, name, port, mails, connections):
        """A mail: what is left of a run with twice as many when one with as many is taken away."""
        def count(n):
            summary = os.path.join(self.folder, "strace")
            subprocess.run(["strace", "-f", "-c", "-o", summary, *self.command(name, port, n, connections)], check=True,
                           stdout=subprocess.DEVNULL,
                           env={**os.environ, "NODE_PATH": f"{ROOT}/build/npm/node_modules"})
            with open(summary) as f:
                total = [line.split() for line in f if line.rstrip().endswith("total")]
            return int(total[0][3] if len(total[0]) > 4 else total[0][2])

        return max(0.0, (count(2 * mails) - count(mails)) / mails)


def mails_for(name, round_trip_ms, connections, seconds, small):
    """So many that the run takes about so long."""
    if small:
        return 4 * connections
    # Coming to 16 connections takes some 30 round trips: a run is long enough that they do not make its figure.
    seconds += 200 * round_trip_ms / 1000
    a_mail = max(CONTENDERS[name] * round_trip_ms / 1000 / connections, SECONDS_AT_LOOPBACK.get(name, 1 / 12000))
    return max(4 * connections, int(seconds / a_mail))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--build", default=f"{ROOT}/build/release")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=3, help="of one measurement, about")
    arguments.add_argument("--small", action="store_true", help="a few mails, to see that it works")
    arguments.add_argument("--json", help="writes the figures there too")
    arguments.add_argument("--round-trips", default="0,1,10,50", help="in ms")
    arguments.add_argument("--connections", default="1,4,16")
    arguments.add_argument("--no-syscalls", action="store_true", help="neither counts system calls nor tries a second sink")
    how = arguments.parse_args()
    rounds = 1 if how.small else how.rounds
    delays = [0, 1] if how.small else [int(ms) for ms in how.round_trips.split(",")]
    sessions = [2] if how.small else [int(n) for n in how.connections.split(",")]
    folder = tempfile.mkdtemp(prefix="compare-smtp-")
    bench = Bench(how.build, folder, 4096)
    contenders = [c for c in CONTENDERS if bench.available(c)]
    for missing in set(CONTENDERS) - set(contenders):
        print(f"{missing}: not installed (scripts/install-deps.sh --tests), left out")
    figures = []
    sink, sent = Sink(), 0
    try:
        for delay in delays:
            proxy = Proxy(how.build, sink.port, delay) if delay else None
            port = proxy.port if proxy else sink.port
            for connections in sessions:
                rate = {c: [] for c in contenders}
                cpu = {c: [] for c in contenders}
                for _ in range(rounds):
                    for c in contenders:
                        mails = mails_for(c, delay, connections, how.seconds, how.small)
                        r, u = bench.run(c, port, mails, connections)
                        sent += mails
                        rate[c].append(r)
                        cpu[c].append(u)
                base = statistics.median(rate.get("smtp-source", [1]))
                print(f"\nround trip {delay} ms, {connections} connections, 4 KiB, median of {rounds}")
                print(f"  {'':17}{'mails/s':>10}{'range':>18}{'/ smtp-source':>15}{'CPU us/mail':>13}")
                for c in contenders:
                    m = statistics.median(rate[c])
                    print(f"  {c:17}{m:10,.0f}{f'{min(rate[c]):,.0f}-{max(rate[c]):,.0f}':>18}{m / base:15.2f}"
                          f"{statistics.median(cpu[c]):13.1f}")
                    figures.append({"round_trip_ms": delay, "connections": connections, "contender": c, "mails_per_s": m,
                                    "cpu_us_per_mail": statistics.median(cpu[c]), "runs": rate[c]})
                sys.stdout.flush()
            if proxy:
                proxy.stop()
        if not how.small and not how.no_syscalls:
            print("\nIs the sink the limit? Ours over 16 connections to one sink, and over 8 to each of two:")
            one, two = [], []
            second = Sink()
            for _ in range(rounds):
                one.append(bench.run("ours", sink.port, 40000, 16)[0])
                two.append(bench.run("ours", sink.port, 40000, 16, second.port)[0])
                sent += 80000
            sent -= second.stop()
            gain = statistics.median(two) / statistics.median(one)
            print(f"  one {statistics.median(one):,.0f}, two {statistics.median(two):,.0f} mails/s: x{gain:.2f}; "
                  + ("the sink is the limit there, so CPU a mail is what compares" if gain > 1.05 else
                     "a second sink gains little: the client, or the cores, are the limit"))
            figures.append({"saturation": gain})
        if shutil.which("strace") and not how.no_syscalls:
            print("\nSystem calls a mail, 4 connections, loopback (strace):")
            for c in contenders:
                mails = 20 if how.small else 2000
                calls = bench.syscalls(c, sink.port, mails, 4)
                sent += 3 * mails
                print(f"  {c:17}{calls:8.1f}")
                figures.append({"contender": c, "syscalls_per_mail": calls})
        taken = sink.stop()
        if taken is not None and taken != sent:
            raise RuntimeError(f"the sink took {taken} mails, {sent} were sent")
        print(f"\nThe sink took {taken} mails, as many as were sent.")
    finally:
        sink.process.kill()
        shutil.rmtree(folder, ignore_errors=True)
    if how.json:
        with open(how.json, "w") as f:
            json.dump(figures, f, indent=1)


if __name__ == "__main__":
    main()
