#!/usr/bin/env python3
"""Do all includes point down? And is each thing used only in the folder that owns it?

The tables below are the law; ARCHITECTURE.md explains it. Prints file:line: what, exits 1 if any.
"""

import re
import sys
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

import tree

# Lower layers first. A folder includes from itself and from layers before its own.
LAYERS = (
    {"base"},
    {"policy"},
    {"net", "message", "observe", "confine"},
    {"redis", "upstream"},
    {"cache"},
    {"invalidation"},
    {"server"},
    {"admin"},
    {"main"},
)
FOLDERS = set().union(*LAYERS)

# The settings are plain data for all but base; reading them is for those who start things.
MAY_READ_CONFIG = {"config", "server", "admin", "main"}

# Of these folders the whole of what they may include from outside, beside the standard library.
ONLY_FROM_OUTSIDE = {
    "base": ("boost/system/", "boost/assert/", "boost/assert.hpp"),
    "policy": ("boost/system/",),
}
NO_THREADS = {"policy", "message", "config"}
THREADS = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "latch", "barrier"}

# Prefix of an include → the folders that may have it.
OWNERS = {
    "yaml-cpp/": {"config"},
    "hiredis/": {"redis"},
    "CLI/": {"main"},
    "seccomp.h": {"confine"},
    "boost/beast": {"message", "upstream", "server", "admin"},
    "boost/asio": FOLDERS - {"base", "policy"},
}


class Ban(NamedTuple):
    pattern: "re.Pattern[str]"
    what: str
    allowed: "re.Pattern[str]"  # paths where it may stand


BANS = (
    Ban(
        re.compile(r"[Cc]lock(?:_type)?::now\b|\btime\s*\(\s*(?:nullptr|NULL|0|&)|\bclock_gettime\b"
                   r"|\bgettimeofday\b"),
        "reads a clock; only base/clock does (I4): take the time as an argument",
        re.compile(r"proxy/base/clock\.cpp"),
    ),
    Ban(
        re.compile(r"\bdetached\b"),
        "detaches a coroutine; only net/spawn does, which counts, logs and joins",
        re.compile(r"proxy/net/spawn\.(?:hpp|cpp)"),
    ),
    Ban(
        re.compile(r"\benable_shared_from_this\b"),
        "shares itself; give it an owner",
        re.compile(r"(?!)"),
    ),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<(?P<outside>[^>]+)>|"(?P<ours>[^"]+)")')


def folder_of(path: str) -> Optional[str]:
    """"cache" for proxy/cache/x.hpp, "main" for proxy/main.cpp, "config"; None: not ours."""
    parts = path.split("/")
    if parts[0] == "config":
        return "config"
    if parts[0] != "proxy":
        return None
    return "main" if len(parts) == 2 else parts[1]


def layer_of(folder: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if folder in layer)


def judge_ours(folder: str, target: str) -> Optional[str]:
    """What is wrong with `#include "target"` in this folder; None: nothing."""
    to = folder_of(target)
    if to is None:
        return "write the path from the top: proxy/… or config/…"
    if to == "config":
        if folder == "base":
            return "base includes nothing above it"
        if target == "config/types.hpp" or folder in MAY_READ_CONFIG:
            return None
        return "only config/types.hpp is for all; reading it is for main, server and admin"
    if to not in FOLDERS:
        return f"proxy/{to} is in no layer of tests/checks/arrows.py"
    if folder == "config":
        return None if to == "base" else "config includes nothing of the proxy but base"
    if to == folder or layer_of(to) < layer_of(folder):
        return None
    return f"points up: {folder} may not know {to}"


def judge_outside(folder: str, target: str) -> Optional[str]:
    if target in THREADS and folder in NO_THREADS:
        return f"{folder} has no threads"
    for prefix, owners in OWNERS.items():
        if target.startswith(prefix) and folder not in owners:
            return f"only {', '.join(sorted(owners))} may include {prefix}"
    is_standard = "/" not in target and "." not in target
    allowed = ONLY_FROM_OUTSIDE.get(folder)
    if allowed is None or is_standard or target.startswith(allowed):
        return None
    return f"{folder} includes only the standard library and {', '.join(allowed)}"


def judge_line(path: str, folder: str, line: str) -> Iterator[str]:
    include = INCLUDE.match(line)
    if include:
        ours, outside = include["ours"], include["outside"]
        problem = judge_ours(folder, ours) if ours else judge_outside(folder, outside)
        if problem:
            yield f"includes {ours or outside}: {problem}"
        return
    for ban in BANS:
        if ban.pattern.search(line) and not ban.allowed.fullmatch(path):
            yield ban.what


def problems(root: Path) -> List[str]:
    found = []
    for path in tree.files(root, (".cpp", ".hpp", ".h", ".ipp"), ("proxy", "config")):
        name = path.as_posix()
        folder = folder_of(name)
        if folder not in FOLDERS | {"config"}:
            found.append(f"{name}:1: proxy/{folder} is in no layer of tests/checks/arrows.py")
            continue
        code = tree.bare_code((root / path).read_text(encoding="utf-8"))
        for number, line in enumerate(code.split("\n"), 1):
            found += [f"{name}:{number}: {problem}" for problem in judge_line(name, folder, line)]
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = problems(root)
    print("\n".join(found) or "All arrows point down.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
