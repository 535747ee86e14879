"""Asking: wrk for rates, our own clients for what wrk cannot do."""

import json
import re
import selectors
import socket
import subprocess
import time
import urllib.request
from typing import Dict, List, NamedTuple, Sequence

from servers import HERE, BenchError, Servers

BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-US,en;q=0.5",
    "Accept-Encoding: gzip, deflate, br",
    "Referer: http://example.org/analyses?page=2",
    "DNT: 1",
    "Connection: keep-alive",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
    "Priority: u=1",
)


class Measured(NamedTuple):
    requests: int
    seconds: float
    bytes: int
    p50_us: int
    p99_us: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Load(NamedTuple):
    """What wrk is told."""
    path: str
    connections: int
    seconds: int
    fields: Sequence[str] = ()
    script: str = "report.lua"
    arguments: Sequence[str] = ()


def start_wrk(servers: Servers, port: int, load: Load) -> "subprocess.Popen[str]":
    command = ["taskset", "-c", str(servers.other_core), "wrk", "-t1", "-c", str(load.connections),
               "-d", f"{load.seconds}s", "--timeout", "10s", "-s", str(HERE / load.script)]
    for field in load.fields:
        command += ["-H", field]
    command += [f"http://127.0.0.1:{port}{load.path}", "--", *load.arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            cwd=HERE)


def result_of(wrk: "subprocess.Popen[str]", body_bytes: int) -> Measured:
    """Fails unless every answer was a 2xx of at least that size."""
    output = wrk.communicate()[0]
    found = re.search(r"^RESULT (.*)$", output, re.M)
    if wrk.returncode != 0 or found is None:
        raise BenchError(f"wrk failed:\n{output}")
    said: Dict[str, float] = json.loads(found.group(1))
    wrong = {name: said[name] for name in ("status_errors", "socket_errors", "timeouts")
             if said[name] != 0}
    if wrong:
        raise BenchError(f"requests failed: {wrong}")
    if said["requests"] == 0 or said["bytes"] < said["requests"] * body_bytes:
        raise BenchError("answers are shorter than the body that was asked for")
    return Measured(int(said["requests"]), said["seconds"], int(said["bytes"]),
                    int(said["p50_us"]), int(said["p99_us"]))


def run_wrk(servers: Servers, port: int, load: Load, body_bytes: int = 1024) -> Measured:
    return result_of(start_wrk(servers, port, load), body_bytes)


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        if answer.status != 200:
            raise BenchError(f"{path}: {answer.status}")
        return bytes(answer.read())


def origin_count(port: int) -> int:
    return int(get(port, "/_count"))


def origin_at_rest(port: int) -> int:
    """Its count once nothing arrives any more: a server that was measured before may still ask for
    clients that are gone."""
    counts = [-1, origin_count(port)]
    while counts[-2] != counts[-1]:
        time.sleep(0.05)
        counts.append(origin_count(port))
    return counts[-1]


def request_bytes(path: str, port: int) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def is_whole(answer: bytes) -> bool:
    """One answer with a Content-Length, or chunked, to its end."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise BenchError(f"not a 200: {head[:200]!r}")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return len(body) >= int(length.group(1)) if length else body.endswith(b"0\r\n\r\n")


def connect(port: int, clients: int) -> List[socket.socket]:
    return [socket.create_connection(("127.0.0.1", port), 20) for _ in range(clients)]


def herd(port: int, path: str, clients: int) -> List[float]:
    """Seconds until each of so many clients, who ask at the same time, has its whole answer."""
    peers = connect(port, clients)
    asked: Dict[socket.socket, float] = {}
    received: Dict[socket.socket, bytes] = {}
    took: List[float] = []
    with selectors.DefaultSelector() as selector:
        for peer in peers:
            selector.register(peer, selectors.EVENT_READ)
        for peer in peers:
            asked[peer], received[peer] = time.monotonic(), b""
            peer.sendall(request_bytes(path, port))
        while len(took) < clients:
            ready = selector.select(20)
            if not ready:
                raise BenchError(f"{clients - len(took)} of {clients} clients wait for ever")
            for key, _ in ready:
                peer = key.fileobj  # type: ignore[assignment]
                piece = peer.recv(65536)
                received[peer] += piece
                if is_whole(received[peer]):
                    took.append(time.monotonic() - asked[peer])
                    selector.unregister(peer)
                elif not piece:
                    raise BenchError("a client's connection was closed")
    for peer in peers:
        peer.close()
    return took


def read_whole(peer: socket.socket) -> None:
    answer = b""
    while not is_whole(answer):
        piece = peer.recv(65536)
        if not piece:
            raise BenchError("the connection was closed instead of an answer")
        answer += piece


def ask_each(port: int, paths: Sequence[str], clients: int = 32) -> None:
    """Each path once, by so many clients at a time."""
    peers = connect(port, min(clients, len(paths)))
    for begin in range(0, len(paths), len(peers)):
        asking = list(zip(peers, paths[begin:begin + len(peers)]))
        for peer, path in asking:
            peer.sendall(request_bytes(path, port))
        for peer, _ in asking:
            read_whole(peer)
    for peer in peers:
        peer.close()
