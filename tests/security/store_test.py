"""SEC-11, SEC-14 to SEC-17, SEC-19: what lies in memory and in Redis.

SEC-18, SEC-20 and SEC-21 are told by tests/unit/cache/redis_lock_test.cpp,
tests/walk/purge_test.cpp and the model of the protocol.
"""

import os
import random
import re
import unittest

from proxy import CACHED, Proxy
from redis_store import Redis
from wire import Client, Origin, Request, ask, eventually, reply

MUTATIONS = 10_000
VARIANTS = int(os.environ.get("WARMFRONT_VARIANTS", "300"))
KEYS = 100


class Store(unittest.TestCase):
    def start(self, answer=None, routes: str = CACHED, more: str = "") -> int:
        self.origin = self.enterContext(Origin(answer) if answer else Origin())
        self.redis = self.enterContext(Redis())
        self.proxy = self.enterContext(Proxy(self.origin, routes, self.redis.config(more)))
        return self.proxy.port

    def fill(self, client: Client, target: str):
        """Has it stored: the record is written behind the answer's back."""
        before = len(self.redis.records())
        answer = client.ask(target)
        self.assertTrue(eventually(lambda: len(self.redis.records()) > before))
        return answer

    def test_sec_11_what_vary_cannot_mean(self) -> None:
        answers = {"/star": "Vary: *", "/many": "Vary: " + ", ".join(f"X-{i}" for i in range(20)),
                   "/star-too": "Vary: Accept\r\nVary: X, *", "/no-token": "Vary: a b"}
        port = self.start(lambda r: reply(fields=answers[r.path]))
        for path in answers:
            self.assertFalse(ask(port, path).hit)
            self.assertFalse(ask(port, path).hit, path)

    def explode(self, port: int, variants: int) -> None:
        """One URL in so many languages, then the last of them and the first again."""
        def language(number: int) -> str:
            letters = chr(97 + number // 26 % 26) + chr(97 + number % 26)
            return f"Accept-Language: {letters}-x{number}"

        with Client(port) as client:
            for number in range(variants):
                self.assertFalse(client.ask("/page", language(number)).hit)
            last = [(language(number), client.ask("/page", language(number)))
                    for number in range(variants - 14, variants)]
            for said, answer in last:
                self.assertIn(said.encode(), answer.body)
            # Records are stored behind the answer's back: neighbours may change places.
            self.assertGreaterEqual(sum(answer.hit for _, answer in last), 12)
            self.assertFalse(client.ask("/page", language(0)).hit)

    @staticmethod
    def many_tongued(request: Request):
        return reply(fields="Vary: Accept-Language",
                     body=f"Accept-Language: {request.get('Accept-Language')}".encode())

    def test_sec_11_one_url_has_so_many_variants_in_redis(self) -> None:
        port = self.start(self.many_tongued)
        self.explode(port, VARIANTS)
        stored = [key for key in self.redis.keys() if b":v:" in key]
        self.assertLessEqual(len(stored), 16)
        self.assertLessEqual(len(self.redis.keys()), 16 + 40)  # and what belongs to the fleet
        self.assertFalse([key for key in self.redis.keys() if self.redis.ask("PTTL", key) < 0
                          and not key.startswith(b"{wf}")])

    def test_sec_11_and_in_memory(self) -> None:
        self.origin = self.enterContext(Origin(self.many_tongued))
        self.proxy = self.enterContext(Proxy(self.origin))
        self.explode(self.proxy.port, VARIANTS)

    def test_sec_14_writes_to_one_url_disturb_no_other(self) -> None:
        port = self.start()
        with Client(port) as reader, Client(port) as writer:
            for number in range(20):
                self.fill(reader, f"/other-{number}")
            hits = 0
            for number in range(1000):
                self.assertEqual(writer.ask("/hot", method="POST", body=b"x").status, 200)
                hits += reader.ask(f"/other-{number % 20}").hit
        self.assertEqual(hits, 1000)

    def test_sec_15_keys_are_of_our_making(self) -> None:
        port = self.start()
        chance = random.Random(15)
        bytes_of_uris = "abcXYZ019-._~!$&'()*+,;=:@/?"
        with Client(port) as client:
            for number in range(300):
                path = "".join(chance.choices(bytes_of_uris, k=chance.randint(0, 400)))
                odd = "".join(f"%{byte:02x}" for byte in chance.randbytes(chance.randint(0, 20)))
                host = chance.choice(["a", "a.example", "[::1]", "x_y", "1.2.3.4:1", "{wf}", "a}{"])
                answer = client.ask(f"/{path}?{odd}", f"Host: {host}")
                if answer.status == 0 or answer.get("Connection") == "close":
                    client.socket.close()
                    client.__init__(port)
        self.assertTrue(eventually(lambda: len(self.redis.records()) > 50))
        for key in self.redis.keys():
            self.assertRegex(key.decode("ascii"), r"^[a-z0-9:{}_-]{1,96}$")

    def test_sec_16_a_record_of_another_url_is_a_miss(self) -> None:
        port = self.start()
        with Client(port) as client:
            self.fill(client, "/mine")
            mine = self.redis.records()[0]
            self.fill(client, "/theirs")
            theirs = next(key for key in self.redis.records() if key != mine)
            self.redis.ask("SET", mine, self.redis.ask("GET", theirs), "PX", "60000")
            answer = client.ask("/mine")
            self.assertFalse(answer.hit)
            self.assertIn(b"/mine ", answer.body)

    def test_sec_17_no_two_targets_are_one_key(self) -> None:
        port = self.start(lambda r: reply(body=f"{r.get('Host')}|{r.target}".encode()))
        pairs = [("a", "/b/c"), ("a", "/b?c"), ("a", "/b%3fc"), ("a", "/b?c="), ("a", "/b"),
                 ("a", "/b?"), ("a.b", "/c"), ("a", "/.b/c"), ("a:8080", "/b"), ("a", "/8080/b"),
                 ("a", "/b//c"), ("a", "/B/c"), ("a", "/b/c/"), ("a", "/b;c"), ("a", "/b&c"),
                 ("a", "/b?c&d"), ("a", "/b?c%26d"), ("a", "/b?d=c"), ("[::1]", "/b")]
        with Client(port) as client:
            for _ in range(2):
                for host, target in pairs:
                    answer = client.ask(target, f"Host: {host}")
                    self.assertEqual(answer.body.decode(), f"{host}|{target}")
        self.assertEqual(len(self.origin.requests), len(pairs))

    def mutate(self, chance: random.Random, value: bytes, other: bytes) -> bytes:
        """Bits flipped, bytes changed, a length blown up, cut short, grown, or two spliced."""
        data = bytearray(value)
        kind, at = chance.randrange(6), chance.randrange(len(data))
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at:at + 4] = chance.randbytes(4)
        elif kind == 2:
            data[at:at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\0\0\0\x20"])
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data += chance.randbytes(chance.randint(1, 64))
        else:
            data[at:] = other[chance.randrange(len(other)):]
        return bytes(data)

    def test_sec_19_records_mutated_at_random(self) -> None:
        port = self.start(lambda r: reply(fields=f"X-Path: {r.path}", body=r.path.encode() * 9))
        chance = random.Random(19)
        with Client(port) as client:
            sound = {}
            for number in range(KEYS):
                before = set(self.redis.records())
                self.fill(client, f"/record-{number}")
                key = (set(self.redis.records()) - before).pop()
                sound[key] = (f"/record-{number}", self.redis.ask("GET", key))
            keys = list(sound)
            for _ in range(MUTATIONS):
                key, other = chance.choice(keys), chance.choice(keys)
                path, value = sound[key]
                value = self.mutate(chance, value, sound[other][1])
                self.redis.ask("SET", key, value, "PX", "60000")
                answer = client.ask(path)
                self.assertEqual((answer.status, answer.get("X-Path")), (200, path))
                self.assertEqual(answer.body, path.encode() * 9)
        self.assertGreater(len(self.origin.requests), MUTATIONS // 2)
        self.assertIsNone(self.proxy.process.poll())

    def test_sec_19_values_of_another_kind(self) -> None:
        port = self.start()
        with Client(port) as client:
            self.fill(client, "/a")
            key = self.redis.records()[0]
            wrong = [("RPUSH", key, "x"), ("HSET", key, "a", "b"), ("SADD", key, "x"),
                     ("SET", key, ""), ("SET", key, "x" * 10_000_000)]
            for command in wrong:
                self.redis.ask("DEL", key)
                self.redis.ask(*command)
                answer = client.ask("/a")
                self.assertEqual(answer.status, 200, command[0])
                self.assertFalse(answer.hit)
            self.assertLess(self.proxy.memory(), 200 << 20)


if __name__ == "__main__":
    unittest.main()
