#!/usr/bin/env python3
"""No file over 400 lines, no function over 60, no line over 100 columns. Needs universal-ctags.

Tests and tables in tests may have long functions; their files are bounded all the same.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

import tree

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_COLUMNS = 100
CPP = (".cpp", ".hpp")
SOURCES = CPP + (".py", ".sh", ".lua", ".cmake")
FOLDERS = ("proxy", "config", "tests", "examples", "cmake")
SHORT_FUNCTIONS = ("proxy", "config", "examples")


def line_problems(root: Path) -> Iterator[str]:
    for path in tree.files(root, SOURCES, FOLDERS):
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_FILE_LINES:
            yield f"{path}:1: {len(lines)} lines; {MAX_FILE_LINES} at most"
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                yield f"{path}:{number}: {len(line)} columns; {MAX_COLUMNS} at most"


def cpp_functions(root: Path) -> Iterator[str]:
    paths = tree.files(root, CPP, SHORT_FUNCTIONS)
    if not paths:
        return
    command = ["ctags", "--output-format=json", "--fields=+ne", "--kinds-C++=f", "-f-", "-L-"]
    listing = subprocess.run(command, input="\n".join(map(str, paths)), cwd=root, check=True,
                             stdout=subprocess.PIPE, encoding="utf-8").stdout
    for text in listing.splitlines():
        tag = json.loads(text)
        if "end" in tag:
            yield from function_problem(tag["path"], tag["name"], tag["line"], tag["end"])


def python_functions(root: Path) -> Iterator[str]:
    for path in tree.files(root, (".py",), SHORT_FUNCTIONS):
        for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from function_problem(path, node.name, node.lineno, node.end_lineno)


def function_problem(path: object, name: str, first: int, last: int) -> Iterator[str]:
    length = last - first + 1
    if length > MAX_FUNCTION_LINES:
        yield f"{path}:{first}: {name} has {length} lines; {MAX_FUNCTION_LINES} at most"


def problems(root: Path) -> List[str]:
    return [*line_problems(root), *cpp_functions(root), *python_functions(root)]


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = problems(root)
    print("\n".join(found) or "All files, functions and lines are short enough.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
