"""What the proxy promises to send to an origin, worked out from the client's bytes alone.

For routes that do not cache, with default settings. Written from the rules of the front (F1 to F13)
and RFC 9110 §7.6, not from the code.
"""

import re
from typing import List, Tuple

HOP_BY_HOP = {"connection", "expect", "http2-settings", "keep-alive", "proxy-authenticate",
              "proxy-authentication-info", "proxy-authorization", "proxy-connection", "te",
              "trailer", "transfer-encoding", "upgrade"}
OURS = {"host", "content-length", "forwarded", "via"}


def canonical_host(host: str) -> str:
    host, colon, port = host.lower().partition(":")
    port = port.lstrip("0")
    return host.rstrip(".") + (":" + port if port not in ("", "80") else "")


def canonical_target(method: str, target: str) -> str:
    if method == "OPTIONS" and re.fullmatch("https?://[^/?]*", target, flags=re.IGNORECASE):
        return "*"
    target = re.sub(r"^https?://[^/?]*", "", target, flags=re.IGNORECASE)
    path, mark, query = target.partition("?")
    segments: List[str] = []
    parts = (path or "/").split("/")[1:]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "..":
            segments = segments[:-1]
        if part not in (".", ".."):
            segments.append(part)
        elif last:
            segments.append("")
    path = path if path == "*" else "/" + "/".join(segments)
    return path + mark + query


def passing(fields: List[Tuple[str, str]]) -> List[Tuple[str, str]]:
    nominated = {option.strip().lower() for name, value in fields if name.lower() == "connection"
                 for option in value.split(",")}
    gone = HOP_BY_HOP | (OURS - {"via"}) | nominated
    return [(name, value) for name, value in fields
            if name.lower() not in gone and not name.lower().startswith("x-forwarded-")
            and "_" not in name]


def framing(method: str, fields: List[Tuple[str, str]]) -> str:
    values = {name.lower(): value for name, value in fields}
    if "transfer-encoding" in values:
        return "Transfer-Encoding: chunked\r\n"
    if "content-length" in values:
        return f"Content-Length: {int(values['content-length'])}\r\n"
    return "Content-Length: 0\r\n" if method in ("POST", "PUT", "PATCH") else ""


def forwarded_head(received: bytes) -> bytes:
    """The head that an origin gets for the first request in `received`, which breaks no rule."""
    head = received.lstrip(b"\r\n").partition(b"\r\n\r\n")[0].decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, version = first.split(" ")
    fields = [(line.partition(":")[0], line.partition(":")[2].strip(" \t")) for line in lines]
    host = canonical_host(next((v for n, v in fields if n.lower() == "host"), ""))
    out = f"{method} {canonical_target(method, target)} HTTP/1.1\r\nHost: {host}\r\n"
    out += "".join(f"{name}: {value}\r\n" for name, value in passing(fields))
    out += f"Via: {version[5:]} warmfront\r\n"
    out += "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
    if host:
        out += f"X-Forwarded-Host: {host}\r\n"
    quoted = f'"{host}"' if ":" in host else host
    parts = ["for=127.0.0.1"] + ([f"host={quoted}"] if host else []) + ["proto=http"]
    return (out + f"Forwarded: {';'.join(parts)}\r\n" + framing(method, fields)
            + "\r\n").encode("latin-1")
