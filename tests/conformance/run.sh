#!/usr/bin/env bash
# The public HTTP caching conformance suite against the built proxy. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/packages.sh
source "$root/tests/support/packages.sh"
# shellcheck source=../support/processes.sh
source "$root/tests/support/processes.sh"

usage() {
  cat <<'TXT'
Usage: tests/conformance/run.sh [--store memory|redis] [--test ID] [--write] [--help]

Runs the npm package http-cache-tests through the proxy twice, on memory alone and with Redis while
the proxy's own memory is off, and prints how many tests of each kind hold and every one that does
not. Fails if a test that held no longer does, or if one in expected.json does now: then it is to
be taken out of that list.

  --store NAME  only with that store
  --test ID     only that test, with all requests and responses; judges nothing
  --write       writes docs/conformance.md and the list in expected.json from this run; new entries
                of the list get an empty reason, which fails the next run until it is given

Environment
  WARMFRONT_BINARY   the program to test; else the release build is brought up to date and tested
  WARMFRONT_RESULTS  where the suite's own results are kept (build/conformance)
TXT
}

fail() {
  echo "conformance: $*" >&2
  exit 1
}

stores=(memory redis) test_id='' write=()
pids=()
work=''

read_arguments() {
  while (($# > 0)); do
    case $1 in
      --store) shift && stores=("${1:?--store needs a name}") ;;
      --test) shift && test_id=${1:?--test needs the id of a test} ;;
      --write) write=(--write) ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && fail "unknown argument: $1" ;;
    esac
    shift
  done
}

# The newest first: the proxy ends before the servers it talks to.
stop_all() {
  local index
  for ((index = ${#pids[@]} - 1; index >= 0; --index)); do stop_process "${pids[index]}"; done
  pids=()
}

leave_nothing_behind() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  stop_all
  if [[ -n $work ]]; then rm -rf "$work"; fi
  exit "$status"
}

build() {
  binary=${WARMFRONT_BINARY:-$root/build/release/proxy/warmfront}
  if [[ -z ${WARMFRONT_BINARY:-} ]]; then
    (cd "$root" && cmake --preset release >/dev/null &&
      cmake --build --preset release --parallel "$(nproc)" --target warmfront) ||
      fail "the build failed."
  fi
  [[ -x $binary ]] || fail "no program at $binary."
}

install_suite() {
  command -v node >/dev/null && command -v npm >/dev/null || ensure_packages conformance ||
    fail "no node and npm."
  suite=$here/node_modules/http-cache-tests
  if [[ $here/node_modules/.package-lock.json -nt $here/package-lock.json ]]; then return; fi
  (cd "$here" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    fail "npm cannot install the suite (see tests/conformance/package.json)."
}

# start PORT NAME COMMAND…
start() {
  local port=$1 name=$2
  shift 2
  "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
  wait_for_port "$port" $! "$name" || {
    tail -n 20 "$work/$name.log" >&2
    fail "$name did not start."
  }
}

# The suite reads its settings where npm would put them.
start_origin() {
  origin_port=$(free_port)
  start "$origin_port" origin env -C "$suite" npm_config_protocol=http \
    npm_config_port="$origin_port" npm_config_pidfile="$work/origin.pid" \
    node --no-warnings --require "$here/loopback.cjs" server/server.mjs
}

start_redis() {
  redis_port=$(free_port)
  start "$redis_port" redis redis-server --bind 127.0.0.1 --port "$redis_port" --save '' \
    --appendonly no --dir "$work"
}

start_proxy() {
  local store=$1
  proxy_port=$(free_port)
  WARMFRONT_TEST_PORT=$proxy_port WARMFRONT_TEST_ORIGIN=$origin_port \
    WARMFRONT_TEST_REDIS=${redis_port:-0} \
    start "$proxy_port" proxy "$binary" --config "$here/$store.yaml"
}

# run_suite STORE: what the suite has to say goes to $results/STORE.json
run_suite() {
  local store=$1
  start_origin
  if [[ $store == redis ]]; then start_redis; fi
  start_proxy "$store"
  npm_config_base="http://127.0.0.1:$proxy_port" npm_package_config_id=$test_id \
    timeout 300 env -C "$suite" node --no-warnings cli.mjs >"$results/$store.json" ||
    fail "the suite did not end well with $store."
  if [[ -n $test_id ]]; then cat "$work/origin.log" "$results/$store.json"; fi
  if ! kill -0 "${pids[-1]}" 2>/dev/null; then
    tail -n 200 "$work/proxy.log" >&2
    fail "the proxy ended while it was tested with $store."
  fi
  stop_all
}

main() {
  local store
  read_arguments "$@"
  trap leave_nothing_behind EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  work=$(mktemp -d)
  build
  install_suite
  results=${WARMFRONT_RESULTS:-$root/build/conformance}
  if [[ -n $test_id ]]; then results=$work; fi
  mkdir -p "$results"
  for store in "${stores[@]}"; do
    [[ -f $here/$store.yaml ]] || fail "no store is named $store."
    run_suite "$store"
  done
  if [[ -n $test_id ]]; then return; fi
  node --no-warnings "$here/report.mjs" "${write[@]}" "$results" "${stores[@]}"
}

main "$@"
