"""A client who measures, in a process of its own: `pace.py PORT SECONDS [new]`.

One request after another for /a, each on a new connection with `new`, about 500 a second. Prints a
line of JSON: how many were asked, how many failed, and the times of the others in milliseconds.
"""

import json
import socket
import sys
import time
from typing import List, Optional

ASK = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
EVERY = 0.002


def connect(port: int) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port), timeout=5)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def exchange(peer: socket.socket) -> bool:
    peer.sendall(ASK)
    got = b""
    while not got.endswith(b"\r\n\r\nok"):
        part = peer.recv(4096)
        if not part:
            return False
        got += part
    return got.startswith(b"HTTP/1.1 200 ")


def measure(port: int, seconds: float, anew: bool) -> "tuple[List[float], int]":
    times, failed = [], 0
    peer: Optional[socket.socket] = None
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        try:
            peer = peer or connect(port)
            sound = exchange(peer)
        except OSError:
            sound = False
        took = time.perf_counter() - began
        if sound:
            times.append(took * 1000)
        failed += not sound
        if peer and (anew or not sound):
            peer.close()
            peer = None
        time.sleep(max(0.0, EVERY - took))
    return times, failed


def main() -> None:
    times, failed = measure(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:] == ["new"])
    times.sort()
    at = {name: round(times[int(len(times) * share)], 3) if times else None
          for name, share in (("p50", 0.5), ("p99", 0.99))}
    print(json.dumps({"asked": len(times) + failed, "failed": failed, **at}))


if __name__ == "__main__":
    main()
