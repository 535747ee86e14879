#!/usr/bin/env bash
# Builds Warmfront and runs it in front of the example API. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
# shellcheck source=../tests/support/packages.sh
source "$root/tests/support/packages.sh"
# shellcheck source=../tests/support/processes.sh
source "$root/tests/support/processes.sh"
# shellcheck source=demo.sh
source "$here/demo.sh"

usage() {
  cat <<'TXT'
Usage: examples/quickstart.sh [--demo] [--no-redis] [--help]

Installs missing Debian packages (as root; else names them and stops), builds the release
preset, and starts a private Redis, the example API and the proxy with examples/quickstart.yaml.
Runs until Ctrl-C, then leaves no process and no file behind, except the build.

  --demo      play the story (miss, hit, restart, write, fresh answer), check each step, end
  --no-redis  memory alone
  --help      this text

Environment
  WARMFRONT_PORT        the proxy's port (8080; with --demo: any free port)
  WARMFRONT_API_PORT    the API's port (9000; with --demo: any free port)
  WARMFRONT_REDIS_PORT  the private Redis' port (6390; with --demo: any free port)
  WARMFRONT_BINARY      run this program instead of building one
TXT
}

fail() {
  echo "quickstart: $*" >&2
  exit 1
}

demo=no
with_redis=yes
redis_pid='' api_pid='' proxy_pid=''
work=''

read_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --demo) demo=yes ;;
      --no-redis) with_redis=no ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && fail "unknown argument: $argument" ;;
    esac
  done
}

# What was started last ends first, so that nothing loses its server while it works.
leave_nothing_behind() {
  local status=$? pid
  trap - EXIT
  trap '' INT TERM HUP
  for pid in "$proxy_pid" "$api_pid" "$redis_pid"; do
    if [[ -n $pid ]]; then stop_process "$pid"; fi
  done
  if [[ -n $work ]]; then rm -rf "$work"; fi
  exit "$status"
}

say_memory_alone() {
  echo
  echo "*** No Redis: $1. Going on with memory alone: answers are not shared and do not"
  echo "*** survive a restart of the proxy."
  echo
}

prepare_packages() {
  local -a purposes=(demo)
  if [[ -z ${WARMFRONT_BINARY:-} ]]; then purposes+=(build); fi
  ensure_packages "${purposes[@]}" || fail "cannot go on without these packages."
  if [[ $with_redis == no ]]; then
    say_memory_alone "switched off by --no-redis"
  elif ! command -v redis-server >/dev/null && ! ensure_packages redis; then
    with_redis=no
    say_memory_alone "the package redis-server is not installed"
  fi
}

build() {
  binary=${WARMFRONT_BINARY:-$root/build/release/proxy/warmfront}
  if [[ -z ${WARMFRONT_BINARY:-} ]]; then
    echo "Building (the first time takes some minutes)"
    export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
    (cd "$root" && cmake --preset release >/dev/null &&
      cmake --build --preset release --parallel "$(nproc)" --target warmfront) ||
      fail "the build failed."
  fi
  [[ -x $binary ]] || fail "no program at $binary."
}

# choose_port VARIABLE DEFAULT: prints the port to use, or says why it cannot be used.
choose_port() {
  local variable=$1 port=${!1:-}
  if [[ -z $port && $demo == yes ]]; then
    free_port
    return
  fi
  port=${port:-$2}
  [[ $port =~ ^[0-9]{1,5}$ ]] || fail "$variable is not a port: $port"
  if port_answers "$port"; then
    fail "port $port is in use. Choose another: $variable=PORT examples/quickstart.sh"
  fi
  echo "$port"
}

choose_ports() {
  proxy_port=$(choose_port WARMFRONT_PORT 8080)
  api_port=$(choose_port WARMFRONT_API_PORT 9000)
  redis_port=$(choose_port WARMFRONT_REDIS_PORT 6390)
  export WARMFRONT_PORT=$proxy_port
  export WARMFRONT_API_URL="http://127.0.0.1:$api_port"
  export WARMFRONT_REDIS_URL="redis://127.0.0.1:$redis_port/0"
}

start_redis() {
  [[ $with_redis == yes ]] || return 0
  redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work" --save '' --appendonly no \
    --maxmemory 128mb --maxmemory-policy allkeys-lru >"$work/redis.log" 2>&1 &
  redis_pid=$!
  if ! wait_for_port "$redis_port" "$redis_pid" Redis; then
    tail -n 3 "$work/redis.log" >&2
    stop_process "$redis_pid"
    redis_pid=''
    with_redis=no
    say_memory_alone "redis-server did not start"
  fi
}

start_api() {
  (cd "$here" && exec /usr/bin/python3 -B -m analyses_api --port "$api_port" \
    --database "$work/analyses.sqlite") >&4 2>&4 &
  api_pid=$!
  wait_for_port "$api_port" "$api_pid" "The example API" || fail "the example API did not start."
}

write_configuration() {
  if [[ $with_redis == yes ]]; then
    cp "$here/quickstart.yaml" "$work/quickstart.yaml"
  else
    sed '/^  redis: /d' "$here/quickstart.yaml" >"$work/quickstart.yaml"
  fi
  "$binary" check "$work/quickstart.yaml" >"$work/check.log" 2>&1 || {
    cat "$work/check.log" >&2
    fail "examples/quickstart.yaml is refused."
  }
}

start_proxy() {
  "$binary" --config "$work/quickstart.yaml" >&3 2>&3 &
  proxy_pid=$!
  wait_for_port "$proxy_port" "$proxy_pid" "The proxy" || {
    if [[ $demo == yes ]]; then tail -n 20 "$work/proxy.log" >&2; fi
    fail "the proxy did not start."
  }
}

restart_proxy() {
  stop_process "$proxy_pid"
  start_proxy
}

# Shows what the API and the proxy write, as it happens, until one of them ends or Ctrl-C.
run_until_interrupted() {
  local url="http://127.0.0.1:$proxy_port" ended=''
  cat <<TXT

Warmfront listens on $url, in front of the API on $WARMFRONT_API_URL.
Try, in another terminal, and look at Cache-Status and Age:

  curl -i $url/analyses/stats                  # slow the first time, at once the second
  curl -i '$url/analyses?page=1&size=3'
  curl -i -X PATCH --json '{"title":"New"}' $url/analyses/7   # the kept lists and stats go too

Below: the proxy's access log and the API's own lines ("api: …"). Ctrl-C ends everything.

TXT
  wait -n -p ended "$proxy_pid" "$api_pid" ${redis_pid:+"$redis_pid"} || true
  case $ended in
    "$proxy_pid") fail "the proxy ended by itself." ;;
    "$api_pid") fail "the example API ended by itself." ;;
    *) fail "Redis ended by itself." ;;
  esac
}

main() {
  read_arguments "$@"
  trap leave_nothing_behind EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  prepare_packages
  build
  work=$(mktemp -d "${TMPDIR:-/tmp}/warmfront-quickstart.XXXXXX")
  if [[ $demo == yes ]]; then
    exec 3>"$work/proxy.log" 4>"$work/api.log"
  else
    exec 3>&1 4>&2
  fi
  choose_ports
  start_redis
  start_api
  write_configuration
  start_proxy
  if [[ $demo == yes ]]; then play_story; else run_until_interrupted; fi
}

main "$@"
