"""Who takes part, and how each is started: its configuration lies in peers/."""

import os
import shutil
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

from servers import ROOT, BenchError, Running, Servers, free_port


class Entrant(NamedTuple):
    name: str     # in tables
    program: str  # what must be installed
    start: Callable[[Servers, "Backends"], Running]


class Backends(NamedTuple):
    """What stands behind everyone."""
    origin: Running
    redis: Running


def binary() -> str:
    return os.environ.get("WARMFRONT_BINARY", str(ROOT / "build/release/proxy/warmfront"))


def bench_program(name: str) -> str:
    return str(ROOT / "build/release/tests/bench" / name)


def start_backends(servers: Servers) -> Backends:
    port, redis_port = free_port(), free_port()
    origin = servers.start("origin", port, [bench_program("bench_origin"), str(port)],
                           servers.other_core)
    redis = servers.start("redis", redis_port, [
        "redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--dir",
        str(servers.work), "--save", "", "--appendonly", "no"], servers.other_core)
    return Backends(origin, redis)


def start_warmfront(servers: Servers, backends: Backends, name: str = "warmfront",
                    **changes: object) -> Running:
    """`changes`: words of peers/warmfront.yaml, and `core`."""
    port = free_port()
    core = int(str(changes.pop("core", servers.server_core)))
    words: Dict[str, object] = {"PORT": port, "ORIGIN": backends.origin.port, "WORKERS": 1,
                                "MEMORY": "512MiB", "REDIS": "", "STATUS": "full", **changes}
    file = servers.fill_in("warmfront.yaml", servers.work / f"{name}.yaml", words)
    return servers.start(name, port, [binary(), "--config", str(file)], core)


def start_warmfront_redis(servers: Servers, backends: Backends) -> Running:
    redis = f'  redis: {{url: "redis://127.0.0.1:{backends.redis.port}/0", timeout: 2s}}'
    return start_warmfront(servers, backends, "warmfront-redis", MEMORY=0, REDIS=redis)


def start_nginx(servers: Servers, backends: Backends) -> Running:
    port = free_port()
    words = {"PORT": port, "ORIGIN": backends.origin.port, "CACHE": cache_folder(servers, "nginx")}
    file = servers.fill_in("nginx.conf", servers.work / "nginx.conf", words)
    return servers.start("nginx", port, ["nginx", "-c", str(file)], servers.server_core)


def start_nginx_redis(servers: Servers, backends: Backends) -> Running:
    port = free_port()
    words = {"PORT": port, "ORIGIN": backends.origin.port, "REDIS_PORT": backends.redis.port}
    file = servers.fill_in("nginx-redis.conf", servers.work / "nginx-redis.conf", words)
    return servers.start("nginx-redis", port, ["nginx", "-c", str(file)], servers.server_core)


def start_haproxy(servers: Servers, backends: Backends) -> Running:
    port = free_port()
    words = {"PORT": port, "ORIGIN": backends.origin.port}
    file = servers.fill_in("haproxy.cfg", servers.work / "haproxy.cfg", words)
    return servers.start("haproxy", port, ["haproxy", "-db", "-f", str(file)], servers.server_core)


def start_varnish(servers: Servers, backends: Backends) -> Running:
    port = free_port()
    file = servers.fill_in("varnish.vcl", servers.work / "varnish.vcl",
                           {"ORIGIN": backends.origin.port})
    folder = servers.work / "varnish"
    return servers.start("varnish", port, [
        "varnishd", "-F", "-a", f"127.0.0.1:{port}", "-f", str(file), "-n", str(folder),
        "-s", "malloc,512m", "-p", "thread_pools=1", "-p", "timeout_idle=300",
        "-p", "listen_depth=4096"], servers.server_core)


def start_trafficserver(servers: Servers, backends: Backends) -> Running:
    port = free_port()
    folder = servers.work / "ts"
    words = {"PORT": port, "ORIGIN": backends.origin.port, "CACHE": cache_folder(servers, "ts")}
    shutil.copytree("/etc/trafficserver", folder, dirs_exist_ok=True)
    for name in ("records.config", "remap.config", "storage.config", "runroot.yaml"):
        servers.fill_in(f"trafficserver/{name}", folder / name, words)
    command = ["traffic_server", f"--run-root={folder / 'runroot.yaml'}"]
    return servers.start("trafficserver", port, command, servers.server_core)


def start_loop(servers: Servers, backends: Backends) -> Running:
    del backends
    port = free_port()
    return servers.start("loop", port, [bench_program("bench_bare_loop"), str(port)],
                         servers.server_core)


def start_redis_loop(servers: Servers, backends: Backends) -> Running:
    port = free_port()
    command = [bench_program("bench_bare_loop"), str(port), str(backends.redis.port)]
    return servers.start("redis-loop", port, command, servers.server_core)


def cache_folder(servers: Servers, name: str) -> Path:
    """In memory where there is a tmpfs; `forget_folders` removes it."""
    folder = servers.memory / f"{servers.work.name}-{name}"
    folder.mkdir(exist_ok=True)
    return folder


def forget_folders(servers: Servers) -> None:
    for folder in servers.memory.glob(f"{servers.work.name}-*"):
        shutil.rmtree(folder, ignore_errors=True)


OURS = "warmfront"
LOOP = "loop"
ENTRANTS: List[Entrant] = [
    Entrant(OURS, binary(), start_warmfront),
    Entrant("haproxy", "haproxy", start_haproxy),
    Entrant("nginx", "nginx", start_nginx),
    Entrant("trafficserver", "traffic_server", start_trafficserver),
    Entrant("varnish", "varnishd", start_varnish),
    Entrant(LOOP, bench_program("bench_bare_loop"), start_loop),
    Entrant("warmfront-redis", binary(), start_warmfront_redis),
    Entrant("nginx-redis", "/usr/lib/nginx/modules/ngx_http_lua_module.so", start_nginx_redis),
    Entrant("redis-loop", bench_program("bench_bare_loop"), start_redis_loop),
]
PEERS = ("haproxy", "nginx", "trafficserver", "varnish")


def installed(entrant: Entrant) -> bool:
    return Path(entrant.program).exists() or shutil.which(entrant.program) is not None


def start_all(servers: Servers, backends: Backends, quick: bool) -> Dict[str, Running]:
    """A peer that is missing is an error, or with `quick` said and left out."""
    started: Dict[str, Running] = {}
    for entrant in ENTRANTS:
        if installed(entrant):
            started[entrant.name] = entrant.start(servers, backends)
        elif quick:
            print(f"NOT MEASURED: {entrant.name} ({entrant.program} is not installed)")
        else:
            raise BenchError(f"{entrant.name} is missing: {entrant.program} is not installed")
    return started
