#!/usr/bin/env bash
# Installs what building Cartwheel needs, and with --tests also what its tests need, on Debian 12; with --bench what the
# comparison needs (scripts/bench.sh), which is among what the tests need, too: they run it small.
#
# Usage: scripts/install-deps.sh [--tests] [--bench]
#
# Needs root or sudo only when something is missing; asks nothing and starts no daemon. Run it as often as you like:
# with everything in place it looks at dpkg's list, touches no network and is done at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build_packages=(
  g++ cmake ninja-build ccache pkg-config lld
  libcaf-dev libboost-dev libmsgpack-cxx-dev libmimalloc-dev librocksdb-dev libssl-dev libicu-dev libsimdjson-dev
  libtomlplusplus-dev libcli11-dev libspdlog-dev nlohmann-json3-dev libzstd-dev zlib1g-dev libbenchmark-dev libgtest-dev libgmock-dev
)
# postfix brings smtp-sink and smtp-source, prometheus brings promtool; neither is run as a service. libcurl and strace are
# for the comparison of SMTP clients (bench/transport/smtp/compare.py).
test_packages=(ca-certificates clang-format clang-tidy curl libcurl4-openssl-dev libmail-dkim-perl openssl postfix
               prometheus python3 python3-aiosmtpd python3-dkim python3-nacl strace tzdata)
# What Cartwheel is compared with, and what draws the results. Redis is not run as a service.
bench_packages=(erlang-base postfix libcurl4-openssl-dev python3 python3-matplotlib redis-server redis-tools strace)
# Debian lets one mail server be installed at a time. Those beside Postfix are unpacked into build/mta, of no use to the
# machine but as relays of the scenarios; these are the libraries they want.
unpacked_packages=(exim4-daemon-light opensmtpd)
test_packages+=(libdb5.3 libevent-2.1-7 libgnutls-dane0 libidn12 libnsl2 libpcre2-8-0)
# What those packages would run as services.
declare -A services=([postfix]=postfix [prometheus]=prometheus [redis-server]=redis-server
                     [erlang-base]="epmd.socket epmd.service")
node_major_min=18

say() { printf 'install-deps: %s\n' "$*"; }
fail() { printf 'install-deps: %s\n' "$*" >&2; exit 1; }

with_tests=no
with_bench=no
for arg in "$@"; do
  case $arg in
    --tests) with_tests=yes; with_bench=yes ;;
    --bench) with_bench=yes ;;
    -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) printf 'install-deps: unknown option %s (try --help)\n' "$arg" >&2; exit 2 ;;
  esac
done

installed() { [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

node_is_new_enough() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [[ ${version%%.*} -ge $node_major_min ]]
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
  apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" </dev/null; }

# Debian's convention: a policy-rc.d that answers 101 keeps maintainer scripts from starting services.
policy=/usr/sbin/policy-rc.d
policy_is_ours=no
restore_policy() {
  if [[ $policy_is_ours == yes ]]; then as_root rm -f "$policy"; fi
}
trap restore_policy EXIT

install_packages() {
  local missing=() package units fresh_services=()
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then
    say "all $# Debian packages are in place"
    return
  fi
  command -v apt-get >/dev/null || fail "no apt-get here; install by hand: ${missing[*]}"
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || fail "neither root nor sudo; install as root: ${missing[*]}"
  say "installing ${#missing[@]} of $# Debian packages: ${missing[*]}"

  for package in "${!services[@]}"; do
    if [[ " ${missing[*]} " != *" $package "* ]]; then continue; fi
    read -r -a units <<<"${services[$package]}"
    fresh_services+=("${units[@]}")
  done
  if [[ ! -e $policy ]]; then
    policy_is_ours=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  if [[ " ${missing[*]} " == *" postfix "* ]]; then
    echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
  fi

  # A foreign source that cannot be reached must not keep Debian's own from serving us; the install decides.
  apt update || say "apt-get update had complaints; trying with the lists at hand"
  apt install -y --no-install-recommends "${missing[@]}"

  # Not started now (policy-rc.d), and not at the next boot either.
  if [[ ${#fresh_services[@]} -gt 0 ]] && command -v systemctl >/dev/null; then
    as_root systemctl disable --quiet "${fresh_services[@]}" 2>/dev/null || true
  fi
}

# The scenarios' npm packages go to build/npm, beside the builds: the source tree never has a node_modules.
install_npm_packages() {
  local from=tests/scenarios to=build/npm lock_hash
  lock_hash=$(cat $from/package.json $from/package-lock.json | sha256sum | cut -d ' ' -f 1)
  if [[ -d $to/node_modules && "$(cat $to/lock.sha256 2>/dev/null)" == "$lock_hash" ]]; then
    say "the scenarios' npm packages are in place ($to)"
    return
  fi
  say "installing the scenarios' npm packages into $to"
  mkdir -p $to
  rm -f $to/lock.sha256
  cp $from/package.json $from/package-lock.json $to/
  (cd $to && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error </dev/null)
  echo "$lock_hash" >$to/lock.sha256
}

# Mail servers give up root for users of their own, whose names are built in.
make_mail_users() {
  local user
  for user in Debian-exim opensmtpd opensmtpq; do
    if getent passwd "$user" >/dev/null; then continue; fi
    say "making the system user $user"
    as_root useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  done
}

unpack_mail_servers() {
  local to=build/mta package version file
  mkdir -p $to
  for package in "${unpacked_packages[@]}"; do
    if [[ -e $to/$package/version ]]; then
      say "$package is in place ($to, $(cat "$to/$package/version"))"
      continue
    fi
    say "unpacking $package into $to"
    rm -rf "${to:?}/$package" "$to"/"$package"_*.deb
    (cd $to && apt-get -qq -o Acquire::Retries=3 download "$package" 2>/dev/null) || fail "$package could not be downloaded"
    file=$(echo "$to"/"$package"_*.deb)
    version=$(dpkg-deb -f "$file" Version)
    dpkg -x "$file" "$to/$package"
    rm "$file"
    echo "$version" >"$to/$package/version"
  done
}

packages=("${build_packages[@]}")
if [[ $with_tests == yes ]]; then
  packages+=("${test_packages[@]}")
fi
if [[ $with_bench == yes ]]; then
  packages+=("${bench_packages[@]}")
  node_is_new_enough || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
fi
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
install_packages "${packages[@]}"
if [[ $with_bench == yes ]]; then install_npm_packages; fi
if [[ $with_tests == yes ]]; then
  make_mail_users
  unpack_mail_servers
fi
