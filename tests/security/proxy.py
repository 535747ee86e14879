"""The program itself, started for a test with a configuration of its own."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import List

from wire import Origin, eventually

BINARY = os.environ["WARMFRONT_BINARY"]
# How many bytes TSan holds for each of the program's: tests/run.sh sets it, others need not.
SHADOW = int(os.environ.get("WARMFRONT_SHADOW", "1"))
CACHED = "{name: all, match: '/**', upstream: api, cache: {ttl: 1m}}"
PASSED = "{name: all, match: '/**', upstream: api}"


class Proxy:
    """`warmfront --config FILE` on a port that the kernel chose, until the end of `with`."""

    def __init__(self, origin: Origin, routes: str = CACHED, top: str = "", listen: str = "",
                 upstream: str = "", workers: int = 2, prefix: List[str] = (),
                 level: str = "info") -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="wf-security-")
        here = Path(self.folder.name)
        self.access, self.output = here / "access.log", here / "output"
        (here / "proxy.yaml").write_text(f"""\
listen: [{{address: "127.0.0.1:0"{listen}}}]
workers: {workers}
log: {{level: {level}, access: "{self.access}"}}
{top}
upstreams: {{api: {{servers: ["http://{origin.address}"]{upstream}}}}}
routes: [{routes}]
""")
        # Sanitizers keep what was freed for a while; that is not the program's memory.
        environment = {**os.environ, "ASAN_OPTIONS":
                       "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen([*prefix, BINARY, "--config", str(here / "proxy.yaml")],
                                            stdout=output, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, env=environment)
        self.port = self._port()

    def _port(self) -> int:
        found = []

        def listening() -> bool:
            found[:] = re.findall(r"listening on 127\.0\.0\.1:(\d+)", self.said())
            return bool(found) or self.process.poll() is not None

        if not eventually(listening) or not found:
            self.__exit__()
            raise RuntimeError(self.last)
        return int(found[0])

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.last = self.said()
        self.folder.cleanup()

    def said(self) -> str:
        """What it has written to its output."""
        return self.output.read_text(errors="replace")

    def log(self, lines: int) -> List[str]:
        """The access log, once it has so many lines."""
        def read() -> List[str]:
            return self.access.read_text().splitlines() if self.access.exists() else []
        eventually(lambda: len(read()) >= lines)
        return read()

    def memory(self) -> int:
        """Resident bytes, without a sanitizer's share."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024 // SHADOW

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        values = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
