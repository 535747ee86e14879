#!/usr/bin/env python3
"""What one request costs the proxy: instructions, system calls, heap allocations.

These do not depend on how busy the machine is. The proxy runs under valgrind or strace, first
with few requests and then with more; the difference is what the additional ones cost. The
requests come in rounds, one on each connection, as from a load generator that waits for answers.

  tests/bench/cost.py [--connections 64] [--binary FILE] [--functions N] [KIND…]

The kinds are hit, fields, redis, pass and no-store; without one, all of them. It needs valgrind,
strace, redis-server and a release build (see tests/bench/run.sh).
"""

import argparse
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("hit", "fields", "redis", "pass", "no-store")
FEW, MORE = 20, 60  # rounds
START_SECONDS = 60.0
ALLOCATIONS = "heap allocations"

BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
    "Referer: http://example.org/analyses?page=2\r\nDNT: 1\r\nConnection: keep-alive\r\n"
    "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: same-origin\r\nPriority: u=1\r\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(command: Sequence[str], port: int, seconds: int = 60) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield
        finally:
            # strace does not pass a signal on; whom it runs ends by itself.
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]) if children else process.pid, signal.SIGTERM)
            process.wait(seconds)


def configuration(kind: str, ports: Dict[str, int]) -> str:
    redis = f'\n  redis: {{url: "redis://127.0.0.1:{ports["redis"]}/0", timeout: 30s}}'
    return f"""\
listen: [{{address: "127.0.0.1:{ports["proxy"]}"}}]
workers: 1
log: {{level: warn, access: "off"}}
store:
  memory: {{size: {0 if kind == "redis" else "64MiB"}}}{redis if kind == "redis" else ""}
upstreams:
  origin: {{servers: ["http://127.0.0.1:{ports["origin"]}"]}}
routes:
  - {{name: hot, match: "/hot", upstream: origin, cache: {{}}}}
  - {{name: no-store, match: "/no-store", upstream: origin, cache: {{}}}}
  - {{name: pass, match: "/**", upstream: origin}}
"""


def request(kind: str) -> bytes:
    target = f"/{kind}" if kind in ("pass", "no-store") else "/hot"
    fields = BROWSER if kind == "fields" else ""
    return f"GET {target} HTTP/1.1\r\nHost: localhost:8080\r\n{fields}\r\n".encode()


def read_answer(peer: socket.socket) -> bytes:
    """One answer with a Content-Length; its head."""
    data = b""
    while True:
        head, end, body = data.partition(b"\r\n\r\n")
        if end:
            length = re.search(rb"(?i)content-length: (\d+)", head)
            assert length, head
            if len(body) >= int(length.group(1)):
                return head
        piece = peer.recv(65536)
        assert piece, "the proxy closed"
        data += piece


def ask(kind: str, port: int, connections: int, rounds: int) -> None:
    """Asks, and makes sure that every answer is what the row says."""
    peers = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(connections)]
    wanted = {"redis": b"detail=redis", "pass": b"fwd=bypass",
              "no-store": b"detail=no-store"}.get(kind, b"detail=memory")
    bytes_sent = request(kind)
    peers[0].sendall(bytes_sent)
    read_answer(peers[0])
    for number in range(rounds):
        for peer in peers:
            peer.sendall(bytes_sent)
        for peer in peers:
            head = read_answer(peer)
            assert head.startswith(b"HTTP/1.1 200") and (wanted in head or number == 0), head
    for peer in peers:
        peer.close()


def run(kind: str, options: argparse.Namespace, rounds: int, wrapper: Sequence[str]) -> None:
    ports = {name: free_port() for name in ("proxy", "origin", "redis")}
    origin = str(ROOT / "build/release/tests/bench/bench_origin")
    with tempfile.TemporaryDirectory(prefix="warmfront-cost.") as folder, \
            contextlib.ExitStack() as stack:
        file = Path(folder) / "proxy.yaml"
        file.write_text(configuration(kind, ports))
        stack.enter_context(running([origin, str(ports["origin"])], ports["origin"]))
        if kind == "redis":
            redis = ["redis-server", "--port", str(ports["redis"]), "--bind", "127.0.0.1",
                     "--dir", folder, "--save", "", "--appendonly", "no"]
            stack.enter_context(running(redis, ports["redis"]))
        command = [*wrapper, options.binary, "--config", str(file)]
        stack.enter_context(running(command, ports["proxy"]))
        ask(kind, ports["proxy"], options.connections, rounds)


def callgrind(kind: str, options: argparse.Namespace, rounds: int, out: Path) -> Counter:
    """Instructions of every function by itself, and of all together; heap allocations."""
    run(kind, options, rounds, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"])
    text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", str(out)],
                          check=True, capture_output=True, text=True).stdout
    cost: Counter = Counter()
    for line in text.splitlines():
        found = re.match(r"\s*([\d,]+)\s*\([^)]*\)\s+(.*)", line)
        if found:
            name = re.sub(r"^\S*?:", "", found.group(2))
            cost[re.sub(r" \[[^]]*\]$", "", name)] += int(found.group(1).replace(",", ""))
    cost[ALLOCATIONS] = sum(calls_of(out, name) for name in ("malloc", "calloc", "realloc"))
    return cost


def calls_of(out: Path, function: str) -> int:
    """How often a function was called, from callgrind's own file: names are written once."""
    names: Dict[str, str] = {}
    sum_of_calls, called = 0, ""
    for line in out.read_text(errors="replace").splitlines():
        found = re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line)
        if found:
            if found.group(2):
                names[found.group(1)] = found.group(2)
            called = names.get(found.group(1), "") if line.startswith("cfn=") else ""
        elif line.startswith("calls=") and called == function:
            sum_of_calls += int(line[6:].split()[0])
    return sum_of_calls


def syscalls(kind: str, options: argparse.Namespace, rounds: int, out: Path) -> Counter:
    run(kind, options, rounds, ["strace", "-f", "-c", "-U", "name,calls,errors", "-o", str(out)])
    calls: Counter = Counter()
    for line in out.read_text().splitlines():
        found = re.match(r"(\w+)\s+(\d+)(?:\s+(\d+))?\s*$", line.strip())
        if found and found.group(1) != "total":
            calls[found.group(1)] = int(found.group(2))
            calls[f"{found.group(1)} in vain"] = int(found.group(3) or 0)
    return calls


def per_request(measure, kind: str, options: argparse.Namespace, folder: Path) -> Dict[str, float]:
    few = measure(kind, options, FEW, folder / "few")
    more = measure(kind, options, MORE, folder / "more")
    requests = (MORE - FEW) * options.connections
    return {name: (more[name] - few[name]) / requests for name in more
            if abs(more[name] - few[name]) / requests > 0.004}


def show(kind: str, options: argparse.Namespace, folder: Path) -> None:
    instructions = per_request(callgrind, kind, options, folder)
    calls = per_request(syscalls, kind, options, folder)
    print(f"{kind}: per request, {options.connections} connections")
    print(f"  instructions      {instructions['PROGRAM TOTALS']:10.0f}")
    print(f"  heap allocations  {instructions.pop(ALLOCATIONS, 0.0):10.2f}")
    print("  system calls      " + ", ".join(
        f"{name} {count:.2f}" for name, count in sorted(calls.items(), key=lambda c: -c[1])))
    ordered = sorted(instructions.items(), key=lambda line: -line[1])
    for name, cost in ordered[1:options.functions + 1]:
        print(f"  {cost:10.0f}  {name[:120]}")


def main(arguments: List[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--binary", default=str(ROOT / "build/release/proxy/warmfront"))
    parser.add_argument("--functions", type=int, default=0, help="also the N dearest functions")
    parser.add_argument("kinds", nargs="*", metavar="kind", default=KINDS)
    options = parser.parse_args(arguments)
    # So that what was started is ended also when somebody ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not set(options.kinds) <= set(KINDS):
        parser.error(f"kinds are {', '.join(KINDS)}")
    with tempfile.TemporaryDirectory(prefix="warmfront-cost.") as folder:
        for kind in options.kinds:
            show(kind, options, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
