#!/usr/bin/env bash
# Warmfront beside its peers: rates, tails, memory. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/packages.sh
source "$root/tests/support/packages.sh"

usage() {
  cat <<'TXT'
Usage: tests/bench/run.sh [--quick | --soak | --write] [options] [ROW…]

Installs wrk and the peers (nginx, HAProxy, Traffic Server, Varnish, nginx with Lua and Redis) from
Debian's packages, builds Warmfront and a bare epoll loop, starts each with one worker on one core
and asks them in interleaved rounds; wrk, the origin and Redis have the next core. Prints the table
with ratios and how the goals stand, and saves it. A measurement counts only if every answer was a
200 of full size and the origin was asked as often as the row says. A peer that is missing or does
not start is an error. About 20 minutes.

  ROW          only these rows; tests/bench/suite.py --help names them
  --quick      whether it runs: one short round, and without the peers that are not installed
  --soak       256 connections on one kept answer for 30 s; no request may fail
  --write      docs/performance.md and its plots from the saved figures; measures nothing
  --json FILE  where the figures are saved (build/bench/latest.json)
  --rounds N   (5)
  --seconds N  of one measurement (3)

Environment
  WARMFRONT_BINARY  measure this program instead of building one
TXT
}

fail() {
  echo "bench: $*" >&2
  exit 1
}

build() {
  local -a targets=(bench_origin bench_bare_loop)
  if [[ -z ${WARMFRONT_BINARY:-} ]]; then targets+=(warmfront); fi
  (cd "$root" && cmake --preset release >/dev/null &&
    cmake --build --preset release --parallel "$(nproc)" --target "${targets[@]}") ||
    fail "the build failed."
}

main() {
  local argument prepared=no peers=peers
  for argument in "$@"; do
    case $argument in
      -h | --help) usage && exit 0 ;;
      --write) prepared=yes ;;
      --quick | --soak) peers='' ;;
    esac
  done
  if [[ $prepared == no ]]; then
    # shellcheck disable=SC2086 # empty: no further purpose
    ensure_packages build demo redis bench $peers || fail "cannot go on without these packages."
    build
  fi
  # A thousand clients, and as many connections to the origin.
  ulimit -n "$(ulimit -Hn)"
  exec /usr/bin/python3 -B "$here/suite.py" "$@"
}

main "$@"
