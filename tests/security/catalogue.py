"""The byte strings of tests/data, and the three ways to deliver them."""

import json
from pathlib import Path
from typing import Dict, List

DATA = Path(__file__).resolve().parents[1] / "data"
DELIVERIES = ("whole", "bytes", "cuts")


def entries(name: str) -> List[Dict]:
    loaded = json.loads((DATA / f"{name}.json").read_text())
    for entry in loaded:
        entry["bytes"] = entry["bytes"].encode("latin-1")
        entry["allowed"] = {entry["expect"], *(entry.get("also_ok") or [])}
    return loaded


def deliver(data: bytes, delivery: str) -> List[bytes]:
    """`cuts`: after every CR, every LF and the first byte of every line."""
    if delivery == "whole":
        return [data]
    pieces, start = [], 0
    for at, byte in enumerate(data):
        first = at == 0 or data[at - 1] == 10
        # The bytes of a very long line say nothing new one by one, and take long.
        alone = delivery == "bytes" and (len(data) < 4096 or at < 256 or at > len(data) - 256)
        if alone or byte in (10, 13) or first:
            pieces.append(data[start:at + 1])
            start = at + 1
    return pieces + [data[start:]] if start < len(data) else pieces
