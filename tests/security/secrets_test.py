"""Secrets are never written: not to the log at its most talkative, not to the access log, not by
any command, not in what the operators' listener shows."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from proxy import BINARY, CACHED, Proxy
from redis_store import Redis
from wire import Origin, ask, eventually, reply

PASSWORD = "s3cret-password-of-redis"
TOKEN = "s3cret-token-of-operators"
CLIENT = "s3cret-of-a-client"
SENTINEL = "s3cret-password-of-sentinel"
SECRETS = (PASSWORD, TOKEN, CLIENT, SENTINEL)


class Secrets(unittest.TestCase):
    def assert_silent(self, text: str) -> None:
        for secret in SECRETS:
            # Not even a part of it.
            for part in (secret, secret[:12], secret[-12:]):
                self.assertNotIn(part, text)

    def test_while_it_runs(self) -> None:
        """With the right password, with a wrong one, and where nobody answers."""
        redis = self.enterContext(Redis())
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wf-secrets-"))
        admin = str(Path(folder) / "admin.sock")
        place = f"127.0.0.1:{redis.listen()}/0"
        urls = [f"redis://:{PASSWORD}@{place}", f"redis://:{CLIENT}@{place}",
                f"redis://{CLIENT}:{PASSWORD}@{place}", f"redis://:{PASSWORD}@127.0.0.1:1/0",
                f"redis+sentinel://:{PASSWORD}@127.0.0.1:1/m"]
        redis.ask("CONFIG", "SET", "requirepass", PASSWORD)
        for url in urls:
            sentinel = f", sentinel: {{password: {SENTINEL}}}" if "sentinel" in url else ""
            with self.subTest(url=url):
                top = (f"admin: {{address: \"unix:{admin}\", token: {TOKEN}}}\n"
                       f"store: {{redis: {{url: \"{url}\"{sentinel}}}}}")
                origin = self.enterContext(Origin(lambda r: reply()))
                with Proxy(origin, CACHED, top, level="trace") as proxy:
                    for path in ("/a", "/b?x=1", "/a"):
                        fields = (f"Authorization: Bearer {CLIENT}\r\nCookie: sid={CLIENT}\r\n"
                                  f"X-Api-Key: {CLIENT}")
                        self.assertEqual(ask(proxy.port, path, fields).status, 200)
                    ask(proxy.port, "/c", f"Bad Field: {CLIENT}")
                    shown = [self.operators(admin, path, token) for path in
                             ("/health", "/metrics", "/purge", "/explain?url=http://a/b")
                             for token in (TOKEN, TOKEN[:-1])]
                    self.assert_silent("".join(shown))
                    self.assert_silent("\n".join(proxy.log(4)))
                    self.assertTrue(eventually(lambda: "redis" in proxy.said()))
                    said = proxy.said()
                    self.assertIn("rights:", said)
                    self.assert_silent(said)

    @staticmethod
    def operators(path: str, target: str, token: str) -> str:
        done = subprocess.run(
            ["/usr/bin/curl", "-s", "--max-time", "10", "--unix-socket", path, "-H",
             f"Authorization: Bearer {token}", f"http://admin{target}"],
            capture_output=True, text=True, check=False)
        return done.stdout

    def test_what_commands_say(self) -> None:
        """`check` of a right file and of wrong ones whose mistake stands in a secret."""
        right = (f"admin: {{token: {TOKEN}}}\n"
                 f"store: {{redis: {{url: \"redis+sentinel://:{PASSWORD}@h/m/0\", "
                 f"sentinel: {{password: {SENTINEL}}}}}}}\n"
                 "upstreams: {api: {servers: [\"http://127.0.0.1:1\"]}}\n"
                 "routes: [{name: all, match: '/**', upstream: api}]\n")
        wrong = [right.replace(TOKEN, f"\"{TOKEN} ä\""), right.replace("@h/m/0", "@h/m/0/x"),
                 right.replace("redis+", "reddis+"), right.replace("@h/", "@h:99999/"),
                 right.replace("redis+sentinel", "unix"), right.replace("@h", "/h"),
                 right.replace("routes", "rutes"), right.replace(f"{{token: {TOKEN}}}", TOKEN)]
        for text in [right, *wrong]:
            with tempfile.TemporaryDirectory(prefix="wf-secrets-") as folder:
                file = Path(folder) / "proxy.yaml"
                file.write_text(text)
                for command in (["check", str(file)],
                                ["explain", "--config", str(file), "GET", "http://a/b"]):
                    done = subprocess.run([BINARY, *command], capture_output=True, text=True,
                                          check=False, timeout=30, stdin=subprocess.DEVNULL)
                    self.assert_silent(done.stdout + done.stderr)
                    self.assertTrue(done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
