"""Origins that do not answer: FM-19, FM-20, FM-27, with figures.

WARMFRONT_FIGURES=1 makes the promises on time binding; they are about an optimised build.
"""

import os
import socket
import threading
import time
import unittest
from typing import List, Tuple

from proxy import CACHED, PASSED, Proxy
from wire import Client, Origin, Reply, Request, eventually, reply

BINDING = bool(os.environ.get("WARMFRONT_FIGURES"))
Timed = Tuple[int, str, float]  # status, Retry-After, milliseconds


def ask(client: Client, target: str) -> Timed:
    began = time.perf_counter()
    answer = client.ask(target)
    return answer.status, answer.get("Retry-After"), (time.perf_counter() - began) * 1000


def crowd(port: int, targets: List[str]) -> List[Timed]:
    """Each target on a connection of its own, all at once."""
    clients = [Client(port) for _ in targets]
    timed: List[Timed] = []
    threads = [threading.Thread(target=lambda c=c, t=t: timed.append(ask(c, t)))
               for c, t in zip(clients, targets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.socket.close()
    return timed


class OriginsThatDoNotAnswer(unittest.TestCase):
    def test_fm_19_refused(self) -> None:
        """502 at once, and one probe in 100 ms at most, whatever the number of requests."""
        with Origin() as origin, Proxy(origin, CACHED) as proxy:
            origin.__exit__()
            with Client(proxy.port) as client:
                timed = [ask(client, f"/{number}") for number in range(1000)]
        times = sorted(took for _, _, took in timed)
        print(f"\nFM-19: 1000 requests, origin refuses: p50 {times[500]:.2f} ms, "
              f"p99 {times[990]:.2f} ms", flush=True)
        self.assertEqual({status for status, _, _ in timed}, {502})
        if BINDING:
            self.assertLess(times[990], 50)

    def test_fm_19_what_is_kept_is_served(self) -> None:
        """Stale, but within stale_if_error: all of it, as fast as ever."""
        kept = "{name: all, match: '/**', upstream: api, cache: {ttl: 1s, stale_if_error: 10m}}"
        with Origin() as origin, Proxy(origin, kept) as proxy:
            with Client(proxy.port) as client:
                for number in range(100):
                    self.assertEqual(ask(client, f"/{number}")[0], 200)
                origin.__exit__()
                stale = "detail=stale-if-error"
                self.assertTrue(eventually(
                    lambda: stale in client.ask("/99").get("Cache-Status")))
                timed = [ask(client, f"/{number % 100}") for number in range(1000)]
        times = sorted(took for _, _, took in timed)
        print(f"\nFM-19: 1000 requests for what is stale, origin refuses: p99 {times[990]:.2f} ms",
              flush=True)
        self.assertEqual({status for status, _, _ in timed}, {200})

    def test_fm_20_connecting_into_the_void(self) -> None:
        """Those who wait for one key are all answered when connecting has taken too long."""
        with socket.socket() as hole, Origin() as origin:
            hole.bind(("127.0.0.1", 0))
            hole.listen(0)
            # Who fills its queue keeps everybody else out, in silence.
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(hole.getsockname())
            origin.address = "127.0.0.1:%d" % hole.getsockname()[1]
            with Proxy(origin, CACHED) as proxy:
                timed = crowd(proxy.port, ["/a"] * 50)
            for filler in fillers:
                filler.close()
        slowest = max(took for _, _, took in timed)
        print(f"\nFM-20: 50 clients wait for one key, connect_timeout 1 s: "
              f"the last is answered after {slowest:.0f} ms", flush=True)
        self.assertLessEqual({status for status, _, _ in timed}, {502, 504})
        if BINDING:
            self.assertLess(slowest, 1200)

    def test_fm_27_no_more_than_an_origin_can_serve(self) -> None:
        """Above max_connections: 503 with Retry-After, at once; nobody waits in a queue."""
        gate = threading.Event()

        def held(request: Request) -> Reply:
            gate.wait(20)
            return reply()
        with Origin(held) as origin, Proxy(origin, PASSED, workers=1,
                                           upstream=", max_connections: 256") as proxy:
            inside = [Client(proxy.port) for _ in range(256)]
            for number, client in enumerate(inside):
                client.send(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
            self.assertTrue(eventually(lambda: len(origin.requests) == 256))
            with Client(proxy.port) as client:
                timed = [ask(client, "/more") for _ in range(200)]
            gate.set()
            served = [client.read().status for client in inside]
            for client in inside:
                client.socket.close()
        times = sorted(took for _, _, took in timed)
        print(f"\nFM-27: 256 requests at the origin, 200 more: 503 after p50 {times[100]:.2f} ms, "
              f"p99 {times[198]:.2f} ms", flush=True)
        self.assertEqual({(status, after) for status, after, _ in timed}, {(503, "1")})
        self.assertEqual(set(served), {200})
        if BINDING:
            self.assertLess(times[198], 10)


if __name__ == "__main__":
    unittest.main()
