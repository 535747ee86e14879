#!/usr/bin/env python3
"""Plants faults in a small repository and asks whether the checks of text find them."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import doc_links
import hygiene
import lengths
import redis_versions


def function(lines: int) -> str:
    return "int f() {\n" + "  g();\n" * (lines - 2) + "}\n"


# (check, file, text, a word of the complaint; None: no complaint)
CASES = (
    (lengths, "proxy/cache/a.cpp", function(60), None),
    (lengths, "proxy/cache/a.cpp", function(61), "f has 61 lines"),
    (lengths, "config/a.hpp", "int a;\n" * 400, None),
    (lengths, "config/a.hpp", "int a;\n" * 401, "401 lines"),
    (lengths, "tests/walk/a.cpp", "int a;\n" * 401, "401 lines"),
    (lengths, "proxy/cache/a.cpp", "/" * 101 + "\n", "101 columns"),
    (lengths, "proxy/cache/a.cpp", "//" + "…" * 98 + "\n", None),
    (lengths, "examples/a.py", "def f():\n" + "    g()\n" * 60, "f has 61 lines"),
    (doc_links, "A.md", "# One\n[here](#one) and [b](docs/B.md#two-words)\n", None),
    (doc_links, "A.md", "see [the code](proxy/none.cpp)\n", "no such file"),
    (doc_links, "A.md", "see [b](docs/B.md#three)\n", "no such heading"),
    (doc_links, "A.md", "see [b]\n\n[b]: docs/C.md\n", "no such file"),
    (doc_links, "A.md", "see [out](../..)\n", "out of the repository"),
    (doc_links, "A.md", "```\n[not](none)\n```\n`[nor](this)` [web](https://c)\n", None),
    (redis_versions, "proxy/server/a.cpp", 'args{"GETRANGE", name, "0", last};\n', None),
    (redis_versions, "proxy/server/a.cpp", 'args{"FCALL", name};\n', "needs Redis 7.0"),
    (redis_versions, "proxy/redis/a.cpp", 'args{"PEXPIRE", k, "1",\n "GT"};\n', "GT needs Redis 7"),
    (redis_versions, "proxy/server/a.cpp", 'args{"LMPOP", "1", name};\n', "not in the table"),
    (redis_versions, "proxy/server/a.cpp", 'args{"SET", k, v, "KEEPTTL"};\n', "not in the table"),
    (redis_versions, "proxy/cache/a.cpp", 'args{"GET", name};\n', "a Cluster refuses it"),
    (redis_versions, "proxy/cache/a.cpp", "redis.call('XTRIM', KEYS[1], 'MINID', '~', 5)\n", None),
    (redis_versions, "proxy/cache/a.cpp", "redis.pcall('COPY', KEYS[1])\n", "not in the table"),
    (redis_versions, "proxy/cache/a.cpp", "#!lua flags=no-writes\n", "needs Redis 7"),
    (hygiene, "proxy/a.cpp", "int a;\n", None),
    (hygiene, "proxy/a.cpp", "int a;", "no newline"),
    (hygiene, "proxy/a.cpp", "int a; \n", "blanks"),
    (hygiene, "proxy/a.cpp", "int a;\r\n", "blanks"),
    (hygiene, "proxy/a.cpp", "\tint a;\n", "a tab"),
    (hygiene, "proxy/a.cpp", "// " + "TO" + "DO: later\n", "left open"),
    (hygiene, "proxy/a.cpp", "<" * 7 + " HEAD\n", "merge conflict"),
    (hygiene, "tests/run.sh", "#!/bin/sh\n", "no run bit"),
    (hygiene, "proxy/libx.a", "!\n", "is built"),
)


class TextChecksTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        subprocess.run(["git", "init", "-q", "."], cwd=self.root, check=True)
        self.write("docs/B.md", "# Two `words`\n\n## Two words\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
        return path

    def test_planted_faults(self) -> None:
        for check, name, text, word in CASES:
            with self.subTest(check=check.__name__, file=name, text=text[:40]):
                path = self.write(name, text)
                found = check.problems(self.root)
                path.unlink()
                if word is None:
                    self.assertEqual(found, [])
                else:
                    self.assertEqual(len(found), 1, found)
                    self.assertTrue(found[0].startswith(f"{name}:"), found)
                    self.assertIn(word, found[0])


if __name__ == "__main__":
    unittest.main()
