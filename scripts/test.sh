#!/usr/bin/env bash
# Installs what is needed, builds everything and runs every test; the last lines are ctest's own summary.
#
# Usage: scripts/test.sh [--quick] [--tidy FILE...]
#
#   --quick         packages, the release build and its unit tests, nothing else: the loop while you work
#   --tidy FILE...  clang-tidy over these files as well, after the release build (slow: a minute a file is normal);
#                   takes the rest of the line. The variable TIDY="FILE..." does the same.
#
# In full: lint, builds (release, debug with ASan and UBSan, the runtime's tests with TSan), then ctest in tsan, in
# debug (unit tests and the scenarios labelled `debug`) and at last in release (everything). The first failure ends
# the run. JOBS sets how many compilers and tests run at once (2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=no
read -r -a tidy <<<"${TIDY:-}"
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick) quick=yes ;;
    --tidy) shift; tidy+=("$@"); break ;;
    -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) printf 'test: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
  esac
  shift
done
jobs=${JOBS:-2}

times=()
phase() {
  local name=$1 begin=$SECONDS
  shift
  printf '\ntest: %s\n' "$name"
  if ! "$@"; then
    printf '\ntest: FAILED in "%s" after %d s\n' "$name" $((SECONDS - begin)) >&2
    exit 1
  fi
  times+=("$(printf '%6d s  %s' $((SECONDS - begin)) "$name")")
}

# Tracked files and new ones; bench/peers holds contenders, which need not look like ours.
cxx_files() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' ':!bench/peers/*'
  else
    find app actors runtime transport bench tests \( -name '*.cpp' -o -name '*.hpp' \) -not -path 'bench/peers/*' -print0
  fi | while IFS= read -r -d '' file; do
    if [[ -e $file ]]; then printf '%s\0' "$file"; fi   # git still lists what was deleted and not yet committed
  done
}

check_format() { cxx_files | xargs -0 --no-run-if-empty clang-format --dry-run --Werror; }

check_tidy() { clang-tidy --quiet -p build/release --warnings-as-errors='*' "${tidy[@]}"; }

build() {
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build "build/$preset" --parallel "$jobs" "$@"
}

run_ctest() {
  local preset=$1 wrapper=() arch
  shift
  # g++ 12's ThreadSanitizer gives up under wide address-space randomisation, the default of newer kernels.
  arch=$(uname -m)
  if [[ $preset == tsan ]] && setarch "$arch" -R true 2>/dev/null; then wrapper=(setarch "$arch" -R); fi
  # A thousand lines that say "Passed" would bury the one that does not; pipefail keeps ctest's result.
  "${wrapper[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --parallel "$jobs" \
    --timeout 600 "$@" | { grep -vE '^ +Start +[0-9]+: | Passed +[0-9.]+ sec$' || true; }
}

# Prints nothing after ctest: its summary is the end of the output, its result the script's.
last_phase() {
  local name=$1
  shift
  printf '\ntest: done so far\n'
  printf '%s\n' "${times[@]}"
  printf '\ntest: %s\n' "$name"
  run_ctest "$@"
}

phase "packages" scripts/install-deps.sh --tests
if [[ $quick == yes ]]; then
  phase "build, release" build release
  last_phase "unit tests, release" release -L '^unit$'
  exit
fi

phase "layers" scripts/check-layers.py
phase "the layer check itself" scripts/check-layers.py --self-test
phase "requirements" scripts/check-requirements.py
phase "the requirements check itself" scripts/check-requirements.py --self-test
phase "format" check_format
phase "build, release" build release
if [[ ${#tidy[@]} -gt 0 ]]; then phase "clang-tidy" check_tidy; fi
phase "build, debug (ASan, UBSan)" build debug
phase "build, tsan (the runtime's tests)" build tsan --target runtime_tests_all
phase "unit tests of runtime/, tsan" run_ctest tsan -L '^unit$'
phase "unit tests and scenarios, debug" run_ctest debug -L '^(unit|debug)$'
last_phase "everything, release" release
