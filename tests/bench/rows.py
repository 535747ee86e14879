"""The rows of the table: what is asked of whom, and what makes a measurement void."""

import random
import socket
import time
from typing import Callable, Dict, List, NamedTuple, Sequence

import entrants
import load
from entrants import LOOP, OURS, PEERS, Backends
from load import Load
from servers import BenchError, Running, Servers

Started = Dict[str, Running]
KEYS = 20_000
HERD = 500
IDLE = 2_000
PACE_MS = 5
SLOW_CLIENTS = 400  # of 300 ms each: a tenth of what 64 paced connections ask for


class Sample(NamedTuple):
    value: float
    p99_ms: float = 0.0
    note: float = 0.0  # what the row's `note` says
    cpu_us: float = 0.0  # the server's processor time per request


class Bench(NamedTuple):
    """What every measurement needs."""
    servers: Servers
    backends: Backends
    started: Started
    seconds: int


class Row(NamedTuple):
    name: str
    title: str
    unit: str
    who: Sequence[str]
    measure: Callable[[Bench, str], Sample]
    p99: bool = False
    note: str = ""
    less_is_better: bool = False
    rounds: int = 0  # 0: as many as the run has


def hits(path: str, connections: int, body: int = 1024, fields: Sequence[str] = (),
         keys: int = 0) -> Callable[[Bench, str], Sample]:
    """Requests per second, all of them hits: the origin must not be asked meanwhile."""
    def measure(bench: Bench, who: str) -> Sample:
        port = bench.started[who].port
        script = {"script": "keys.lua", "arguments": ("/k/", str(keys))} if keys else {}
        asked = Load(path, connections, bench.seconds, fields, **script)  # type: ignore[arg-type]
        before = load.origin_count(bench.backends.origin.port)
        used = bench.started[who].cpu_seconds()
        measured = load.run_wrk(bench.servers, port, asked, body)
        used = bench.started[who].cpu_seconds() - used
        fetched = load.origin_count(bench.backends.origin.port) - before
        if fetched:
            raise BenchError(f"{who}: {fetched} of {measured.requests} requests were no hits")
        return Sample(measured.rate, measured.p99_us / 1000,
                      cpu_us=used / measured.requests * 1e6)
    return measure


def passed(path: str) -> Callable[[Bench, str], Sample]:
    """Requests per second, each of which must reach the origin."""
    def measure(bench: Bench, who: str) -> Sample:
        before = load.origin_count(bench.backends.origin.port)
        used = bench.started[who].cpu_seconds()
        measured = load.run_wrk(bench.servers, bench.started[who].port,
                                Load(path, 64, bench.seconds))
        used = bench.started[who].cpu_seconds() - used
        fetched = load.origin_count(bench.backends.origin.port) - before
        if fetched < measured.requests:
            raise BenchError(f"{who}: {measured.requests} requests, {fetched} reached the origin")
        return Sample(measured.rate, measured.p99_us / 1000,
                      cpu_us=used / measured.requests * 1e6)
    return measure


def cold(bench: Bench, who: str) -> Sample:
    """Origin fetches for a key that so many clients ask for at once; the origin takes 100 ms."""
    path = f"/cold/{random.getrandbits(60)}"
    before = load.origin_at_rest(bench.backends.origin.port)
    took = sorted(load.herd(bench.started[who].port, path, HERD))
    fetched = load.origin_count(bench.backends.origin.port) - before
    return Sample(fetched, took[int(len(took) * 0.99) - 1] * 1000)


def tail(bench: Bench, who: str) -> Sample:
    """The 99th percentile of paced hits while others miss, and (note) while nobody does."""
    port = bench.started[who].port
    paced = Load("/hot", 64, bench.seconds, script="paced.lua", arguments=(str(PACE_MS),))
    alone = load.run_wrk(bench.servers, port, paced)
    prefix = f"/slow/{random.getrandbits(60)}/"
    misses = Load("/slow/0", SLOW_CLIENTS, bench.seconds + 1, script="keys.lua",
                  arguments=(prefix, str(100_000), "once"))
    missing = load.start_wrk(bench.servers, port, misses)
    time.sleep(0.5)  # the origin has begun to take its time
    among = load.run_wrk(bench.servers, port, paced)
    missed = load.result_of(missing, 1024)
    share = missed.rate / (missed.rate + among.rate)
    if not 0.05 < share < 0.2:
        print(f"  {who}: {share:.0%} of the requests missed")
    return Sample(among.p99_us / 1000, note=alone.p99_us / 1000)


def cpu_per_request(bench: Bench, who: str) -> Sample:
    """Microseconds of CPU per request of two workers in one process, and (note) in two processes.

    What differs is what workers share. One worker by itself would not do for a comparison: it has a
    core of its own, where two share theirs with the client, whose work then costs them caches.
    """
    del who
    cost = []
    for processes in (1, 2):
        proxies = [entrants.start_warmfront(bench.servers, bench.backends, f"workers-{number}",
                                            WORKERS=2 // processes, core=-1)
                   for number in range(processes)]
        for proxy in proxies:
            load.get(proxy.port, "/hot")
        before = sum(proxy.cpu_seconds() for proxy in proxies)
        asking = [load.start_wrk(bench.servers, proxies[number % processes].port,
                                 Load("/hot", 32, bench.seconds)) for number in range(2)]
        requests = sum(load.result_of(wrk, 1024).requests for wrk in asking)
        cost.append((sum(proxy.cpu_seconds() for proxy in proxies) - before) / requests * 1e6)
        for proxy in proxies:
            bench.servers.stop(proxy)
    return Sample(cost[0], note=cost[1])


def said_or_silent(bench: Bench, who: str) -> Sample:
    """CPU per hit in microseconds with Cache-Status, and (note) without."""
    del who
    cost = {}
    for status in ("full", "off"):
        proxy = bench.started.get(f"status-{status}") or entrants.start_warmfront(
            bench.servers, bench.backends, f"status-{status}", STATUS=status)
        bench.started[f"status-{status}"] = proxy
        load.get(proxy.port, "/hot")
        before = proxy.cpu_seconds()
        measured = load.run_wrk(bench.servers, proxy.port, Load("/hot", 64, bench.seconds))
        cost[status] = (proxy.cpu_seconds() - before) / measured.requests * 1e6
    return Sample(cost["full"], note=cost["off"])


def fresh(bench: Bench, who: str) -> Running:
    """Another process of the same kind, for what a used one cannot show."""
    kind = next(entrant for entrant in entrants.ENTRANTS if entrant.name == who)
    bench.servers.stop(bench.started[who])
    bench.started[who] = kind.start(bench.servers, bench.backends)
    return bench.started[who]


def memory_per_object(bench: Bench, who: str) -> Sample:
    proxy = fresh(bench, who)
    paths = [f"/k/{i}" for i in range(1, KEYS + 1)]
    load.ask_each(proxy.port, [f"/hot/{i}" for i in range(200)])
    before = proxy.memory_bytes()
    load.ask_each(proxy.port, paths)
    return Sample((proxy.memory_bytes() - before) / KEYS)


def memory_per_connection(bench: Bench, who: str) -> Sample:
    """Of connections that have asked for something and are idle since."""
    proxy = fresh(bench, who)
    load.ask_each(proxy.port, ["/hot"] * 200)
    before = proxy.memory_bytes()
    peers: List[socket.socket] = load.connect(proxy.port, IDLE)
    for peer in peers:
        peer.sendall(load.request_bytes("/hot", proxy.port))
        load.read_whole(peer)
    used = (proxy.memory_bytes() - before) / IDLE
    for peer in peers:
        peer.close()
    return Sample(used)


EVERYBODY = (OURS, *PEERS, LOOP)
CACHES = (OURS, *PEERS)
ROWS: List[Row] = [
    Row("hot", "one hot key, 64 connections", "requests/s", EVERYBODY, hits("/hot", 64)),
    Row("crowd", "one hot key, 1,000 connections", "requests/s", EVERYBODY, hits("/hot", 1000),
        p99=True),
    Row("fields", "one hot key, a browser's dozen fields", "requests/s", EVERYBODY,
        hits("/hot", 64, fields=load.BROWSER)),
    Row("keys", "20,000 keys, uniform", "requests/s", CACHES, hits("/k/1", 64, keys=KEYS)),
    Row("large", "a body of 100 KiB", "requests/s", CACHES, hits("/large", 64, 102_400)),
    Row("redis", "every hit from Redis", "requests/s",
        ("warmfront-redis", "nginx-redis", "redis-loop"), hits("/hot", 64)),
    Row("pass", "passed through by configuration", "requests/s", CACHES, passed("/pass")),
    Row("no-store", "passed through at the origin's word", "requests/s", CACHES,
        passed("/no-store")),
    Row("cold", "500 clients, one cold key", "origin fetches", CACHES, cold, p99=True,
        less_is_better=True),
    Row("tail", "hits while a tenth of the requests miss", "ms, 99th percentile", CACHES, tail,
        note="without misses", less_is_better=True),
    Row("workers", "CPU per hit, two workers", "µs", (OURS,), cpu_per_request,
        note="two processes", less_is_better=True),
    Row("status", "CPU per hit with Cache-Status", "µs", (OURS,), said_or_silent,
        note="without", less_is_better=True),
    # HAProxy takes all of its cache at the start, nginx keeps it in files: neither can be seen.
    Row("object", "memory per cached answer of 1 KiB", "bytes", (OURS, "trafficserver", "varnish"),
        memory_per_object, less_is_better=True, rounds=1),
    Row("idle", "memory per idle connection", "bytes", CACHES, memory_per_connection,
        less_is_better=True, rounds=1),
]


def warm(started: Started, asked: Sequence[str]) -> None:
    """Everything that is to be a hit, twice: some caches store at the second sight only."""
    for who in (*CACHES, "warmfront-redis", "nginx-redis"):
        if who not in started:
            continue
        for _ in range(2):
            load.ask_each(started[who].port, ["/hot", "/large"])
            if who in CACHES and "keys" in asked:
                load.ask_each(started[who].port, [f"/k/{i}" for i in range(1, KEYS + 1)])
