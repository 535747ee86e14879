"""A Redis of the test's own on a unix socket, and a client that speaks just enough RESP."""

import socket
import subprocess
import tempfile
from pathlib import Path
from typing import List, Union

from wire import eventually


class Redis:
    def __enter__(self) -> "Redis":
        self.folder = tempfile.TemporaryDirectory(prefix="wf-redis-")
        self.path = str(Path(self.folder.name) / "redis.sock")
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--dir",
             self.folder.name], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        if not eventually(self._connect):
            raise RuntimeError("redis-server does not start")
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def _connect(self) -> bool:
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(self.path)
        except OSError:
            self.socket.close()
            return False
        self.file = self.socket.makefile("rb")
        return True

    def listen(self) -> int:
        """A TCP port on the loopback, for clients that cannot do without."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.ask("CONFIG", "SET", "port", str(port))
        return port

    def config(self, more: str = "") -> str:
        """The `store` of a proxy that has nothing in memory, so that every hit is from here."""
        return (f"store: {{memory: {{size: 0B}}, redis: {{url: \"unix://{self.path}?db=0\", "
                f"timeout: 2s{more}}}}}")

    def ask(self, *words: Union[str, bytes]):
        words = [w if isinstance(w, bytes) else w.encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self._reply()

    def _reply(self):
        line = self.file.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._reply() for _ in range(int(rest))]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        return int(rest) if kind == b":" else rest

    def keys(self) -> List[bytes]:
        return self.ask("KEYS", "*")

    def records(self) -> List[bytes]:
        return [key for key in self.keys() if key.endswith(b":r") or b":v:" in key]
