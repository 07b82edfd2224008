#!/usr/bin/env bash
# Installs what is needed, builds the program and runs its demo.
#
# Usage: scripts/demo.sh [OPTION...]     every option goes to `cartwheel demo` (see build/release/cartwheel demo --help)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
  exit 0
fi

say() { printf '\ndemo: %s\n' "$*"; }

say "packages"
scripts/install-deps.sh
say "building build/release/cartwheel (the first time takes some minutes)"
cmake --preset release
cmake --build build/release --target cartwheel --parallel 2
say "build/release/cartwheel demo $*"
exec build/release/cartwheel demo "$@"
