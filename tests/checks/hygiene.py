#!/usr/bin/env python3
"""Text as text should be: no stray blanks, no left-overs, scripts that run, nothing built."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

MAX_BYTES = 1 << 20
BINARY_SUFFIXES = (".png", ".gz", ".pem", ".der")
# These hold bytes that are meant to be odd.
ODD_FOLDERS = ("tests/data/", "tests/fuzz/corpus/")
BUILT = re.compile(r"(^|/)(build|__pycache__|\.cache)/|\.(o|a|so|pyc|sqlite)$|(^|/)core(\.\d+)?$")
LEFT_OPEN = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )")


def tracked(root: Path) -> List[str]:
    """What git has, or would add."""
    command = ["git", "-c", f"safe.directory={root.resolve()}", "ls-files", "-z",
               "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout.decode()
    return sorted(name for name in listing.split("\0") if name and (root / name).is_file())


def text_problems(name: str, text: str) -> Iterator[str]:
    if text and not text.endswith("\n"):
        yield f"{name}:{text.count(chr(10)) + 1}: no newline at the end"
    if text.endswith("\n\n"):
        yield f"{name}:{text.count(chr(10))}: empty line at the end"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield f"{name}:{number}: blanks, or a carriage return, at the end of the line"
        if "\t" in line and not name.endswith((".md", "LICENSE")):
            yield f"{name}:{number}: a tab"
        if CONFLICT.match(line):
            yield f"{name}:{number}: a mark of a merge conflict"
        if name.startswith(("proxy/", "config/")) and LEFT_OPEN.search(line):
            yield f"{name}:{number}: left open: finish it, or say in prose why it is as it is"


def file_problems(root: Path, name: str) -> Iterator[str]:
    path = root / name
    data = path.read_bytes()
    if BUILT.search(name):
        yield f"{name}:1: is built, not written"
    if len(data) > MAX_BYTES:
        yield f"{name}:1: {len(data)} bytes; {MAX_BYTES} at most"
    runs, is_script = os.access(path, os.X_OK), data.startswith(b"#!")
    if runs and not is_script:
        yield f"{name}:1: has the run bit but no #! line"
    if is_script and not runs:
        yield f"{name}:1: has a #! line but no run bit"
    if name.endswith(BINARY_SUFFIXES) or name.startswith(ODD_FOLDERS):
        return
    try:
        yield from text_problems(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        yield f"{name}:1: not UTF-8 at byte {error.start}"


def problems(root: Path) -> List[str]:
    return [problem for name in tracked(root) for problem in file_problems(root, name)]


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = problems(root)
    print("\n".join(found) or "The tree is clean.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
