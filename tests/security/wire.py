"""Sockets and bytes for the tests here, without any code of the proxy or of an HTTP library."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Callable, Iterable, Iterator, List, Optional, Tuple

PATIENCE = 20.0  # seconds; a test that waits so long has failed


@dataclass
class Request:
    """A request as the origin has read it."""

    method: str
    target: str
    fields: List[Tuple[str, str]]
    body: bytes = b""
    raw: bytes = b""  # head and body as they came
    connection: int = 0
    serial: int = 0

    def get(self, name: str) -> Optional[str]:
        return next((v for n, v in self.fields if n.lower() == name.lower()), None)

    def all(self, name: str) -> List[str]:
        return [v for n, v in self.fields if n.lower() == name.lower()]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass
class Reply:
    """What an origin sends, and what it does then."""

    data: bytes
    end: str = "hold"  # or "close", "rst"
    pieces: Optional[Iterable[bytes]] = None  # instead of `data`, in segments of their own


def reply(status: int = 200, fields: str = "", body: bytes = b"ok") -> Reply:
    """`fields`: lines without the last CRLF."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"] + ([fields] if fields else [])
    return Reply("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def echo(request: Request) -> Reply:
    """Target and serial number in the body, so that answers can be told apart."""
    return reply(body=f"{request.method} {request.target} #{request.serial}".encode("latin-1"))


class Broken(Exception):
    """What the peer sent is no message."""


class Ended(Broken):
    """The peer has ended, perhaps within a message."""


class Reader:
    """Reads messages off a socket, strictly."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer, self.buffer, self.taken = peer, bytearray(), bytearray()

    def _more(self) -> None:
        data = self.peer.recv(65536)
        if not data:
            raise Ended
        self.buffer += data

    def take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self._more()
        out = bytes(self.buffer[:count])
        del self.buffer[:count]
        self.taken += out
        return out

    def until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            self._more()
        return self.take(self.buffer.index(mark) + len(mark))

    def head(self) -> Tuple[str, List[Tuple[str, str]]]:
        self.taken = bytearray()
        text = self.until(b"\r\n\r\n").decode("latin-1")
        first, *lines = text[:-4].split("\r\n")
        fields = []
        for line in lines:
            name, colon, value = line.partition(": ")
            if not colon or not name or name != name.strip():
                raise Broken(f"field line {line!r}")
            fields.append((name, value))
        return first, fields

    def chunked(self) -> bytes:
        body = b""
        while True:
            size = int(self.until(b"\r\n")[:-2], 16)
            if size == 0:
                if self.take(2) != b"\r\n":
                    raise Broken("trailers")
                return body
            body += self.take(size)
            if self.take(2) != b"\r\n":
                raise Broken("chunk")

    def body(self, fields: List[Tuple[str, str]]) -> bytes:
        values = {n.lower(): v for n, v in fields}
        if values.get("transfer-encoding") == "chunked":
            return self.chunked()
        return self.take(int(values.get("content-length", "0")))


class Origin:
    """Answers each request with what `answer` returns, and keeps every byte that came."""

    def __init__(self, answer: Callable[[Request], Reply] = echo) -> None:
        self.answer = answer
        self.requests: List[Request] = []
        self.broken: List[bytes] = []  # what came and was no request
        self.cut = 0  # requests that ended before they were whole
        self.connections = 0
        self._lock = threading.Lock()
        self._open: List[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Origin":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._open:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def count(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def wait_for(self, count: int) -> bool:
        return eventually(lambda: len(self.requests) >= count)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(peer)
            threading.Thread(target=self._serve, args=(peer, self.connections), daemon=True).start()

    def _serve(self, peer: socket.socket, number: int) -> None:
        reader = Reader(peer)
        try:
            while self._exchange(peer, reader, number):
                pass
        except (Ended, OSError):
            self.cut += bool(reader.taken or reader.buffer)
        except (Broken, ValueError):
            self.broken.append(bytes(reader.taken + reader.buffer))
        finally:
            peer.close()

    def _exchange(self, peer: socket.socket, reader: Reader, number: int) -> bool:
        first, fields = reader.head()
        method, target, version = first.split(" ")
        if version != "HTTP/1.1":
            raise Broken(first)
        request = Request(method, target, fields, connection=number)
        request.body = reader.body(fields)
        request.raw, reader.taken = bytes(reader.taken), bytearray()
        with self._lock:
            request.serial = len(self.requests) + 1
            self.requests.append(request)
        sent = self.answer(request)
        for piece in sent.pieces if sent.pieces is not None else [sent.data]:
            peer.sendall(piece)
        if sent.end == "rst":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        return sent.end == "hold"


@dataclass
class Answer:
    """A response as a client has read it. Status 0: none came."""

    status: int = 0
    fields: List[Tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    whole: bool = False

    def get(self, name: str) -> str:
        return next((v for n, v in self.fields if n.lower() == name.lower()), "")

    @property
    def hit(self) -> bool:
        return "; hit" in self.get("Cache-Status")


class Client:
    """One blocking connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.socket)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """False: the peer takes no more."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def said_all(self) -> None:
        """Ends our half, so that nobody waits for more."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def read(self, method: str = "GET") -> Answer:
        """The next final answer."""
        answer = Answer()
        try:
            status = 100
            while status < 200:
                first, fields = self.reader.head()
                status = int(first[9:12])
            answer.status, answer.fields = status, fields
            if method != "HEAD" and status not in (204, 304):
                answer.body = self._body(answer)
            answer.whole = True
        except (Broken, OSError, ValueError):
            pass
        return answer

    def _body(self, answer: Answer) -> bytes:
        if answer.get("Transfer-Encoding") or answer.get("Content-Length"):
            return self.reader.body(answer.fields)
        with contextlib.suppress(Broken):
            while True:
                self.reader._more()
        return self.reader.take(len(self.reader.buffer))

    def ask(self, target: str, fields: str = "", method: str = "GET", body: bytes = b"") -> Answer:
        self.send(text(target, fields, method, body))
        return self.read(method)

    def ended(self, within: float = PATIENCE) -> bool:
        """The peer ends the connection, and sends nothing before."""
        self.socket.settimeout(within)
        try:
            return not self.reader.buffer and self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except OSError:
            return False


def text(target: str, fields: str = "", method: str = "GET", body: bytes = b"") -> bytes:
    """A request as bytes. `fields`: lines without the last CRLF, Host first if it is there."""
    lines = [f"{method} {target} HTTP/1.1"]
    if not fields.lower().startswith("host:"):
        lines.append("Host: a.example")
    if fields:
        lines.append(fields)
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ask(port: int, target: str, fields: str = "", method: str = "GET", body: bytes = b"") -> Answer:
    with Client(port) as client:
        return client.ask(target, fields, method, body)


def read_to_end(peer: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(OSError):
        while part := peer.recv(65536):
            data += part
    return data


def converse(port: int, pieces: List[bytes]) -> bytes:
    """Sends each piece in a segment of its own; all that comes back until the end."""
    with Client(port) as client:
        for piece in pieces:
            if not client.send(piece):
                break
        return read_to_end(client.socket)


def answers(data: bytes, head_only: bool = False) -> Iterator[Answer]:
    """The final answers in what a connection brought."""
    while data.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" in data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        answer = Answer(int(first[9:12]), [tuple(line.split(": ", 1)) for line in lines])
        if answer.status < 200:
            continue
        length = 0 if head_only else int(answer.get("Content-Length") or 0)
        answer.body, data = data[:length], data[length:]
        answer.whole = len(answer.body) == length
        yield answer


def eventually(happened: Callable[[], bool], within: float = PATIENCE) -> bool:
    until = time.monotonic() + within
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True
