"""Starts the API as users do, on a free port, and talks to it. Standard library only."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from analyses_api import report

STATS_DELAY_MS = 120
EXAMPLES = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Api:
    def __init__(self, database: Path) -> None:
        self.port = free_port()
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "analyses_api", "--port", str(self.port),
             "--database", str(database), "--stats-delay-ms", str(STATS_DELAY_MS)],
            cwd=EXAMPLES, stderr=self._log)
        self._await_start()

    def _await_start(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                self.call("GET", "/_requests")
                return
            except ConnectionError:
                time.sleep(0.05)
        raise RuntimeError("the API did not start:\n" + self.stop())

    def call(self, method, target, body=None):
        """(status, header fields, body bytes)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            text = None if body is None else json.dumps(body)
            fields = {"Content-Type": "application/json"}
            connection.request(method, target, body=text, headers=fields)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def json(self, method, target, body=None):
        status, _, data = self.call(method, target, body)
        return status, json.loads(data)

    def stop(self) -> str:
        self._process.terminate()
        self._process.wait(10)
        self._log.seek(0)
        text = self._log.read().decode()
        self._log.close()
        return text


class ApiTest(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.database = Path(self._folder.name) / "analyses.sqlite"
        self.api = Api(self.database)
        self.addCleanup(self._folder.cleanup)
        self.addCleanup(lambda: self.api.stop())

    def test_pages_are_stable_and_complete(self):
        _, first = self.api.json("GET", "/analyses?page=1&size=100")
        _, second = self.api.json("GET", "/analyses?page=2&size=100")
        _, third = self.api.json("GET", "/analyses?page=3&size=100")
        ids = [item["id"] for page in (first, second, third) for item in page["items"]]
        self.assertEqual(ids, list(range(first["total"], 0, -1)))
        self.assertEqual(self.api.json("GET", "/analyses?page=4&size=100")[1]["items"], [])

    def test_lists_of_one_user(self):
        _, page = self.api.json("GET", "/analyses?user_id=3&size=100")
        self.assertEqual(page["total"], len(page["items"]))
        self.assertEqual({item["user_id"] for item in page["items"]}, {3})

    def test_bad_queries_are_refused(self):
        for query in ("page=0", "size=0", "size=101", "user_id=x"):
            with self.subTest(query):
                self.assertEqual(self.api.call("GET", f"/analyses?{query}")[0], 422)

    def test_life_of_one_analysis(self):
        status, fields, body = self.api.call("POST", "/analyses", {"user_id": 7, "title": "Fog"})
        self.assertEqual(status, 201)
        place = fields["Location"]
        made = json.loads(body)
        self.assertEqual(self.api.json("GET", place), (200, made))

        replaced = {"user_id": 7, "title": "Dense fog", "status": "done", "score": 0.5}
        status, answer = self.api.json("PUT", place, replaced)
        self.assertEqual((status, {name: answer[name] for name in replaced}), (200, replaced))

        status, answer = self.api.json("PATCH", place, {"score": 0.75})
        self.assertEqual((status, answer["title"], answer["score"]), (200, "Dense fog", 0.75))

        self.assertEqual(self.api.call("DELETE", place)[0], 204)
        for method, body in (
            ("GET", None), ("PUT", replaced), ("PATCH", {"score": 1}), ("DELETE", None),
        ):
            with self.subTest(method):
                self.assertEqual(self.api.call(method, place, body)[0], 404)

    def test_changes_survive_a_restart(self):
        self.api.json("PATCH", "/analyses/7", {"title": "Kept"})
        self.api.stop()
        self.api = Api(self.database)
        self.assertEqual(self.api.json("GET", "/analyses/7")[1]["title"], "Kept")

    def test_stats_are_slow_and_right(self):
        _, before = self.api.json("GET", "/analyses/stats")
        self.api.call("DELETE", "/analyses/7")
        began = time.monotonic()
        _, after = self.api.json("GET", "/analyses/stats")
        self.assertGreaterEqual(time.monotonic() - began, STATS_DELAY_MS / 1000)
        self.assertEqual(after["total"], before["total"] - 1)
        self.assertEqual(sum(after["by_status"].values()), after["total"])

    def test_report_is_large_and_repeatable(self):
        _, fields, first = self.api.call("GET", "/analyses/7/report")
        _, _, again = self.api.call("GET", "/analyses/7/report")
        _, _, other = self.api.call("GET", "/analyses/8/report")
        self.assertEqual(int(fields["Content-Length"]), report.REPORT_BYTES)
        self.assertEqual(len(first), report.REPORT_BYTES)
        self.assertTrue(first == again)
        self.assertFalse(first == other)

    def test_no_answer_mentions_caching(self):
        for target in (
            "/analyses", "/analyses/7", "/analyses/stats", "/analyses/7/report", "/analyses/0",
        ):
            with self.subTest(target):
                _, fields, _ = self.api.call("GET", target)
                for name in ("Cache-Control", "ETag", "Last-Modified", "Expires", "Vary", "Age"):
                    self.assertNotIn(name, fields)

    def test_requests_are_counted_by_route(self):
        self.api.call("GET", "/analyses/7")
        self.api.call("GET", "/analyses/8")
        self.api.call("GET", "/nowhere")
        _, counts = self.api.json("GET", "/_requests")
        expected = {"GET /analyses/{analysis_id}": 2, "GET (no route)": 1}
        self.assertEqual(counts["by_route"], expected)
        self.assertEqual(counts["total"], 3)


if __name__ == "__main__":
    unittest.main()
