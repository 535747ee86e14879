#!/usr/bin/env bash
# How much of the program the tests have run. See --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
build=build/coverage
least_lines=90
least_branches=95
# The rules: each of their branches is a sentence of an RFC or a defence.
rules=(proxy/message/rules.cpp proxy/message/chunked.cpp proxy/cache/record_codec.cpp
  proxy/cache/chunk_codec.cpp proxy/policy/key.cpp proxy/cache/fleet_lock.cpp)

usage() {
  echo "Usage: tests/coverage.sh [--no-build]"
  echo
  echo "Builds $build (cmake --preset coverage), runs the unit and walk tests there and prints, for"
  echo "each file of proxy/ and config/, the lines that none of them has run. Fails below"
  echo "$least_lines % of all lines, or $least_branches % of the branches of: ${rules[*]}."
  echo "Branches that only an exception takes are not counted: --exclude-throw-branches."
  echo
  echo "  --no-build  only prints what was counted the last time"
  echo
  echo "WARMFRONT_JOBS says how many compilers and tests run at once (one per core)."
}

measure() {
  local jobs=${WARMFRONT_JOBS:-$(nproc)}
  cmake --preset coverage >/dev/null
  cmake --build --preset coverage --parallel "$jobs"
  find "$build" -name '*.gcda' -delete
  # A test that fails for want of time under the counters tells as much about coverage as any.
  ctest --preset coverage --parallel "$jobs" --no-tests=error -L '^(unit|walk)$' -LE '^stream$' ||
    echo "Some tests failed: what they did run is counted nevertheless."
  gcovr --root . --filter 'proxy/' --filter 'config/' --exclude-throw-branches \
    --exclude-unreachable-branches --gcov-ignore-parse-errors --json "$build/coverage.json" \
    -j "$jobs" "$build" >/dev/null
}

report() { gcovr --root . --add-tracefile "$build/coverage.json" "$@"; }

case ${1:-} in
  '') measure ;;
  --no-build) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

failed=0
report --fail-under-line "$least_lines" || failed=1
filters=()
for file in "${rules[@]}"; do filters+=(--filter "$file"); done
report --branches "${filters[@]}" --fail-under-branch "$least_branches" || failed=1
((failed == 0))
