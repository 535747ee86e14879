"""What the checks share: which files are sources, and C++ text without comments and strings."""

import os
import re
from pathlib import Path
from typing import Iterable, List, Tuple

SKIPPED_FOLDERS = {".git", ".cache", "build", "__pycache__", "node_modules"}


def files(root: Path, suffixes: Tuple[str, ...], folders: Iterable[str] = (".",)) -> List[Path]:
    """Paths under `root`, sorted, relative to it."""
    found: List[Path] = []
    for folder in folders:
        for place, subfolders, names in os.walk(root / folder):
            subfolders[:] = [name for name in subfolders if name not in SKIPPED_FOLDERS]
            matching = (name for name in names if name.endswith(suffixes))
            found += [Path(place, name).relative_to(root) for name in matching]
    return sorted(found)


# A quote between two digits separates thousands; it begins no character literal.
_TOKENS = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.DOTALL | re.VERBOSE,
)

_INCLUDE = re.compile(r"[ \t]*#[ \t]*include\b")


def bare_code(text: str) -> str:
    """The same lines with comments and literals blanked. Include lines stay as they are."""

    def blank(match: "re.Match[str]") -> str:
        line_start = text.rfind("\n", 0, match.start()) + 1
        if _INCLUDE.match(text, line_start, match.start()):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return _TOKENS.sub(blank, text)
