#!/usr/bin/env bash
# Compares Cartwheel with what people would use instead, and with its own targets: a table and plots (SVG) in a folder.
#
# Usage: scripts/bench.sh [--full | --soak | --smoke] [--out DIR] [--only GROUP,...] [--page FILE] [--report]
#
#                 20 minutes, 1 million carts, medians of 5, all peers
#   --full        90 minutes, 10 million carts, medians of 3, ours only (16 GB of memory, 60 GB of disk)
#   --soak        30 minutes at half load, of 38: memory, file handles and latency must stay flat
#   --smoke       half a minute, a few of everything, to see that it works: its figures mean nothing
#   --out DIR     results-KIND.json, report-KIND.md and plots go there (build/bench), beside those of other kinds
#   --work DIR    where servers write, on the disk that counts (the same)
#   --only LIST   some groups only (a wrong name lists them), as KIND-part
#   --page FILE   also writes the page of all whole runs that lie in --out, its plots in a folder of its name
#   --report      measures nothing: makes report and page from what lies in --out
#   --build DIR   the build to measure (build/release)
#   --as-is       neither installs nor builds anything
#
# Leave the machine alone meanwhile: everything runs one after the other. Ends with 1 when a measurement failed (not when a
# target was missed: the report says that). CARTWHEEL_PEERS names the folder of the given peers (../shared/peers); `none`:
# those of bench/peers.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

prepare=yes
report_only=no
arguments=()
for argument in "$@"; do
  case $argument in
    --as-is) prepare=no ;;
    -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --report) report_only=yes; arguments+=("$argument") ;;
    *) arguments+=("$argument") ;;
  esac
done

if [[ $prepare == yes ]]; then "$root/scripts/install-deps.sh" --bench; fi
if [[ $prepare == yes && $report_only == no ]]; then
  (cd "$root" && cmake --preset release >/dev/null && cmake --build build/release --parallel "${JOBS:-$(nproc)}" --target \
    cartwheel actors_bench actors_content_bench app_bench runtime_bench relay_send delay_proxy table_server steady_load)
  if grep -q '^build libcurl_pool:' "$root/build/release/build.ninja"; then
    cmake --build "$root/build/release" --target libcurl_pool
  fi
fi

# Debian's matplotlib belongs to Debian's Python; another may stand before it in the path.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import matplotlib' 2>/dev/null; then python=$candidate; break; fi
done
if [[ -z $python ]]; then
  printf 'bench: no Python with matplotlib (scripts/install-deps.sh --bench)\n' >&2
  exit 1
fi
PYTHONPATH="$root/bench${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 exec "$python" -m suite "${arguments[@]}"
