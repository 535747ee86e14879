"""Starting and stopping what is measured: every process of the suite is started here."""

import contextlib
import os
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Dict, List, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
START_SECONDS = 20.0
STOP_SECONDS = 10.0


class BenchError(Exception):
    """Something is not as a measurement needs it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree_of(pid: int) -> List[int]:
    """The process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [each for child in children for each in tree_of(int(child))]


class Running:
    """A process that listens on a port, with what the kernel says of it and its children."""

    def __init__(self, name: str, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.name, self.port, self.process = name, port, process

    def cpu_seconds(self) -> float:
        ticks = 0
        for pid in tree_of(self.process.pid):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """Private and anonymous, and the share of what is shared among its processes."""
        kilobytes = 0
        for pid in tree_of(self.process.pid):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
            kilobytes += int(found.group(1)) if found else 0
        return kilobytes * 1024


class Servers:
    """Runs servers until it is left; the newest ends first, for a proxy needs its origin."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.running: List[Running] = []
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.other_core = cores[0], cores[1 % len(cores)]
        # Cache files belong in memory; a container without a tmpfs has the page cache.
        shared = Path("/dev/shm")
        self.memory = shared if os.access(shared, os.W_OK) else work

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_why: object) -> None:
        while self.running:
            self.stop(self.running[-1])

    def fill_in(self, template: str, target: Path, values: Dict[str, object]) -> Path:
        """Writes a file of peers/ with its @WORDS@ replaced."""
        text = (HERE / "peers" / template).read_text()
        known = {"WORK": self.work, "HERE": HERE, **values}
        text = re.sub(r"@([A-Z_]+)@", lambda word: str(known[word.group(1)]), text)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def start(self, name: str, port: int, command: Sequence[str], core: int = -1) -> Running:
        """`core` -1: any."""
        pinned = ["taskset", "-c", str(core), *command] if core >= 0 else list(command)
        log = self.work / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                pinned, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd=self.work, start_new_session=True)
        running = Running(name, port, process)
        self.running.append(running)
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return running
            time.sleep(0.05)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise BenchError(f"{name} does not listen on port {port}:\n{tail}")

    def stop(self, running: Running) -> None:
        """Asks, insists after a while, and returns when it and its children are gone."""
        self.running.remove(running)
        running.process.terminate()
        try:
            running.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        # The session that it was started in has it and its children, and nothing else.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.process.pid, 9)
        running.process.wait()
