#!/usr/bin/env python3
"""Does every Redis command that Warmfront gives exist in Redis 6.2, with the words that it uses?

Debian 12 has no Redis 6.2 to try them on, so the sources are read: what scripts call, and the words
of commands in C++. The table says since when Redis knows each, after its documentation. What the
table lacks is a fault as well: look the version up, and add it.
"""

import re
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import tree

OLDEST = (6, 2)
FOLDERS = ("proxy/redis", "proxy/cache", "proxy/invalidation", "proxy/server", "proxy/admin")
# Words that Redis says, not we.
REPLIES = ("proxy/redis/rejection.cpp", "proxy/redis/redirection.cpp")

Version = Tuple[int, ...]
# Command: since when. Command and word: since when the word.
COMMANDS: Dict[str, Version] = {
    "ASKING": (3, 0), "AUTH": (1, 0), "CLIENT": (2, 4), "CLUSTER": (3, 0), "CONFIG": (2, 0),
    "DEL": (1, 0), "ECHO": (1, 0), "EVAL": (2, 6), "EVALSHA": (2, 6), "EXISTS": (1, 0),
    "FCALL": (7, 0), "FUNCTION": (7, 0), "GET": (1, 0), "GETRANGE": (2, 4), "HDEL": (2, 0),
    "HGET": (2, 0), "HGETALL": (2, 0), "HMGET": (2, 0), "HSET": (2, 0), "INFO": (1, 0),
    "LPUSH": (1, 0), "MGET": (1, 0), "PEXPIRE": (2, 6), "PING": (1, 0), "PTTL": (2, 6),
    "PUBLISH": (2, 0), "READONLY": (3, 0), "ROLE": (2, 8, 12), "SCRIPT": (2, 6), "SELECT": (1, 0),
    "SENTINEL": (2, 8, 4), "SET": (1, 0), "STRLEN": (2, 2), "SUBSCRIBE": (2, 0), "TIME": (2, 6),
    "UNLINK": (4, 0), "UNSUBSCRIBE": (2, 0), "XADD": (5, 0), "XLEN": (5, 0), "XRANGE": (5, 0),
    "XREAD": (5, 0), "XREVRANGE": (5, 0), "XTRIM": (5, 0), "TYPE": (1, 0), "ZADD": (1, 2),
    "ZCARD": (1, 2), "ZCOUNT": (2, 0), "ZPOPMIN": (5, 0), "ZRANGE": (1, 2),
    "ZRANGEBYSCORE": (1, 0, 5), "ZREM": (1, 2), "ZREMRANGEBYRANK": (2, 0), "ZSCORE": (1, 2),
}
WORDS: Dict[Tuple[str, str], Version] = {
    ("CLIENT", "SETNAME"): (2, 6, 9), ("CLIENT", "NO-EVICT"): (7, 0),
    ("CLUSTER", "SLOTS"): (3, 0), ("CLUSTER", "SHARDS"): (7, 0),
    ("SENTINEL", "GET-MASTER-ADDR-BY-NAME"): (2, 8, 4), ("SET", "PX"): (2, 6, 12),
    ("SET", "NX"): (2, 6, 12), ("SET", "GET"): (6, 2), ("SET", "PXAT"): (6, 2),
    ("PEXPIRE", "GT"): (7, 0), ("PEXPIRE", "NX"): (7, 0),
    ("XADD", "NOMKSTREAM"): (6, 2), ("XADD", "MINID"): (6, 2), ("XTRIM", "MINID"): (6, 2),
    ("XRANGE", "COUNT"): (5, 0), ("XREVRANGE", "COUNT"): (5, 0), ("XREAD", "COUNT"): (5, 0),
    ("XREAD", "BLOCK"): (5, 0), ("XREAD", "STREAMS"): (5, 0), ("ZADD", "GT"): (6, 2),
    ("ZRANGEBYSCORE", "WITHSCORES"): (1, 0, 5), ("ZRANGEBYSCORE", "LIMIT"): (1, 0, 5),
}
# What is in the language of scripts only since 7.0.
NEW_IN_LUA = ("#!lua", "redis.setresp_", "redis.acl_check_cmd", "redis.REDIS_VERSION",
              "redis.register_function")

LUA_CALL = re.compile(r"redis\.p?call\('([A-Z]+)'((?:[^()]|\([^()]*\))*)\)")
LUA_WORD = re.compile(r"'([A-Z][A-Z-]+)'")
CPP_COMMAND = re.compile(r'\{\s*"([A-Z]{3,})"((?:\s*,\s*[^{},]+)*)')
CPP_WORD = re.compile(r'"([A-Z][A-Z-]+)"')
ROUTED = re.compile(r'Form\{"([A-Z]+)"')


def calls(text: str) -> Iterator[Tuple[int, bool, str, List[str]]]:
    """Line, whether in a script, command and the words after it."""
    for pattern, words in ((LUA_CALL, LUA_WORD), (CPP_COMMAND, CPP_WORD)):
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield line, pattern is LUA_CALL, found.group(1), words.findall(found.group(2))


def too_new(since: Version) -> bool:
    return since > OLDEST


def name_of(version: Version) -> str:
    return ".".join(str(part) for part in version)


def file_problems(path: Path, text: str, routed: List[str]) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):
        for word in NEW_IN_LUA:
            if word in line:
                yield f"{path}:{number}: {word} in a script needs Redis 7"
    by_keys = str(path).startswith(("proxy/cache/", "proxy/invalidation/"))
    for line, in_script, command, words in calls(text):
        since = COMMANDS.get(command)
        if since is None:
            yield f"{path}:{line}: {command} is not in the table of tests/checks/redis_versions.py"
        elif too_new(since):
            yield f"{path}:{line}: {command} needs Redis {name_of(since)}"
        for word in words:
            since = WORDS.get((command, word))
            if since is not None and too_new(since):
                yield f"{path}:{line}: {command} {word} needs Redis {name_of(since)}"
            elif since is None:
                yield f"{path}:{line}: {command} {word} is not in the table of words"
        if by_keys and not in_script and command not in routed:
            yield f"{path}:{line}: {command} is not in redis/hash_slot.cpp: a Cluster refuses it"


def problems(root: Path) -> List[str]:
    slots = root / "proxy/redis/hash_slot.cpp"
    routed = ROUTED.findall(slots.read_text(encoding="utf-8")) if slots.exists() else []
    found: List[str] = []
    for path in tree.files(root, (".cpp", ".hpp"), FOLDERS):
        if str(path) in REPLIES or path.name == "hash_slot.cpp":
            continue
        text = (root / path).read_text(encoding="utf-8")
        found += file_problems(path, text, routed)
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = problems(root)
    print("\n".join(found) or "Redis 6.2 knows every command and word.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
