"""Crowds beside normal load: FM-30, FM-31, FM-34, FM-35, with figures.

Short turns by default; the promises are about WARMFRONT_SLOW_CLIENTS=5000,
WARMFRONT_IDLE_CLIENTS=10000 and an optimised build. WARMFRONT_FIGURES=1 makes the promises on time
and memory binding; without it only counts are, since other builds and busy machines are slower.
"""

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
import unittest
from typing import Iterator, List, Optional

from proxy import CACHED, PASSED, Proxy
from wire import Client, Origin, Reply, Request, ask, eventually, reply

KIB = 1 << 10
SLOW = int(os.environ.get("WARMFRONT_SLOW_CLIENTS", "300"))
IDLE = int(os.environ.get("WARMFRONT_IDLE_CLIENTS", "1000"))
BINDING = bool(os.environ.get("WARMFRONT_FIGURES"))
SECONDS = 8 if BINDING else 2


def large(request: Request) -> Reply:
    if request.path != "/large":
        return reply()
    pieces = (b"x" * 64 * KIB for _ in range(512))
    return Reply(b"", "close", (part for source in
                                ([b"HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n"], pieces)
                                for part in source))


class Crowd:
    """crowd.py, until the end of `with`."""

    def __init__(self, port: int, how: str, count: int) -> None:
        self.process = subprocess.Popen([sys.executable, "-B", "crowd.py", str(port), how,
                                         str(count)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the crowd could not connect")

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def gone_after(self) -> Optional[float]:
        """Seconds from the first connection until none was left; None: some still are."""
        lines = self.process.stdout.read().splitlines()
        count, seconds = lines[-1].split()[1:]
        return float(seconds) if count == "0" else None


def pace(port: int, *how: str, seconds: float = SECONDS) -> dict:
    done = subprocess.run([sys.executable, "-B", "pace.py", str(port), str(seconds), *how],
                          check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


class Pressure(unittest.TestCase):
    @contextlib.contextmanager
    def started(self, answer=large, routes: str = CACHED, limits: str = "",
                prefix: List[str] = (), workers: int = 2) -> Iterator[Proxy]:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        top = f"limits: {{connections: 20000{limits}}}"
        with Origin(answer) as origin, Proxy(origin, routes, top, workers=workers,
                                             prefix=prefix) as proxy:
            pace(proxy.port, seconds=0.5)  # warm
            yield proxy

    def tell(self, what: str) -> None:
        print(f"\n{what}", flush=True)

    def beside(self, proxy: Proxy, how: str, promise: float) -> None:
        """A crowd of slow ones, and somebody else meanwhile."""
        base = pace(proxy.port)
        before = proxy.memory()
        with Crowd(proxy.port, how, SLOW) as crowd:
            each = (proxy.memory() - before) / SLOW
            seen = pace(proxy.port)
            after = crowd.gone_after()
        self.tell(f"{SLOW} slow {how}: gone after {after} s, {each / KIB:.1f} KiB each; others: "
                  f"{seen['failed']} of {seen['asked']} failed, p99 {base['p99']} ms before, "
                  f"{seen['p99']} ms beside them")
        self.assertEqual(base["failed"] + seen["failed"], 0)
        self.assertIsNotNone(after)
        if BINDING:
            self.assertLess(after, promise)
            self.assertLess(seen["p99"], base["p99"] + 5)
            self.assertLess(each, 8 * KIB)

    def test_fm_30_slow_heads(self) -> None:
        """Absolute: 10 s for a whole head. A second more, since the crowd looks once a second."""
        with self.started(limits="" if BINDING else ", header_timeout: 2s") as proxy:
            self.beside(proxy, "heads", 10 + 3)

    def test_fm_31_slow_bodies(self) -> None:
        """Below the minimum rate, though never silent for long. Each has a connection to the origin
        as well, so there are fewer of them."""
        limits = "" if BINDING else ", body_timeout: 2s"
        with self.started(limits=limits) as proxy:
            base = pace(proxy.port)
            with Crowd(proxy.port, "bodies", 200) as crowd:
                seen = pace(proxy.port)
                after = crowd.gone_after()
        self.tell(f"200 slow bodies: gone after {after} s; others: {seen['failed']} of "
                  f"{seen['asked']} failed, p99 {base['p99']} ms before, {seen['p99']} ms beside")
        self.assertEqual(seen["failed"], 0)
        self.assertIsNotNone(after)
        if BINDING:
            self.assertLess(after, 10 + 3)

    def test_fm_31_readers_that_take_nothing(self) -> None:
        limits = "" if BINDING else ", write_timeout: 2s"
        with self.started(routes=PASSED, limits=limits) as proxy:
            base, before = pace(proxy.port), proxy.memory()
            with Crowd(proxy.port, "readers", 100) as crowd:
                seen = pace(proxy.port)
                each = (proxy.memory() - before) / 100
                after = crowd.gone_after()
        self.tell(f"100 readers that take nothing: {each / KIB:.0f} KiB each, gone after {after} "
                  f"s; others: {seen['failed']} of {seen['asked']} failed, p99 {base['p99']} ms "
                  f"before, {seen['p99']} ms beside")
        self.assertEqual(seen["failed"], 0)
        self.assertIsNotNone(after)
        if BINDING:
            self.assertLess(after, 30 + 4)
            self.assertLess(each, 256 * KIB)

    def test_fm_34_idle_connections(self) -> None:
        with self.started() as proxy:
            base, before = pace(proxy.port, "new"), proxy.memory()
            with Crowd(proxy.port, "idle", IDLE):
                each = (proxy.memory() - before) / IDLE
                seen = pace(proxy.port, "new")
        self.tell(f"{IDLE} idle connections: {each:.0f} bytes each; new ones: {seen['failed']} of "
                  f"{seen['asked']} failed, p99 {base['p99']} ms before, {seen['p99']} ms beside")
        self.assertEqual(seen["failed"], 0)
        if BINDING:
            self.assertLess(each, 4 * KIB)
            self.assertLess(seen["p99"], base["p99"] + 2)

    def test_fm_35_no_more_descriptors(self) -> None:
        """Who is connected is served, nobody spins, and who waits is served when there is room."""
        with self.started(prefix=["prlimit", "--nofile=256"], workers=1) as proxy:
            old = Client(proxy.port)
            old.ask("/a")
            taken = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(400)]
            self.assertTrue(eventually(lambda: "pausing" in proxy.said()))
            before, began = proxy.cpu(), time.monotonic()
            failed = 0
            while time.monotonic() - began < 2:
                failed += old.ask("/a").status != 200
                time.sleep(0.01)
            share = (proxy.cpu() - before) / (time.monotonic() - began)
            for one in taken:
                one.close()
            freed = time.monotonic()
            served = ask(proxy.port, "/a").status
            regained = time.monotonic() - freed
            old.socket.close()
        self.tell(f"256 open files: connected clients {failed} failed, {share:.1%} of a processor; "
                  f"a new client served {regained * 1000:.0f} ms after files were free")
        self.assertEqual((failed, served), (0, 200))
        if BINDING:
            self.assertLess(share, 0.10)
            self.assertLess(regained, 0.2)

    def test_fm_35_by_default_it_does_not_come_to_that(self) -> None:
        """`connections: auto` leaves files for origins: those who are too many are closed."""
        with Origin() as origin, Proxy(origin, PASSED, workers=1,
                                       prefix=["prlimit", "--nofile=256"]) as proxy:
            self.assertIn("256 open files are allowed: at most 128 clients", proxy.said())
            old = Client(proxy.port)
            self.assertEqual(old.ask("/a").status, 200)
            taken = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(400)]
            self.assertEqual(old.ask("/b").status, 200)
            self.assertNotIn("pausing", proxy.said())
            for one in [old.socket, *taken]:
                one.close()
            self.assertTrue(eventually(lambda: ask(proxy.port, "/c").status == 200))


if __name__ == "__main__":
    unittest.main()
