"""SEC-09, SEC-10, SEC-12, SEC-13 and SEC-25: what is one client's own stays that client's."""

import random
import re
import unittest

from proxy import CACHED, Proxy
from wire import Client, Origin, Reply, Request, ask, reply


class Privacy(unittest.TestCase):
    def start(self, answer, routes: str = CACHED, top: str = "") -> int:
        self.origin = self.enterContext(Origin(answer))
        self.proxy = self.enterContext(Proxy(self.origin, routes, top))
        return self.proxy.port

    def test_sec_09_two_users_and_a_thousand_pages(self) -> None:
        """User B never gets a byte that was made for user A."""
        chance = random.Random(9)
        directives = ["", "private", "no-store", "no-cache", "max-age=60", "private, max-age=60",
                      "no-cache, max-age=60", 'private="set-cookie", max-age=60']
        fields = {}

        def page(request: Request) -> Reply:
            user = request.get("Authorization") or request.get("Cookie") or "nobody"
            said, cookie = fields[request.path]
            lines = [f"Cache-Control: {said}"] if said else []
            lines += [f"Set-Cookie: sid={user}"] if cookie else []
            shared = not cookie and "private" not in said and "no-" not in said and user == "nobody"
            return reply(fields="\r\n".join(lines),
                         body=(f"for {'all' if shared else user}").encode())
        port = self.start(page)
        with Client(port) as a, Client(port) as b:
            for number in range(1000):
                path = f"/page-{number}"
                fields[path] = (chance.choice(directives), chance.random() < 0.3)
                by = chance.choice(["Authorization: Bearer alice", "Cookie: alice"])
                a.ask(path, by)
                other = chance.choice(["", "Authorization: Bearer bob", "Cookie: bob"])
                answer = b.ask(path, other)
                self.assertNotIn(b"alice", answer.body, (path, fields[path], by, other))
                self.assertNotIn("alice", answer.get("Set-Cookie"))

    def test_sec_10_cookies(self) -> None:
        rules = {"bypass": "bypass", "ignore": "ignore", "key": "{key: [currency]}"}
        routes = ", ".join(f"{{name: {name}, match: '/{name}', upstream: api, "
                           f"cache: {{ttl: 1m, cookies: {rule}}}}}" for name, rule in rules.items())
        port = self.start(lambda r: reply(body=f"saw {r.get('Cookie')}".encode()), routes)
        for name in rules:
            ask(port, f"/{name}", "Cookie: sid=alice; currency=eur")
            for other in ("", "Cookie: sid=bob; currency=eur", "Cookie: currency=eur"):
                self.assertNotIn(b"alice", ask(port, f"/{name}", other).body, name)
        self.assertEqual(ask(port, "/key", "Cookie: a=b; currency=usd").body, b"saw currency=usd")

    def test_sec_12_nobody_purges_from_outside(self) -> None:
        """The purge API itself has its own tests, beside those of the admin listener."""
        port = self.start(lambda r: reply())
        ask(port, "/a")
        for line in ("", "Authorization: Bearer x", "X-Purge: 1", "Cache-Tag: all"):
            self.assertIn(ask(port, "/a", line, method="PURGE").status, (403, 405, 501))
            self.assertTrue(ask(port, "/a").hit)

    def test_sec_13_no_invalidation_across_origins(self) -> None:
        locations = []

        def origin(request: Request) -> Reply:
            if request.method == "GET":
                return reply()
            return reply(200, f"Location: {locations[-1]}\r\nContent-Location: {locations[-1]}")
        port = self.start(origin)
        for location in ("http://b.example/x", "//b.example/x", "http://b.example:80/x",
                         "https://a.example/x", "http://a.example:8080/x", "http://b.example@/x",
                         "http://a.example@b.example/x", "http:\\\\b.example/x"):
            locations.append(location)
            for host in ("a.example", "b.example"):
                ask(port, "/x", f"Host: {host}")
            self.assertEqual(ask(port, "/put", method="PUT", body=b"x").status, 200)
            self.assertTrue(ask(port, "/x", "Host: b.example").hit, location)
            self.assertTrue(ask(port, "/x", "Host: a.example").hit, location)
        locations.append("http://A.example:80/x")
        ask(port, "/put", method="PUT", body=b"x")
        self.assertFalse(ask(port, "/x").hit)  # its own origin, in other words

    def test_sec_25_what_cache_status_tells(self) -> None:
        for detail, forbidden in (("off", "cache-status"), ("brief", "(key|detail|ttl)=")):
            port = self.start(lambda r: reply(), top=f"cache_status: {detail}")
            for target in ("/a", "/a", "/b?secret=1"):
                answer = ask(port, target)
                told = "\n".join(f"{n.lower()}: {v}" for n, v in answer.fields)
                self.assertIsNone(re.search(forbidden, told), told)


if __name__ == "__main__":
    unittest.main()
