"""An origin that mostly tells the truth, and otherwise lies about where its answers end.

Every body says what it is and proves that it is whole, so that whoever gets one can judge it alone.
"""

import random
import zlib
from typing import Callable, List

from wire import Reply, Request

LIE = b"LIE"  # stands in everything that no client may see within a 200
FRAMED = b"F|"  # how every body begins whose end can be told
UNFRAMED = b"U|"  # and those that end with the connection: a cut cannot be told, so none is kept


def sealed(target: str, serial: int, kind: bytes, chance: random.Random) -> bytes:
    """A body that proves itself: kind, target, serial, filling, and a checksum over all of it."""
    size = chance.choice((0, 10, 1000, 20_000, 150_000))
    filling = chance.randbytes(size // 2).hex().encode()
    text = kind + b"%s|%d|%s|" % (target.encode(), serial, filling)
    return text + b"%08x" % zlib.crc32(text)


def is_sound(target: str, body: bytes) -> bool:
    """Whole, and of that target."""
    parts = body.split(b"|")
    return (len(parts) == 5 and parts[1] == target.encode()
            and parts[4] == b"%08x" % zlib.crc32(body[:-8]))


def head(status: str = "200 OK", *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields]).encode("latin-1") + b"\r\n\r\n"


def chunked(body: bytes, pieces: int = 3) -> bytes:
    size = len(body) // pieces + 1
    cut = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in cut)


KEEP, CHUNKED = "Cache-Control: max-age=1", "Transfer-Encoding: chunked"
FAKE = head("200 OK", "Content-Length: 3", "Cache-Control: max-age=600") + LIE


def length(body: bytes, off: int = 0) -> str:
    return f"Content-Length: {len(body) + off}"


# Truths: what a client gets of them must be whole.
def by_length(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body)) + body)


def by_chunks(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, CHUNKED) + chunked(body) + b"0\r\n\r\n")


def after_interim(body: bytes) -> Reply:
    return Reply(head("103 Early Hints") + by_length(body).data)


def and_close(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body), "Connection: close") + body, "close")


# Truths with something behind them that nobody asked for.
def with_more(body: bytes) -> Reply:
    return Reply(by_length(body).data + LIE * 7)


def with_another_answer(body: bytes) -> Reply:
    return Reply(by_chunks(body).data + FAKE)


def not_modified_with_body(body: bytes) -> Reply:
    return Reply(head("204 No Content", KEEP) + FAKE)


# Lies.
def too_short(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body, 9)) + body, "close")


def cut_by_length(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body)) + body[:len(body) // 2], "close")


def reset_by_length(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body)) + body[:-1], "rst")


def without_last_chunk(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, CHUNKED) + chunked(body), "close")


def reset_in_chunks(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, CHUNKED) + chunked(body)[:-20], "rst")


def bad_chunk(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, CHUNKED) + chunked(body) + b"zz\r\n" + LIE)


def two_lengths(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body), length(body, 3)) + body + LIE)


def both_framings(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body), CHUNKED) + chunked(body) + b"0\r\n\r\n")


def bare_control(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, "X: a\0b", length(body)) + body)


def split_field(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, "X: a\n b", length(body)) + body)


def negative_length(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, "Content-Length: -5") + body + LIE)


def wrong_protocol(body: bytes) -> Reply:
    return Reply(b"SSH-2.0-OpenSSH_9.2\r\n" + LIE, "close")


def upgrade_unasked(body: bytes) -> Reply:
    return Reply(head("101 Switching Protocols", "Upgrade: x") + LIE)


def interim_flood(body: bytes) -> Reply:
    return Reply(head("103 Early Hints") * 40 + by_length(body).data)


def endless_head(body: bytes) -> Reply:
    return Reply(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000)


def no_answer(body: bytes) -> Reply:
    return Reply(b"", "close")


def no_answer_but_reset(body: bytes) -> Reply:
    return Reply(b"", "rst")


def half_a_head(body: bytes) -> Reply:
    return Reply(b"HTTP/1.1 200 OK\r\nContent-Le", "close")


def stall(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP, length(body)) + body[:len(body) // 2])


def unframed_reset(body: bytes) -> Reply:
    return Reply(head("200 OK", KEEP) + body[:-1], "rst")


TRUTHS: List[Callable[[bytes], Reply]] = [by_length, by_chunks, after_interim, and_close]
LIES: List[Callable[[bytes], Reply]] = [
    with_more, with_another_answer, not_modified_with_body, too_short, cut_by_length,
    reset_by_length, without_last_chunk, reset_in_chunks, bad_chunk, two_lengths, both_framings,
    bare_control, split_field, negative_length, wrong_protocol, upgrade_unasked, interim_flood,
    endless_head, no_answer, no_answer_but_reset, half_a_head, unframed_reset]


def unframed(body: bytes, chance: random.Random) -> Reply:
    """Ends with the connection, whole or not: HTTP cannot tell."""
    return Reply(head("200 OK", KEEP) + body[:chance.choice((len(body), len(body) // 2))], "close")


class Liar:
    """`answer` for wire.Origin."""

    def __init__(self, seed: int, lies: float = 0.4, stalls: float = 0.002) -> None:
        self.chance, self.lies, self.stalls = random.Random(seed), lies, stalls
        self.told = 0  # lies

    def answer(self, request: Request) -> Reply:
        # Of its own, since requests come in any order; the seed still decides how much is told.
        chance = random.Random(self.chance.getrandbits(64))
        told = chance.random() < self.lies
        self.told += told
        if told and chance.random() < 0.05:
            return unframed(sealed(request.target, request.serial, UNFRAMED, chance), chance)
        body = sealed(request.target, request.serial, FRAMED, chance)
        if request.method == "HEAD":
            extra = LIE if told else b""
            return Reply(head("200 OK", KEEP, length(body)) + extra)
        if not told:
            return chance.choice(TRUTHS)(body)
        if chance.random() < self.stalls / self.lies:
            return stall(body)
        return chance.choice(LIES)(body)
