"""Two parsers that are not ours: h11 (Debian's python3-h11) and llhttp (the one inside Node)."""

import json
import subprocess
from pathlib import Path
from typing import Dict

import h11

LLHTTP = Path(__file__).with_name("llhttp.cjs")


def by_h11(raw: bytes) -> Dict:
    peer = h11.Connection(h11.SERVER)
    peer.receive_data(raw)
    request = peer.next_event()
    body = b""
    while isinstance(event := peer.next_event(), h11.Data):
        body += bytes(event.data)
    if not isinstance(event, h11.EndOfMessage):
        raise ValueError(event)
    return {"method": request.method.decode("latin-1"), "target": request.target.decode("latin-1"),
            "fields": [(n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers],
            "body": body, "rest": peer.trailing_data[0]}


class Parsers:
    """Node is started once and asked line by line."""

    def __enter__(self) -> "Parsers":
        self.node = subprocess.Popen(["node", str(LLHTTP)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self.node.stdin.close()
        self.node.wait()
        self.node.stdout.close()

    def read(self, raw: bytes) -> Dict[str, Dict]:
        self.node.stdin.write(raw.hex() + "\n")
        self.node.stdin.flush()
        read = json.loads(self.node.stdout.readline())
        if "error" in read:
            raise ValueError(f"llhttp: {read['error']}")
        read["fields"] = [(name.lower(), value) for name, value in read["fields"]]
        read["body"], read["rest"] = bytes.fromhex(read["body"]), bytes.fromhex(read["rest"])
        return {"h11": by_h11(raw), "llhttp": read}
