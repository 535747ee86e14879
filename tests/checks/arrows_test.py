#!/usr/bin/env python3
"""Plants one fault at a time in a small tree and asks whether the checks find it."""

import tempfile
import unittest
from pathlib import Path

import arrows
import tree

# (file, text, a word of the complaint)
FAULTS = (
    ("proxy/base/a.hpp", '#include "proxy/policy/x.hpp"', "points up"),
    ("proxy/policy/a.hpp", '#include "proxy/net/task.hpp"', "points up"),
    ("proxy/net/a.cpp", '#include "proxy/message/head.hpp"', "points up"),
    ("proxy/redis/a.cpp", '#include "proxy/upstream/pool.hpp"', "points up"),
    ("proxy/cache/a.cpp", '  #  include "proxy/server/fill.hpp"', "points up"),
    ("proxy/server/a.cpp", '#include "proxy/admin/page.hpp"', "points up"),
    ("proxy/cache/a.cpp", '#include "tiers.hpp"', "from the top"),
    ("proxy/cache/a.cpp", '#include "proxy/utils/x.hpp"', "no layer"),
    ("proxy/utils/a.cpp", "int a;", "no layer"),
    ("proxy/base/a.hpp", '#include "config/types.hpp"', "nothing above"),
    ("proxy/cache/a.cpp", '#include "config/load.hpp"', "for all"),
    ("config/a.cpp", '#include "proxy/policy/x.hpp"', "nothing of the proxy"),
    ("proxy/policy/a.cpp", "#include <boost/asio/awaitable.hpp>", "only"),
    ("proxy/policy/a.cpp", "#include <fmt/format.h>", "only the standard"),
    ("proxy/policy/a.cpp", "#include <thread>", "no threads"),
    ("proxy/base/a.cpp", "#include <unistd.h>", "only the standard"),
    ("proxy/server/a.cpp", "#include <yaml-cpp/yaml.h>", "only config"),
    ("proxy/cache/a.cpp", "#include <hiredis/read.h>", "only redis"),
    ("proxy/redis/a.cpp", "#include <boost/beast/core.hpp>", "only admin"),
    ("proxy/cache/a.cpp", "auto t = std::chrono::steady_clock::now();", "clock"),
    ("proxy/cache/a.cpp", "auto t = asio::steady_timer::clock_type::now();", "clock"),
    ("proxy/policy/a.cpp", "auto t = std::time(nullptr);", "clock"),
    ("proxy/base/error.cpp", "auto t = system_clock::now();", "clock"),
    ("proxy/server/a.cpp", "co_spawn(executor, walk(), asio::detached);", "detaches"),
    ("proxy/server/a.hpp", "struct S : std::enable_shared_from_this<S> {};", "owner"),
)

CLEAN = {
    "proxy/base/clock.cpp": "auto t = std::chrono::steady_clock::now();\n",
    "proxy/net/spawn.cpp": "#include <boost/asio.hpp>\nasio::co_spawn(e, f(), asio::detached);\n",
    "proxy/policy/a.cpp": '#include <map>\n#include <boost/system/result.hpp>\n'
                          '#include "proxy/base/error.hpp"\n#include "config/types.hpp"\n',
    "proxy/server/a.cpp": '// detached from steady_clock::now()\nauto s = "detached";\n'
                          "auto n = 1'000'000; auto c = '\"'; int runtime(int);\n"
                          '/* #include "proxy/admin/x.hpp"\n*/\n#include "proxy/cache/tiers.hpp"\n',
    "proxy/main.cpp": '#include "proxy/admin/x.hpp"\n#include "config/load.hpp"\n'
                      "#include <CLI/CLI.hpp>\n",
    "config/reader.cpp": '#include <yaml-cpp/yaml.h>\n#include "config/reader.hpp"\n'
                         '#include "proxy/base/units.hpp"\n',
}


class ArrowsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_a_clean_tree_passes(self) -> None:
        self.assertEqual(arrows.problems(self.root), [])

    def test_every_planted_fault_is_found_where_it_is(self) -> None:
        for name, text, word in FAULTS:
            with self.subTest(file=name, text=text):
                before = (self.root / name).read_text() if (self.root / name).exists() else None
                self.write(name, f"// first line\n{text}\n")
                found = arrows.problems(self.root)
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{name}:"), found)
                self.assertIn(word, found[0])
                (self.root / name).unlink()
                if before is not None:
                    self.write(name, before)

    def test_blanking_keeps_lines(self) -> None:
        text = 'a /* b\nc */ d "e // f" R"x(\n")x" 1\'0 \'g\'\n'
        self.assertEqual(tree.bare_code(text).count("\n"), text.count("\n"))
        self.assertEqual(tree.bare_code(text).split(), ["a", "d", "1'0"])


if __name__ == "__main__":
    unittest.main()
