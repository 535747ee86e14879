"""A crowd of slow or idle clients in a process of its own: `crowd.py PORT HOW COUNT`.

HOW is one of
  heads    each drips a head, a byte a second, that never ends
  bodies   each drips a body
  readers  each asks for /large and takes nothing, with a tiny window
  idle     each asks for /a once, and waits

Prints `ready` when all are connected (and the idle ones answered), then every second how many the
proxy has not ended yet, as `open N SECONDS`, until none is left or standard input ends.
"""

import os
import resource
import select
import socket
import sys
import time
from typing import Dict

HEAD = b"GET /%d HTTP/1.1\r\nHost: a\r\n"
BODY = b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
READ = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
IDLE = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
BEGIN = {"heads": HEAD % 1, "bodies": BODY, "readers": READ, "idle": IDLE}


def connect(port: int, how: str) -> socket.socket:
    peer = socket.socket()
    if how == "readers":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    peer.settimeout(20)
    peer.connect(("127.0.0.1", port))
    peer.sendall(BEGIN[how])
    if how == "idle":
        got = b""
        while not got.endswith(b"\r\n\r\nok"):
            part = peer.recv(4096)
            if not part:
                sys.exit("an idle client was not answered")
            got += part
    peer.setblocking(False)
    return peer


class Crowd:
    def __init__(self, port: int, how: str, count: int) -> None:
        self.how, self.poll = how, select.epoll()
        self.peers: Dict[int, socket.socket] = {}
        for _ in range(count):
            peer = connect(port, how)
            self.peers[peer.fileno()] = peer
            # Readers must not read: only the end of the connection counts for them.
            self.poll.register(peer.fileno(), select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR)

    def collect(self, until: float) -> None:
        """Waits, and forgets who was ended."""
        while self.peers and (left := until - time.monotonic()) > 0:
            for descriptor, _ in self.poll.poll(left, 1024):
                self.poll.unregister(descriptor)
                self.peers.pop(descriptor).close()

    def drip(self) -> None:
        for peer in list(self.peers.values()):
            try:
                peer.send(b"x")
            except OSError:
                pass  # its end is being told


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port, how, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    began = time.monotonic()
    crowd = Crowd(port, how, count)
    print("ready", flush=True)
    while crowd.peers and not select.select([0], [], [], 0)[0]:
        if how in ("heads", "bodies"):
            crowd.drip()
        crowd.collect(time.monotonic() + 1)
        print(f"open {len(crowd.peers)} {time.monotonic() - began:.1f}", flush=True)
    os._exit(0)  # thousands of sockets go at once


if __name__ == "__main__":
    main()
