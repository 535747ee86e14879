"""Every hostile request of the catalogue, in three deliveries, against the running proxy.

Behind each stands a canary; beside it a victim uses the same pooled connections to the origin.
"""

import re
import time
import unittest
from typing import List

import promise
from catalogue import DELIVERIES, deliver, entries
from proxy import PASSED, Proxy
from second_opinion import Parsers
from victim import Victim
from wire import Client, Origin, Request, answers, read_to_end, text

LIMITS = "limits: {header_timeout: 700ms, body_timeout: 700ms, idle_timeout: 700ms, body: 1GiB}"


def word(entry: dict, status: int) -> str:
    """What the catalogue calls an answer with that status."""
    if status == 0:
        return "400-close"
    if status < 400:
        return "accept" if "accept" in entry["allowed"] else "normalise"
    return "400-close" if status == 400 else str(status)


class HostileRequests(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.origin = self.enterContext(Origin())
        self.proxy = self.enterContext(Proxy(self.origin, PASSED, LIMITS))
        self.victim = Victim(self.proxy.port)
        self.victim.start()
        self.addCleanup(self.victim.stop)

    def say(self, data: bytes, delivery: str) -> bytes:
        """All that comes back until the end."""
        with Client(self.proxy.port) as client:
            for piece in deliver(data, delivery):
                if not client.send(piece):
                    break
            client.said_all()
            return read_to_end(client.socket)

    def check(self, entry: dict, delivery: str, number: int) -> None:
        canary = f"/canary-{delivery}-{number}"
        behind = text(canary, "Connection: close")
        got = [a.status for a in answers(self.say(entry["bytes"] + behind, delivery))]
        status = got[0] if got else 0
        self.assertIn(word(entry, status), entry["allowed"], got)
        if 0 < status < 400:
            return
        self.assertLessEqual(len(got), 1)
        self.assertEqual(self.origin.count(canary), 0)

    def test_catalogue_with_canary_and_victim(self) -> None:
        for delivery in DELIVERIES:
            for number, entry in enumerate(entries("bad_requests")):
                with self.subTest(entry["id"], delivery=delivery):
                    self.check(entry, delivery, number)
        self.victim.stop()
        self.assertEqual(self.victim.wrong, [])
        self.assertGreater(self.victim.asked, 100)
        self.assertEqual(self.origin.broken, [])

    def test_the_connection_ends_within_a_second(self) -> None:
        for entry in entries("bad_requests"):
            if entry["expect"] != "400-close" or "408" in entry["allowed"]:
                continue
            with self.subTest(entry["id"]), Client(self.proxy.port) as client:
                client.send(entry["bytes"] + text("/canary"))
                began = time.monotonic()
                read_to_end(client.socket)
                # The client's end, which we keep open, does not keep the connection.
                self.assertLess(time.monotonic() - began, 1.0)

    def test_byte_sweep_around_transfer_encoding(self) -> None:
        """Every byte before the name, before the colon, before the value and after it.

        The canary is behind the body for whoever takes the coding for chunked where we do not, and
        the other way round: it is never a request to us, so it must never be one to the origin.
        """
        places = (b"%cTransfer-Encoding: chunked", b"Transfer-Encoding%c: chunked",
                  b"Transfer-Encoding: %cchunked", b"Transfer-Encoding: chunked%c")
        chunked = 0
        for line in (place % byte for place in places for byte in range(256)):
            with self.subTest(line):
                self.sweep(line, self.inside)
                chunked += self.sweep(line, self.behind)[0] == 200
        self.assertEqual(sum(request.path.startswith("/canary") for request in
                             self.origin.requests), 0)
        self.assertGreater(chunked, 4)
        self.victim.stop()
        self.assertEqual(self.victim.wrong, [])
        self.assertEqual(self.origin.broken, [])

    @staticmethod
    def inside(canary: bytes) -> bytes:
        """Of the body, for who goes by the length; its own for who sees a last chunk."""
        body = b"0\r\n\r\n" + canary
        return b"Content-Length: %d\r\n\r\n" % len(body) + body

    @staticmethod
    def behind(canary: bytes) -> bytes:
        """Of the chunked body; a request of its own for who sees no body."""
        return b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(canary), canary)

    def sweep(self, line: bytes, rest) -> List[int]:
        data = b"POST /sweep HTTP/1.1\r\nHost: a.example\r\n" + line + b"\r\n"
        data += rest(text("/canary", "Connection: close"))
        got = [answer.status for answer in answers(self.say(data, "whole"))]
        name, _, value = line.partition(b":")
        token = re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
        unknown = token and name != b"Transfer-Encoding"
        framed = name == b"Transfer-Encoding" and value.strip(b" \t") == b"chunked"
        passes = unknown or (framed and rest == self.behind)
        self.assertIn(got[0], (200,) if passes else (400, 501), got)
        self.assertLessEqual(len(got), 2 if unknown and rest == self.behind else 1)
        return got


class Forwarding(unittest.TestCase):
    """What is accepted goes on as the rules promise, byte by byte, and is read alike by others."""
    maxDiff = None

    ALSO = (
        text("/a/./b/../c?x=/../y",
             "X: \t v \t\r\nx-empty:\r\nConnection: X-Gone, close\r\nX-Gone: 1"),
        text("/a", "Host: A.Example.:0080\r\nX_Y: dropped\r\nX-Forwarded-Server: a\r\nVia: 1.0 b"),
        text("http://a.example:80", "Host: a.EXAMPLE\r\nAccept: */*\r\nTE: trailers\r\nTrailer: x"),
        text("/a", "Content-Length: 0005\r\nX: \xe9\xff", "PUT").rstrip() + b"\r\n\r\nhello",
        text("/a", "Transfer-Encoding: chunked\r\nExpect: 100-continue", "PATCH")
        + b"2;a=\"b;c\"\r\nhe\r\n03\r\nllo\r\n0\r\nX: y\r\n\r\n",
        b"OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"GET /%e2%82%ac?%00&a=%2f HTTP/1.0\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\n\r\n",
    )

    def test_byte_by_byte_and_by_two_other_parsers(self) -> None:
        origin = self.enterContext(Origin())
        proxy = self.enterContext(Proxy(origin, PASSED, LIMITS))
        parsers = self.enterContext(Parsers())
        accepted = [e["bytes"] for e in entries("bad_requests")
                    if {"accept", "normalise"} & e["allowed"] and not e.get("pipelined")]
        checked = 0
        for data in [*accepted, *self.ALSO]:
            before = len(origin.requests)
            with Client(proxy.port) as client:
                client.send(data)
                answer = client.read()
            if answer.status >= 400 or answer.status == 0:
                continue
            with self.subTest(data[:80]):
                self.assertTrue(origin.wait_for(before + 1))
                seen = origin.requests[before]
                head, _, _ = seen.raw.partition(b"\r\n\r\n")
                self.assertEqual(head + b"\r\n\r\n", promise.forwarded_head(data))
                self.agree(parsers, seen)
                checked += 1
        self.assertGreater(checked, 30)
        self.assertEqual(origin.broken, [])

    def agree(self, parsers: Parsers, seen: Request) -> None:
        ours = {"method": seen.method, "target": seen.target, "body": seen.body,
                "fields": [(n.lower(), v) for n, v in seen.fields], "rest": b""}
        for name, read in parsers.read(seen.raw).items():
            self.assertEqual(read, ours, name)


if __name__ == "__main__":
    unittest.main()
