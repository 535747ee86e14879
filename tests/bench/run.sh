#!/usr/bin/env bash
# How many requests per second, from memory, from Redis and passed through. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/packages.sh
source "$root/tests/support/packages.sh"
# shellcheck source=../support/processes.sh
source "$root/tests/support/processes.sh"

usage() {
  cat <<'TXT'
Usage: tests/bench/run.sh [--quick | --soak] [--json FILE] [--help]

Measures the release build with wrk, 64 and 256 connections, in interleaved rounds:

  origin   the origin alone: what wrk and this machine can do at most
  memory   hits from the proxy's memory
  redis    hits from Redis, with the proxy's memory switched off
  pass     passed through to the origin, nothing stored

The server under test has one core for itself; wrk, the origin behind the proxy and Redis share
another. Every round must end without a failed request, hits must be hits (Cache-Status, and the
origin counted no request) and passed requests must have reached the origin; else exit 1.
A figure says something only beside the others of the same run: the table has the ratios.

  --quick      short rounds, for a machine that has other things to do
  --soak       256 connections on one kept answer for 30 s; no request may fail
  --json FILE  where the figures go (build/bench/latest.json)

Environment
  WARMFRONT_BINARY  measure this program instead of building one
TXT
}

fail() {
  echo "bench: $*" >&2
  exit 1
}

rounds=5 seconds=5 soak=no json=$root/build/bench/latest.json
pids=()
work=''

read_arguments() {
  while (($# > 0)); do
    case $1 in
      --quick) rounds=3 seconds=1 ;;
      --soak) soak=yes ;;
      --json) shift && json=${1:?--json needs a file} ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && fail "unknown argument: $1" ;;
    esac
    shift
  done
}

# The newest first: a proxy ends before the servers it talks to.
leave_nothing_behind() {
  local status=$? index
  trap - EXIT
  trap '' INT TERM HUP
  for ((index = ${#pids[@]} - 1; index >= 0; --index)); do stop_process "${pids[index]}"; done
  if [[ -n $work ]]; then rm -rf "$work"; fi
  exit "$status"
}

# The first core we may use is the server's, the next one everything else's.
choose_cores() {
  read -r server_core other_core < <(/usr/bin/python3 -c 'import os
cores = sorted(os.sched_getaffinity(0))
print(cores[0], cores[1 % len(cores)])')
  if [[ $server_core == "$other_core" ]]; then
    echo "Only one core: server and load share it, and the figures say little."
  fi
}

build() {
  binary=${WARMFRONT_BINARY:-$root/build/release/proxy/warmfront}
  local -a targets=(bench_origin)
  if [[ -z ${WARMFRONT_BINARY:-} ]]; then targets+=(warmfront); fi
  (cd "$root" && cmake --preset release >/dev/null &&
    cmake --build --preset release --parallel "$(nproc)" --target "${targets[@]}") ||
    fail "the build failed."
  [[ -x $binary ]] || fail "no program at $binary."
}

# start CORE PORT NAME COMMAND…
start() {
  local core=$1 port=$2 name=$3
  shift 3
  taskset -c "$core" "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
  wait_for_port "$port" $! "$name" || {
    tail -n 20 "$work/$name.log" >&2
    fail "$name did not start."
  }
}

# configuration PORT MEMORY [REDIS_PORT]
configuration() {
  echo "listen: [{address: \"127.0.0.1:$1\"}]"
  echo "workers: 1"
  echo "log: {level: warn, access: \"off\"}"
  echo "store:"
  echo "  memory: {size: $2}"
  if (($# > 2)); then echo "  redis: {url: \"redis://127.0.0.1:$3/0\", timeout: 1s}"; fi
  echo "upstreams:"
  echo "  origin: {servers: [\"http://127.0.0.1:$origin_port\"]}"
  echo "routes:"
  echo "  - {name: hot, match: \"/hot\", upstream: origin, cache: {}}"
  echo "  - {name: pass, match: \"/**\", upstream: origin}"
}

start_servers() {
  local redis_port
  origin_port=$(free_port)
  alone_port=$(free_port)
  redis_port=$(free_port)
  memory_port=$(free_port)
  redis_proxy_port=$(free_port)
  start "$other_core" "$origin_port" origin "$root/build/release/tests/bench/bench_origin" \
    "$origin_port"
  start "$server_core" "$alone_port" origin-alone "$root/build/release/tests/bench/bench_origin" \
    "$alone_port"
  start "$other_core" "$redis_port" redis redis-server --port "$redis_port" --bind 127.0.0.1 \
    --dir "$work" --save '' --appendonly no
  configuration "$memory_port" 64MiB >"$work/memory.yaml"
  configuration "$redis_proxy_port" 0 "$redis_port" >"$work/redis.yaml"
  start "$server_core" "$memory_port" proxy-memory "$binary" --config "$work/memory.yaml"
  start "$server_core" "$redis_proxy_port" proxy-redis "$binary" --config "$work/redis.yaml"
}

url_of() {
  case $1 in
    origin) echo "http://127.0.0.1:$alone_port/hot" ;;
    memory) echo "http://127.0.0.1:$memory_port/hot" ;;
    redis) echo "http://127.0.0.1:$redis_proxy_port/hot" ;;
    pass) echo "http://127.0.0.1:$memory_port/pass" ;;
  esac
}

cache_status() {
  curl -sS -o /dev/null -D - --max-time 5 "$1" | tr -d '\r' | sed -n 's/^[Cc]ache-[Ss]tatus: *//p'
}

# Fills the stores, then looks at one answer of each kind.
warm_up() {
  local kind seen
  for kind in memory redis; do
    cache_status "$(url_of "$kind")" >/dev/null
    seen=$(cache_status "$(url_of "$kind")")
    [[ $seen == *hit* && $seen == *"detail=$kind"* ]] ||
      fail "no hit from $kind, but Cache-Status: ${seen:-(none)}"
  done
  seen=$(cache_status "$(url_of pass)")
  [[ -n $seen && $seen != *hit* ]] || fail "/pass is not passed: Cache-Status: ${seen:-(none)}"
}

origin_count() { curl -sS --max-time 5 "http://127.0.0.1:$origin_port/_count"; }

# measure KIND CONNECTIONS SECONDS: appends a line to the results, or fails.
measure() {
  local kind=$1 connections=$2 before after result
  before=$(origin_count)
  taskset -c "$other_core" wrk -t1 -c "$connections" -d "$3s" -s "$here/report.lua" \
    "$(url_of "$kind")" >"$work/wrk.log" 2>&1 || { cat "$work/wrk.log" >&2 && fail "wrk failed."; }
  after=$(origin_count)
  result=$(sed -n 's/^RESULT //p' "$work/wrk.log")
  [[ -n $result ]] || { cat "$work/wrk.log" >&2 && fail "wrk said nothing."; }
  printf '{"kind": "%s", "connections": %d, "origin_requests": %d, "wrk": %s}\n' \
    "$kind" "$connections" "$((after - before))" "$result" >>"$work/results.jsonl"
}

measure_rounds() {
  local round kind connections
  for ((round = 1; round <= rounds; ++round)); do
    echo "Round $round of $rounds"
    for connections in 64 256; do
      for kind in origin memory redis pass; do measure "$kind" "$connections" "$seconds"; done
    done
  done
}

main() {
  read_arguments "$@"
  trap leave_nothing_behind EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  ensure_packages build demo redis bench || fail "cannot go on without these packages."
  choose_cores
  build
  work=$(mktemp -d "${TMPDIR:-/tmp}/warmfront-bench.XXXXXX")
  start_servers
  warm_up
  if [[ $soak == yes ]]; then
    echo "256 connections for 30 s"
    measure memory 256 30
  else
    measure_rounds
  fi
  mkdir -p "$(dirname "$json")"
  /usr/bin/python3 -B "$here/summary.py" "$work/results.jsonl" "$json"
}

main "$@"
