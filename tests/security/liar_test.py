"""FM-22 to FM-27 at random: an origin that lies, many clients, and not one wrong or cut 200.

WARMFRONT_LIAR_EXCHANGES says how many exchanges (3,000; 100,000 is what the promise is about),
WARMFRONT_LIAR_SEED from where chance begins.
"""

import os
import random
import threading
import unittest
from collections import Counter

from liar import LIE, UNFRAMED, Liar, is_sound
from proxy import Proxy
from wire import Answer, Client, Origin

EXCHANGES = int(os.environ.get("WARMFRONT_LIAR_EXCHANGES", "3000"))
SEED = int(os.environ.get("WARMFRONT_LIAR_SEED", "1"))
CLIENTS = 8
ROUTES = """{name: passed, match: '/passed/**', upstream: api},
  {name: all, match: '/**', upstream: api, cache: {grace: 5s, stale_if_error: 0s}}"""
# So that what stalls does not take up the test's time.
UPSTREAM = ", response_timeout: 2s, read_timeout: 300ms, max_connections: 64"


class Asker(threading.Thread):
    """One client after another: a connection is used as long as its answers are whole."""

    def __init__(self, port: int, number: int, exchanges: int) -> None:
        super().__init__(daemon=True)
        self.port, self.left = port, exchanges
        self.chance = random.Random(SEED * 1000 + number)
        self.seen, self.wrong = Counter(), []

    def run(self) -> None:
        while self.left > 0:
            with Client(self.port) as client:
                while self.left > 0 and self.ask(client):
                    pass

    def ask(self, client: Client) -> bool:
        self.left -= 1
        method = self.chance.choices(("GET", "HEAD", "POST"), (90, 5, 5))[0]
        target = f"/{self.chance.choice(('passed', 'kept'))}/{self.chance.randrange(300)}"
        answer = client.ask(target, method=method, body=b"x" * 10 if method == "POST" else b"")
        self.judge(method, target, answer)
        return answer.whole and answer.get("Connection") != "close"

    def judge(self, method: str, target: str, answer: Answer) -> None:
        self.seen[answer.status if answer.whole else "cut"] += 1
        self.seen["hits"] += answer.hit
        wrong = LIE in answer.body
        if answer.status == 200 and method != "HEAD":
            unframed = answer.body.startswith(UNFRAMED)
            unsound = answer.whole and not unframed and not is_sound(target, answer.body)
            # Where the origin's end was taken for the body's, that was all there is to know; what
            # may not happen is that it is kept.
            kept = answer.hit and (unframed or not answer.whole)
            wrong = wrong or unsound or kept
        if wrong:
            self.wrong.append((method, target, answer))


class LyingOrigin(unittest.TestCase):
    def test_no_wrong_and_no_truncated_200(self) -> None:
        liar = Liar(SEED)
        with Origin(liar.answer) as origin, Proxy(origin, ROUTES, upstream=UPSTREAM) as proxy:
            askers = [Asker(proxy.port, number, EXCHANGES // CLIENTS) for number in range(CLIENTS)]
            for asker in askers:
                asker.start()
            for asker in askers:
                asker.join()
            alive = proxy.process.poll() is None
        seen = sum((asker.seen for asker in askers), Counter())
        wrong = [one for asker in askers for one in asker.wrong]
        print(f"\nlying origin: {EXCHANGES} exchanges, seed {SEED}: asked {len(origin.requests)} "
              f"times, lied {liar.told} times; clients saw "
              + ", ".join(f"{what}: {count}" for what, count in sorted(seen.items(), key=str))
              + f"; wrong: {len(wrong)}", flush=True)
        self.assertEqual([(m, t, a.status, a.whole, a.hit, a.body[:80]) for m, t, a in wrong[:5]],
                         [])
        self.assertTrue(alive, "the proxy has ended")
        self.assertGreater(seen[200], EXCHANGES // 3)
        self.assertGreater(seen["hits"], EXCHANGES // 20)
        self.assertGreater(seen["cut"], 0)
        self.assertGreater(seen[502], 0)


if __name__ == "__main__":
    unittest.main()
