#!/usr/bin/env python3
"""Do the links in *.md lead to files, and to headings, that exist? Addresses are not fetched."""

import re
import sys
from pathlib import Path
from typing import Iterator, List, Set
from urllib.parse import unquote

import tree

LINK = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def prose_lines(text: str) -> Iterator["tuple[int, str]"]:
    """Numbered lines outside fenced blocks, with code spans removed."""
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, line


def anchor(heading: str) -> str:
    """As GitHub names it."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(path: Path) -> Set[str]:
    found: Set[str] = set()
    for _, line in prose_lines(path.read_text(encoding="utf-8")):
        heading = HEADING.match(line)
        if heading:
            name, number = anchor(heading[1]), 0
            while (name if number == 0 else f"{name}-{number}") in found:
                number += 1
            found.add(name if number == 0 else f"{name}-{number}")
    return found


def judge(root: Path, page: Path, target: str) -> str:
    """What is wrong with a link; empty: nothing."""
    if ADDRESS.match(target):
        return ""
    name, _, fragment = unquote(target).partition("#")
    place = root / page.parent / name if name else root / page
    if name.startswith("/"):
        return "link from the page, not from /"
    if not place.exists():
        return "no such file"
    if root not in place.resolve().parents and place.resolve() != root:
        return "leads out of the repository"
    if fragment and place.suffix == ".md" and fragment not in anchors(place):
        return "no such heading"
    return ""


def problems(root: Path) -> List[str]:
    root = root.resolve()
    found = []
    for page in tree.files(root, (".md",)):
        for number, line in prose_lines((root / page).read_text(encoding="utf-8")):
            prose = re.sub(r"`[^`]*`", "", re.sub(r"\[`([^`\]]*)`\]", r"[\1]", line))
            definition = DEFINITION.match(prose)
            targets = LINK.findall(prose) + ([definition[1]] if definition else [])
            for target in targets:
                what = judge(root, page, target)
                if what:
                    found.append(f"{page}:{number}: {target}: {what}")
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = problems(root)
    print("\n".join(found) or "All links lead somewhere.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
