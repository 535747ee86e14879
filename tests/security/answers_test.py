"""Every hostile answer of the catalogue, in three deliveries, through the running proxy.

A victim asks through the same pooled connections all the while: no answer may cross over.
"""

import unittest

from catalogue import DELIVERIES, deliver, entries
from proxy import Proxy
from victim import Victim
from wire import Answer, Client, Origin, Reply, Request, ask, echo

TIMES = ", response_timeout: 1s, read_timeout: 1s"
BY_THE_ORIGIN = "{name: all, match: '/**', upstream: api, cache: {}}"


class HostileAnswers(unittest.TestCase):
    def setUp(self) -> None:
        self.playing = {}  # path: the entry that its origin answers with, and how
        self.origin = self.enterContext(Origin(self.answer))
        self.proxy = self.enterContext(
            Proxy(self.origin, BY_THE_ORIGIN, upstream=TIMES, workers=1))
        self.victim = Victim(self.proxy.port)
        self.victim.start()
        self.addCleanup(self.victim.stop)

    def answer(self, request: Request) -> Reply:
        if request.path not in self.playing:
            return echo(request)
        entry, delivery = self.playing[request.path]
        return Reply(b"", entry["origin_end"], deliver(entry["bytes"], delivery))

    def test_catalogue(self) -> None:
        for delivery in DELIVERIES:
            for number, entry in enumerate(entries("bad_responses")):
                with self.subTest(entry["id"], delivery=delivery):
                    self.check(entry, delivery, f"/answer-{delivery}-{number}")
        self.victim.stop()
        self.assertEqual(self.victim.wrong, [])
        self.assertGreater(self.victim.asked, 100)

    def check(self, entry: dict, delivery: str, path: str) -> None:
        self.playing[path] = (entry, delivery)
        with Client(self.proxy.port) as client:
            first = client.ask(path, method=entry["req"])
            if first.whole and first.get("Connection") != "close":
                # What came behind the answer is nobody's: the next one is its own.
                after = client.ask(path + "/after")
                self.assertEqual(after.status, 200)
                self.assertIn(f"{path}/after ".encode(), after.body)
        del self.playing[path]
        again = ask(self.proxy.port, path)
        self.assertTrue(again.whole)
        own = first.get("Content-Type") == "application/json"
        if not first.whole or own:
            self.assertTrue(entry["allowed"] & {"502", "abort-client"}, first)
            self.assertFalse(again.hit)
            return
        self.assertTrue(entry["allowed"] & {"accept", "pass-not-cached"}, first)
        self.check_second(entry, first, again, path)

    def check_second(self, entry: dict, first: Answer, again: Answer, path: str) -> None:
        if again.hit:
            self.assertIn("accept", entry["allowed"])
            self.assertEqual((again.status, again.body), (first.status, first.body))
            for name in ("X-Secret", "Proxy-Authenticate", "Set-Cookie"):
                self.assertEqual(again.get(name), "", name)
        else:
            self.assertIn(f"{path} ".encode(), again.body)


if __name__ == "__main__":
    unittest.main()
