#!/usr/bin/env python3
"""Writes the catalogues of tests/data as inputs for the fuzz targets."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data"


def write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main() -> int:
    out = Path(sys.argv[1])
    for target, catalogue in (("request", "bad_requests"), ("response", "bad_responses")):
        for entry in json.loads((DATA / f"{catalogue}.json").read_text()):
            data = entry["bytes"].encode("latin-1")
            if len(data) > 4000:
                continue
            # The first byte says how the rest is cut.
            write(out / target, entry["id"], b"\x04" + data)
            head, empty, body = data.partition(b"\r\n\r\n")
            if b"hunked" in head and empty:
                write(out / "chunked", entry["id"], b"\x04" + body)
            if target == "request" and b" " in head:
                write(out / "target", entry["id"], b"\x01\0" + head.split(b" ")[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
