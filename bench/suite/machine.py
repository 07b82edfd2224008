"""The machine, and the versions of what runs on it."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from . import ROOT

PROGRAMS_BESIDE_PATH = ":/usr/sbin:/sbin"


def which(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + PROGRAMS_BESIDE_PATH)


def first_line(*command):
    try:
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip().splitlines()[0] if said.stdout.strip() else None


def package_version(package):
    return first_line("dpkg-query", "-W", "-f", "${Version}", package)


def field(path, pattern):
    try:
        found = re.search(pattern, Path(path).read_text(), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip() if found else None


def disk_of(folder):
    """File system and device of a folder: what a sync costs is theirs."""
    said = first_line("findmnt", "--noheadings", "--output", "FSTYPE,SOURCE", "--target", str(folder))
    return " ".join(said.split()) if said else "unknown"


def debian():
    name = field("/etc/os-release", r'^PRETTY_NAME="?([^"\n]+)')
    return name or platform.platform()


def versions():
    postconf = which("postconf")
    found = {
        "Cartwheel": git_version(),
        "g++": first_line("g++", "-dumpfullversion"),
        "CAF": package_version("libcaf-dev"),
        "mimalloc": package_version("libmimalloc-dev"),
        "RocksDB": package_version("librocksdb-dev"),
        "Erlang/OTP": first_line("dpkg-query", "-W", "-f", "${Version}", "erlang-base"),
        "Redis": first_line("redis-server", "--version") if which("redis-server") else None,
        "Postfix (smtp-source, smtp-sink)": first_line(postconf, "-h", "mail_version") if postconf else None,
        "Node.js": first_line("node", "--version"),
        "libcurl": package_version("libcurl4-openssl-dev"),
    }
    if found["Redis"]:
        found["Redis"] = re.sub(r".*\bv=(\S+).*", r"\1", found["Redis"])
    return {name: version for name, version in found.items() if version}


def git_version():
    commit = first_line("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    if not commit:
        return "not a git checkout"
    changed = first_line("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no")
    return commit + (", with changes" if changed else "")


def load_average():
    return os.getloadavg()[0]


def description(work):
    """What a reader needs to know to judge figures; `work` is the folder whose disk is written to."""
    return {
        "cpu": field("/proc/cpuinfo", r"^model name\s*: (.*)$") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(field("/proc/meminfo", r"^MemTotal:\s+(\d+)")) / 1e6, 1),
        "disk": disk_of(work),
        "system": f"{debian()}, Linux {platform.release()}",
        "huge_pages": field("/sys/kernel/mm/transparent_hugepage/enabled", r"\[(\w+)\]") or "unknown",
    }
