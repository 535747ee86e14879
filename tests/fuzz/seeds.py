#!/usr/bin/env python3
"""Writes the catalogues of tests/data as inputs for the fuzz targets."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = HERE.parent / "data"
REPLIES = (b"+OK\r\n", b"-ERR no\r\n", b":-12\r\n", b"$-1\r\n", b"$3\r\nabc\r\n", b"*-1\r\n",
           b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n", b"$3000\r\n", b"*1000000\r\n")
# Both versions of the PROXY protocol: of TCP over IPv4 and IPv6, of unix sockets, of nobody.
PROXY_2 = b"\r\n\r\n\0\r\nQUIT\n"
PROXY_HEADERS = (
    b"PROXY TCP4 192.0.2.1 10.0.0.1 12345 80\r\n", b"PROXY TCP6 2001:db8::1 ::1 12345 80\r\n",
    b"PROXY UNKNOWN ffff::1 ::1 1 2\r\n", PROXY_2 + b"\x20\0\0\0",
    PROXY_2 + b"\x21\x11\0\x0f" + b"\xc0\0\2\1\x0a\0\0\1\x30\x39\0\x50" + b"\4\0\0",
    PROXY_2 + b"\x21\x21\0\x24" + b"\x20\1\r\xb8" + b"\1" * 32,
    PROXY_2 + b"\x21\x31\0\xd8" + b"/" * 216)


def write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main() -> int:
    out = Path(sys.argv[1])
    for target, catalogue in (("request", "bad_requests"), ("response", "bad_responses")):
        for entry in json.loads((DATA / f"{catalogue}.json").read_text()):
            data = entry["bytes"].encode("latin-1")
            if len(data) > 4000:
                continue
            # The first byte says how the rest is cut.
            write(out / target, entry["id"], b"\x04" + data)
            head, empty, body = data.partition(b"\r\n\r\n")
            if b"hunked" in head and empty:
                write(out / "chunked", entry["id"], b"\x04" + body)
            if target == "request" and b" " in head:
                write(out / "target", entry["id"], b"\x01\0" + head.split(b" ")[1])
    # The first byte says how the rest is cut here too.
    for number, reply in enumerate(REPLIES):
        write(out / "reply", str(number), b"\x04" + reply * 3)
    write(out / "reply", "all", b"\x04" + b"".join(REPLIES[:7]))
    for number, header in enumerate(PROXY_HEADERS):
        write(out / "proxy_header", str(number), b"\x04" + header + b"GET / HTTP/1.1\r\n")
    # Every section of the manual by itself, so that what is long is not one input.
    lines = [line.split("#")[0].rstrip() for line in (ROOT / "proxy.yaml").read_text().splitlines()]
    sections: list = []
    for line in filter(None, lines):
        if not line.startswith(" "):
            sections.append([])
        sections[-1].append(line)
    needed = ["upstreams: {api: {servers: [\"http://a\"]}}", "routes: [{name: a, upstream: api}]"]
    for section in sections:
        own = section[0].partition(":")[0]
        text = section + [line for line in needed if not line.startswith(own)]
        write(out / "config", own, "\n".join(text).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
