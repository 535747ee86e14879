# Functions for bash scripts that start servers. Source it; needs python3 for free_port.
# shellcheck shell=bash

# A port that nothing listens on now.
free_port() {
  /usr/bin/python3 -c 'import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

# port_answers PORT: does anything listen there?
port_answers() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# wait_for_port PORT PID NAME: until the process listens; fails when it ends or after 15 s.
wait_for_port() {
  local port=$1 pid=$2 name=$3 tries
  for ((tries = 0; tries < 300; ++tries)); do
    port_answers "$port" && return 0
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "$name ended while starting." >&2
      return 1
    fi
    sleep 0.05
  done
  echo "$name does not answer on port $port." >&2
  return 1
}

# stop_process PID: asks it to end, insists after 10 s, and returns when it is gone. Must be a
# child of this shell.
stop_process() {
  local pid=$1 tries
  kill -TERM "$pid" 2>/dev/null || true
  for ((tries = 0; tries < 200; ++tries)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}
