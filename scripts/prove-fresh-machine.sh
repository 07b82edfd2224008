#!/usr/bin/env bash
# Proves that git and apt are all the set-up there is: makes an empty Debian 12 with nothing but those two in a
# temporary directory, clones this repository's HEAD into it (what is not committed stays out) and runs the front door
# there without a terminal: once with the network, then again cut off from it.
#
# Usage: scripts/prove-fresh-machine.sh [--deps | --demo | --test] [--keep] [--dir DIR]
#
#   --deps     scripts/install-deps.sh only, for the build and then with --tests
#   --demo     scripts/demo.sh (default)
#   --test     scripts/test.sh
#   --keep     leave the root directory in place afterwards, and say where it is
#   --dir DIR  make the root directory in DIR (default: $TMPDIR or /tmp; 4 GB, 8 GB for --test)
#
# Needs root, debootstrap, git, python3, iproute2 and this machine's own apt set-up: mirror, proxy and additional
# certificate authorities are taken over from it. Not part of scripts/test.sh: it takes as long as a first build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\nprove-fresh-machine: %s\n' "$*"; }
fail() { printf 'prove-fresh-machine: %s\n' "$*" >&2; exit 1; }

what=demo
keep=no
parent=${TMPDIR:-/tmp}
while [[ $# -gt 0 ]]; do
  case $1 in
    --deps | --demo | --test) what=${1#--} ;;
    --keep) keep=yes ;;
    --dir) shift; parent=${1:?--dir wants a directory} ;;
    -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) printf 'prove-fresh-machine: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
  esac
  shift
done

[[ $EUID -eq 0 ]] || fail "needs root (chroot, mounts, a network namespace)"
for tool in debootstrap git python3 ip unshare chroot; do
  command -v $tool >/dev/null || fail "needs $tool"
done
git rev-parse --quiet --verify HEAD >/dev/null || fail "nothing is committed yet: there is nothing to clone"
if [[ -n "$(git status --porcelain)" ]]; then say "not committed, so not proved: $(git status --porcelain | wc -l) paths"; fi

# "URI SUITE COMPONENT..." of each Debian source of this machine that belongs to bookworm, in both formats apt reads.
debian_sources() {
  python3 - <<'PY'
import glob, re
lines = []
for name in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*")):
    try:
        text = open(name, encoding="utf-8").read()
    except OSError:
        continue
    if name.endswith(".sources"):
        text = re.sub(r"(?m)^#.*\n?", "", text)
        for stanza in re.split(r"\n\s*\n", text):
            fields = {}
            for key, value in re.findall(r"(?m)^([\w-]+):((?:.*\n?)(?:[ \t].*\n?)*)", stanza):
                fields[key.lower()] = value.split()
            if "deb" in fields.get("types", []) and fields.get("enabled", ["yes"]) != ["no"]:
                lines += [(u, s, fields.get("components", [])) for u in fields.get("uris", []) for s in fields.get("suites", [])]
    else:
        for line in text.splitlines():
            match = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)", line)
            if match:
                lines.append((match[1], match[2], match[3].split()))
for uri, suite, components in lines:
    if re.fullmatch(r"(bookworm|stable)(-updates|-security)?|bookworm/updates", suite) and "main" in components:
        print(uri, suite, "main")
PY
}

# The parts of apt's configuration that say how to reach a mirror.
apt_acquire_settings() { apt-config dump | grep -E '^Acquire::((http|https|ftp)::|Check-|Retries|ForceIPv)' || true; }

sources=$(debian_sources)
mirror=$(awk '$2 == "bookworm" { print $1; exit }' <<<"$sources")
if [[ -z $mirror ]]; then
  mirror=http://deb.debian.org/debian
  sources="$mirror bookworm main"
fi
proxy=$(apt-config dump | sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/p' | tail -n 1)
include=git
if [[ $mirror == https:* ]]; then include=git,ca-certificates; fi

root=$(mktemp -d "$parent/fresh-machine.XXXXXX")
chmod 755 "$root"
# Every mount is made in a mount namespace of its own and is gone with it, so nothing but files is left to remove.
clean_up() {
  if [[ $keep == yes ]]; then say "left in place: $root"; else rm -rf --one-file-system "$root"; fi
}
trap clean_up EXIT

say "an empty Debian 12 with $include in $root, from $mirror"
if [[ -n $proxy ]]; then export http_proxy=$proxy; fi
unshare --mount --propagation private \
  debootstrap --variant=minbase --include="$include" bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
  { tail -n 20 "$root.log" >&2; rm -f "$root.log"; fail "debootstrap failed"; }
rm -f "$root.log"

while read -r source; do echo "deb $source"; done <<<"$sources" >"$root/etc/apt/sources.list"
apt_acquire_settings >"$root/etc/apt/apt.conf.d/90from-the-host"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/hosts "$root/etc/hosts"
if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
fi
git clone --quiet --no-hardlinks . "$root/root/cartwheel"

# A command in the new root: bare environment, no stdin, own mounts and processes; with `offline` no network but loopback.
inside() {
  local network=$1 begin=$SECONDS namespaces=(--mount --propagation private --pid --fork --kill-child)
  shift
  if [[ $network == offline ]]; then namespaces+=(--net); fi
  say "$* ($network)"
  # shellcheck disable=SC2016 # expanded inside
  unshare "${namespaces[@]}" bash -euo pipefail -c '
      root=$1 network=$2
      shift 2
      if [[ $network == offline ]]; then ip link set lo up; fi
      mount -t proc proc "$root/proc"
      mount --rbind /sys "$root/sys"
      mount --rbind /dev "$root/dev"
      exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        LANG=C.UTF-8 http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
        bash -c "cd /root/cartwheel && exec \"\$@\"" inside "$@"
    ' inside "$root" "$network" "$@" </dev/null || fail "FAILED after $((SECONDS - begin)) s ($network): $*"
  say "fine after $((SECONDS - begin)) s ($network): $*"
}

case $what in
  deps)
    inside online scripts/install-deps.sh
    inside offline scripts/install-deps.sh
    inside online scripts/install-deps.sh --tests
    inside offline scripts/install-deps.sh --tests
    ;;
  demo)
    inside online scripts/demo.sh
    inside offline scripts/demo.sh
    ;;
  test)
    inside online scripts/test.sh
    inside offline scripts/test.sh
    ;;
esac
say "proved: $what works from nothing, and again without a network"
