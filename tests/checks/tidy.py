#!/usr/bin/env python3
"""Runs clang-tidy over the files of a built preset, remembers clean ones, stops when time is up.

A file is skipped while nothing that it was compiled from, nor .clang-tidy, has changed since it
was last found clean. Files touched by the newest commit come first, the others in an order that
differs from commit to commit, so that a short limit still reaches all of them over time. What was
left out is said. Exits 1 if anything was found.
"""

import argparse
import hashlib
import json
import os
import random
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Set

ROOT = Path(__file__).resolve().parents[2]
# The commands are g++'s; clang does not know all its warnings.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option"]


class Unit(NamedTuple):
    source: Path
    key: Optional[str]  # of everything it depends on; None: not known, since it was never built


def output_of(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return done.stdout


def recorded_dependencies(build: Path) -> Dict[str, List[Path]]:
    """Object file → what it was compiled from, as ninja saw it."""
    found: Dict[str, List[Path]] = {}
    current: List[Path] = []
    for line in output_of("ninja", "-C", str(build), "-t", "deps").splitlines():
        if line.startswith("    "):
            current.append(build / line.strip())
        elif ": #deps " in line:
            current = []
            if line.endswith("(VALID)"):
                found[line.split(": #deps ")[0]] = current
    return found


class Keys:
    """What identifies the input of one run of clang-tidy."""

    def __init__(self, tidy: str) -> None:
        self._of_file: Dict[Path, str] = {}
        self._common = output_of(tidy, "--version") + (ROOT / ".clang-tidy").read_text()
        self._common += " ".join(EXTRA)

    def of(self, command: str, dependencies: List[Path]) -> str:
        text = "\n".join([self._common, command, *map(self._file, dependencies)])
        return hashlib.sha256(text.encode()).hexdigest()

    def _file(self, path: Path) -> str:
        if path not in self._of_file:
            if ROOT in path.resolve().parents:
                identity = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                identity = str(path.stat().st_size)
            self._of_file[path] = f"{path}={identity}"
        return self._of_file[path]


def units(build: Path, tidy: str) -> List[Unit]:
    dependencies = recorded_dependencies(build)
    keys = Keys(tidy)
    found: Dict[Path, Unit] = {}  # a source that two targets share is checked once
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["directory"], entry["file"]).resolve()
        if not any(ROOT / top in source.parents for top in ("proxy", "config")):
            continue
        words = shlex.split(entry["command"])
        known = dependencies.get(words[words.index("-o") + 1])
        found[source] = Unit(source, keys.of(entry["command"], known) if known else None)
    return list(found.values())


def touched_by_newest_commit() -> Set[Path]:
    names = output_of("git", "show", "--name-only", "--format=", "HEAD").splitlines()
    return {ROOT / name for name in names}


def in_order(pending: List[Unit]) -> List[Unit]:
    pending = sorted(pending, key=lambda unit: unit.source)
    random.Random(output_of("git", "rev-parse", "HEAD")).shuffle(pending)
    touched = touched_by_newest_commit()
    return sorted(pending, key=lambda unit: unit.source not in touched)


class Run:
    def __init__(self, tidy: str, build: Path, cache: Path, minutes: float) -> None:
        self._command = [tidy, "--quiet", "-p", str(build), *EXTRA]
        self._cache = cache
        self._deadline = time.monotonic() + minutes * 60

    def is_known_clean(self, unit: Unit) -> bool:
        return unit.key is not None and (self._cache / unit.key).exists()

    def check(self, unit: Unit) -> Optional[str]:
        """What was found, empty if nothing; None when the time was up."""
        if time.monotonic() > self._deadline:
            return None
        done = subprocess.run([*self._command, str(unit.source)], cwd=ROOT, encoding="utf-8",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            return done.stdout + ("" if done.stdout else done.stderr)
        if unit.key is not None:
            (self._cache / unit.key).write_text(str(unit.source))
        return ""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "dev")
    cache = Path(os.environ.get("WARMFRONT_TIDY_CACHE", ROOT / ".cache" / "tidy"))
    parser.add_argument("--cache", type=Path, default=cache)
    parser.add_argument("--minutes", type=float, default=30, help="start no file after this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--tidy", default="clang-tidy")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    build = options.build.resolve()
    options.cache.mkdir(parents=True, exist_ok=True)
    run = Run(options.tidy, build, options.cache, options.minutes)
    everything = units(build, options.tidy)
    pending = in_order([unit for unit in everything if not run.is_known_clean(unit)])
    print(f"{len(everything)} files, {len(everything) - len(pending)} of them known to be clean.",
          flush=True)
    faulty = left_out = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for unit, found in zip(pending, pool.map(run.check, pending)):
            left_out += found is None
            if found:
                faulty += 1
                print(f"--- {unit.source.relative_to(ROOT)}\n{found}", flush=True)
    checked = len(pending) - left_out
    print(f"{checked} checked now, {faulty} with findings, {left_out} left out for want of time.")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
