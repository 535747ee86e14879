"""The large download: CSV text of a fixed size, the same bytes for the same analysis."""

import hashlib
from typing import Iterator

LINES_PER_BLOCK = 1024
LINE = "{:010d},{}\n"  # 10 digits, comma, 52 hex digits, newline: 64 bytes
BLOCK_BYTES = 64 * LINES_PER_BLOCK
BLOCKS = 320
REPORT_BYTES = BLOCK_BYTES * BLOCKS  # 20 MiB


def blocks(analysis_id: int) -> Iterator[bytes]:
    for block in range(BLOCKS):
        digest = hashlib.sha256(f"{analysis_id}/{block}".encode()).hexdigest()[:52]
        first = block * LINES_PER_BLOCK
        lines = (LINE.format(first + line, digest) for line in range(LINES_PER_BLOCK))
        yield "".join(lines).encode()
