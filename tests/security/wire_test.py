"""SEC-22, SEC-24, SEC-26, SEC-27 and SEC-28: sizes, splits, settings and logs."""

import json
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

from proxy import BINARY, CACHED, PASSED, Proxy
from wire import Client, Origin, Reply, Request, ask, eventually, reply

MIB = 1 << 20


class Wire(unittest.TestCase):
    def start(self, answer, routes: str = CACHED, top: str = "") -> int:
        self.origin = self.enterContext(Origin(answer))
        self.proxy = self.enterContext(Proxy(self.origin, routes, top))
        return self.proxy.port

    def test_sec_22_a_part_is_never_the_whole(self) -> None:
        body = bytes(range(256)) * 4

        def ranged(request: Request) -> Reply:
            said = request.get("Range")
            if not said:
                return reply(fields="ETag: \"v1\"", body=body)
            return reply(206, f"ETag: \"v1\"\r\nContent-Range: bytes 0-9/{len(body)}", body[:10])
        port = self.start(ranged)
        ask(port, "/a", "Range: bytes=0-9")
        answer = ask(port, "/a")
        self.assertEqual((answer.status, answer.body), (200, body))

    def test_sec_22_many_ranges_do_not_amplify(self) -> None:
        body = b"x" * 100_000
        port = self.start(lambda r: reply(body=body))
        self.assertEqual(ask(port, "/a").status, 200)
        for ranges in (["0-"] * 9, ["0-99999"] * 100, [f"{i}-" for i in range(1000)]):
            answer = ask(port, "/a", "Range: bytes=" + ",".join(ranges))
            self.assertIn(answer.status, (200, 206, 416))
            self.assertLess(len(answer.body), len(body) + 10_000)

    def test_sec_24_response_splitting(self) -> None:
        evil = {"/nul": b"X: a\0b", "/cr": b"X: a\rSet-Cookie: evil=1", "/bel": b"X: a\x07",
                "/lf": b"X: a\nSet-Cookie: evil=1", "/fold": b"X: a\r\n evil",
                "/name": b"X\x01: a", "/del": b"X: a\x7f"}
        port = self.start(lambda r: Reply(
            b"HTTP/1.1 200 OK\r\n" + evil[r.path] + b"\r\nContent-Length: 2\r\n\r\nok")
            if r.path in evil else reply())
        for path in evil:
            answer = ask(port, path)
            self.assertEqual(answer.status, 502, path)
            self.assertEqual(answer.get("Set-Cookie"), "")

    def test_sec_24_location_goes_through_whole(self) -> None:
        port = self.start(lambda r: reply(302, "Location: /a?b=%0d%0aSet-Cookie:%20evil=1"))
        answer = ask(port, "/x")
        self.assertEqual(answer.get("Location"), "/a?b=%0d%0aSet-Cookie:%20evil=1")
        self.assertEqual(answer.get("Set-Cookie"), "")

    def test_sec_26_a_body_that_is_too_large_is_not_kept(self) -> None:
        size = 48 * MIB
        # Announced, and not: the second is found out on the way.
        head = {"/length": b"Content-Length: %d\r\n\r\n" % size, "/close": b"\r\n"}

        def bomb(request: Request) -> Reply:
            pieces = [b"HTTP/1.1 200 OK\r\n" + head[request.path]] + [b"x" * MIB] * 48
            return Reply(b"", "close", pieces)
        port = self.start(bomb, top="store: {memory: {size: 64MiB}, max_object_size: 1MiB}")
        ask(port, "/length")
        before = self.proxy.memory()
        for path in head:
            for _ in range(2):
                with Client(port) as client:
                    client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                    got = 0
                    while part := client.socket.recv(MIB):
                        got += len(part)
                        if got >= size:
                            break
                self.assertGreaterEqual(got, size)
        self.assertLess(self.proxy.memory() - before, 24 * MIB)
        self.assertEqual(len(self.origin.requests), 5)  # nothing was kept

    def test_sec_26_memory_is_bounded_by_bytes(self) -> None:
        port = self.start(lambda r: reply(body=b"x" * MIB),
                          top="store: {memory: {size: 16MiB}}")
        with Client(port) as client:
            for number in range(16):
                client.ask(f"/warm-{number}")
            before = self.proxy.memory()
            for number in range(60):
                self.assertEqual(client.ask(f"/{number}").status, 200)
        self.assertLess(self.proxy.memory() - before, 24 * MIB)

    def test_sec_27_configuration_is_data(self) -> None:
        laughs = "\n".join(["a0: &a0 [x, x]"] + [
            f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 20)])
        hostile = {"a tag": "via: !!python/object/apply:os.system ['touch /tmp/x']\n",
                   "anchors": laughs, "a huge file": "# " + "x" * (2 << 20) + "\n",
                   "depth": "[" * 100_000, "no text": "\0\1\2", "an unknown key": "vai: x\n",
                   "nothing": ""}
        for name, text in hostile.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "bad.yaml"
                path.write_text(text)
                done = subprocess.run([BINARY, "check", str(path)], capture_output=True, timeout=20,
                                      check=False)
                self.assertEqual(done.returncode, 2, done.stderr[:200])

    def test_sec_28_one_request_is_one_line(self) -> None:
        port = self.start(lambda r: reply(), PASSED)
        chance = random.Random(28)
        for number in range(300):
            odd = bytes(b for b in chance.randbytes(30) if b not in b"\r\n").decode("latin-1")
            target = chance.choice([f"/a?{number}", f"/{odd}", "/a%0a%0d%1b[2J", "/\"quoted\"",
                                    "/a?\\u000a", f"/{odd}%"])
            host = chance.choice(["a", odd, "a\"b", "a\\n", "\x1b[31m"])
            ask(port, target, f"Host: {host}\r\nUser-Agent: {odd}\x1b[2J")
        lines = self.proxy.log(300)
        self.assertTrue(eventually(lambda: len(self.proxy.log(300)) == 300))
        for line in lines:
            self.assertTrue(line.isascii() and line.isprintable(), line)
            self.assertIn("status", json.loads(line))


if __name__ == "__main__":
    unittest.main()
