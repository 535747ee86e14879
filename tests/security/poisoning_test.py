"""SEC-01 to SEC-08 and SEC-23: one client must not choose what another is answered."""

import random
import unittest

from proxy import CACHED, Proxy
from wire import Client, Origin, Reply, Request, ask, reply

HEADERS = """X-Forwarded-Host X-Forwarded-Scheme X-Forwarded-Proto X-Forwarded-Port X-Forwarded-For
X-Forwarded-Server X-Forwarded-Prefix X-Forwarded-Path X-Forwarded-Ssl X-Forwarded-Url X-Forwarded
X-Host X-Host-Override X-Original-URL X-Original-URI X-Original-Host X-Rewrite-URL X-Rewrite-URI
X-Override-URL X-Proxy-URL X-Proxy-Host X-HTTP-Host-Override X-HTTP-Path-Override
X-HTTP-DestinationURL X-HTTP-Method X-HTTP-Method-Override X-Method-Override X-Client-IP X-Real-IP
X-Remote-IP X-Remote-Addr X-Originating-IP X-Cluster-Client-IP X-Scheme X-URL-Scheme X-Server-Name
X-Invoke-Path X-Backend-Host Forwarded Front-End-Https True-Client-IP CF-Connecting-IP
Fastly-Client-IP Client-IP Destination Base-Url Request-Uri X-Middleware-Subrequest""".split()


def reflect(request: Request) -> Reply:
    """An origin that believes everything it is told, and says nothing of Vary."""
    said = "\n".join(f"{name}: {value}" for name, value in request.fields)
    head = f"{request.method} {request.target}\n{said}\n"
    return reply(body=head.encode("latin-1") + request.body)


class Poisoning(unittest.TestCase):
    def start(self, answer=reflect, routes: str = CACHED, top: str = "") -> int:
        self.origin = self.enterContext(Origin(answer))
        self.proxy = self.enterContext(Proxy(self.origin, routes, top))
        return self.proxy.port

    def test_sec_01_unkeyed_headers(self) -> None:
        port = self.start()
        self.assertGreaterEqual(len(HEADERS), 40)
        with Client(port) as attacker, Client(port) as victim:
            for number, name in enumerate(HEADERS):
                with self.subTest(name):
                    target = f"/page-{number}"
                    attacker.ask(target, f"{name}: evil.example")
                    answer = victim.ask(target)
                    self.assertTrue(answer.hit)  # it is the attacker's answer that is shared
                    self.assertNotIn(b"evil", answer.body)

    def test_sec_01_what_connection_nominates_is_not_keyed(self) -> None:
        """A field that the origin never saw must not choose where its answer is stored."""
        keyed = ("{name: all, match: '/**', upstream: api, "
                 "cache: {ttl: 1m, key_headers: [X-Tenant]}}")
        port = self.start(lambda r: reply(body=f"tenant {r.get('X-Tenant')}".encode()), keyed)
        ask(port, "/a", "X-Tenant: b\r\nConnection: X-Tenant")
        self.assertEqual(ask(port, "/a", "X-Tenant: b").body, b"tenant b")

    def test_sec_01_nor_selected_by_vary(self) -> None:
        port = self.start(lambda r: reply(fields="Vary: X-Theme",
                                          body=f"theme {r.get('X-Theme')}".encode()))
        ask(port, "/a", "X-Theme: dark\r\nConnection: X-Theme")
        self.assertEqual(ask(port, "/a", "X-Theme: dark").body, b"theme dark")

    def test_sec_02_fat_get(self) -> None:
        allowed = ("{name: fat, match: '/fat', upstream: api, allow_get_body: true, "
                   "cache: {ttl: 1m}}")
        port = self.start(routes=f"{allowed}, {CACHED}")
        for method in ("GET", "HEAD", "DELETE"):
            self.assertEqual(ask(port, "/x?a=1", method=method, body=b"a=2").status, 400)
        self.assertEqual(self.origin.requests, [])
        self.assertTrue(ask(port, "/fat", body=b"a=evil").body.endswith(b"a=evil"))
        after = ask(port, "/fat")
        self.assertFalse(after.hit)
        self.assertNotIn(b"evil", after.body)
        self.assertFalse(ask(port, "/fat", body=b"a=evil").hit)

    def test_sec_03_parameter_cloaking(self) -> None:
        """What is not keyed is not sent: equal keys have sent equal queries."""
        rule = ("{name: all, match: '/**', upstream: api, cache: {ttl: 1m, "
                "query: {exclude: [utm_content]}}}")
        port = self.start(lambda r: reply(body=r.target.encode()), rule)
        chance = random.Random(3)
        parts = ["a=1", "a=2", "utm_content=x", "utm_content=x;callback=evil", "utm_content",
                 "utm%5fcontent=1", "a=1%26a=2", "callback=1", "b", "=", "", "utm_content%5b%5d=1"]
        with Client(port) as client:
            for _ in range(1000):
                query = "&".join(chance.choices(parts, k=chance.randint(1, 5)))
                kept = sorted((p for p in query.split("&") if p.partition("=")[0] != "utm_content"),
                              key=lambda p: p.partition("=")[0])
                sent = "/x" + ("?" + "&".join(kept) if "&".join(kept) or not query else "")
                # A hit has the body of the request that filled it, so this holds for both.
                self.assertEqual(client.ask(f"/x?{query}").body.decode(), sent, query)
        self.assertLess(len(self.origin.requests), 1000)

    def test_sec_04_method_override(self) -> None:
        def framework(request: Request) -> Reply:
            overrides = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
            used = any(request.get(name) for name in overrides)
            return reply(404 if used else 200, "Cache-Control: max-age=60")
        port = self.start(framework)
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            ask(port, f"/{name}", f"{name}: DELETE")
            self.assertEqual(ask(port, f"/{name}").status, 200)

    def test_sec_05_oversized_headers(self) -> None:
        port = self.start()
        self.assertEqual(ask(port, "/a", "X-Big: " + "a" * 9000).status, 431)
        self.assertEqual(self.origin.requests, [])
        self.assertEqual(ask(port, "/a").status, 200)

    def test_sec_06_meta_characters(self) -> None:
        port = self.start()
        for byte in (*range(9), *range(11, 13), *range(14, 32), 127):
            answer = ask(port, "/a", f"X-Meta: a{chr(byte)}b")
            self.assertEqual(answer.status, 400, byte)
        self.assertEqual(self.origin.requests, [])
        self.assertEqual(ask(port, "/a").status, 200)

    def test_sec_07_errors_that_a_request_provokes(self) -> None:
        def touchy(request: Request) -> Reply:
            provoked = request.get("X-Provoke")
            return reply(int(provoked)) if provoked else reply()
        port = self.start(touchy)
        with Client(port) as client:
            for status in (400, 401, 403, 405, 406, 407, 408, 411, 412, 413, 414, 415, 416, 417,
                           421, 422, 425, 428, 429, 431, 500, 501, 502, 503, 504):
                target = f"/error-{status}"
                self.assertEqual(client.ask(target, f"X-Provoke: {status}").status, status)
                self.assertEqual(client.ask(target).status, 200, status)

    def test_sec_08_deception_by_path(self) -> None:
        """No path makes a private page look like something to be kept."""
        routes = ("{name: static, match: '/static/**', upstream: api, "
                  "cache: {ttl: 1m, cookies: ignore}}, {name: rest, match: '/**', upstream: api, "
                  "cache: {}}")

        def page(request: Request) -> Reply:
            # An origin that sees its account page behind every disguise.
            return reply(body=f"account of {request.get('Cookie')}".encode())
        port = self.start(page, routes)
        forms = ["/account", "/account/x.css", "/account;x.css", "/account%3bx.css",
                 "/account%00.css", "/account%0a.css", "/account%23.css", "/account%3f.css",
                 "/account.css", "/account/.css", "/account//x.css", "/account/%2e%2e/static/x.css",
                 "/static/../account", "/static/..%2faccount", "/static/%2e%2e/account",
                 "/static/.%2e/account", "/static%2f..%2faccount", "/static/..%5caccount",
                 "/static/x/../../account", "//static/../account", "/./static/../account",
                 "/account?x.css", "/account?/static/x.css", "/static/..?/account",
                 "/account/static/x.css", "/account%2fstatic%2fx.css", "/STATIC/../account",
                 "/static/./../account", "/static/..//account", "/account/..%2fstatic/x.css",
                 "/static%00/account", "/account#/static/x.css"]
        for form in forms:
            with self.subTest(form), Client(port) as victim, Client(port) as attacker:
                victim.ask(form, "Cookie: sid=secret")
                self.assertNotIn(b"secret", attacker.ask(form).body)

    def test_sec_23_redirect_to_itself(self) -> None:
        def redirect(request: Request) -> Reply:
            if request.get("X-Forwarded-Proto") == "https" or request.get("X-Forwarded-Scheme"):
                return reply()
            location = f"http://{request.get('Host')}{request.path}"
            return reply(301, f"Cache-Control: max-age=60\r\nLocation: {location}")
        port = self.start(redirect)
        ask(port, "/a", "X-Forwarded-Scheme: http")
        self.assertFalse(ask(port, "/a").hit)


if __name__ == "__main__":
    unittest.main()
