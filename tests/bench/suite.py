#!/usr/bin/env python3
"""The measurements of tests/bench/run.sh, which see: it installs and builds what this needs."""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

import entrants
import load
import page
import rows
import summary
from servers import ROOT, BenchError, Servers

FULL_SECONDS, FULL_ROUNDS = 3, 5
QUICK_ROWS = ("hot", "fields", "large", "redis", "pass", "no-store", "cold", "workers", "idle")
SOAK_SECONDS, SOAK_CONNECTIONS = 30, 256


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def machine() -> Dict[str, str]:
    return {"cpu": cpu_name(), "cores": str(os.cpu_count()), "kernel": platform.release(),
            "load": f"{os.getloadavg()[0]:.1f}", "date": time.strftime("%Y-%m-%d")}


def chosen(options: argparse.Namespace) -> List[rows.Row]:
    return [row for row in rows.ROWS if not options.rows or row.name in options.rows]


def measure_row(bench: rows.Bench, row: rows.Row, into: Dict[str, Any], quick: bool) -> None:
    """One round of one row: everybody in turn."""
    for who in row.who:
        if who not in bench.started:
            continue
        if quick and (row.name not in QUICK_ROWS or row.name != "hot" and who in entrants.PEERS):
            continue
        try:
            sample = row.measure(bench, who)
        except BenchError as error:
            # A peer that fails is a finding; ours is a fault.
            if who.startswith(entrants.OURS):
                raise
            into["void"][who] = str(error).splitlines()[0]
            continue
        into["samples"].setdefault(who, []).append(sample._asdict())


def measure(servers: Servers, options: argparse.Namespace) -> Dict[str, Any]:
    backends = entrants.start_backends(servers)
    started = entrants.start_all(servers, backends, options.quick)
    print("Warming")
    rows.warm(started, [row.name for row in chosen(options)] if not options.quick else [])
    bench = rows.Bench(servers, backends, started, 1 if options.quick else options.seconds)
    results: List[Dict[str, Any]] = [
        {"name": row.name, "title": row.title, "unit": row.unit, "p99": row.p99, "note": row.note,
         "less_is_better": row.less_is_better, "samples": {}, "void": {}}
        for row in chosen(options)]
    for number in range(1, options.rounds + 1):
        print(f"Round {number} of {options.rounds}", flush=True)
        for row, into in zip(chosen(options), results):
            # The last rounds: such rows start servers anew, which then know nothing.
            if row.rounds and number <= options.rounds - row.rounds:
                continue
            measure_row(bench, row, into, options.quick)
    return {"machine": machine(), "rounds": options.rounds, "seconds": bench.seconds,
            "rows": results, "goals": summary.goals(results)}


def soak(servers: Servers) -> Dict[str, Any]:
    """No request may fail."""
    backends = entrants.start_backends(servers)
    proxy = entrants.start_warmfront(servers, backends)
    load.get(proxy.port, "/hot")
    print(f"{SOAK_CONNECTIONS} connections for {SOAK_SECONDS} s", flush=True)
    measured = load.run_wrk(servers, proxy.port, load.Load("/hot", SOAK_CONNECTIONS, SOAK_SECONDS))
    print(f"{measured.requests} requests, {measured.rate:.0f}/s, p99 {measured.p99_us} us; "
          "none failed")
    return {"machine": machine(), "soak": measured._asdict()}


def run(options: argparse.Namespace) -> Dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="warmfront-bench.") as folder:
        # Some peers read their configuration as a user of their own.
        Path(folder).chmod(0o755)
        with Servers(Path(folder)) as servers:
            try:
                return soak(servers) if options.soak else measure(servers, options)
            finally:
                entrants.forget_folders(servers)


def arguments(given: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=FULL_SECONDS)
    parser.add_argument("--json", type=Path, default=ROOT / "build/bench/latest.json")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("rows", nargs="*", help=", ".join(row.name for row in rows.ROWS))
    options = parser.parse_args(given)
    options.rounds = options.rounds or (1 if options.quick else FULL_ROUNDS)
    unknown = set(options.rows) - {row.name for row in rows.ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return options


def main(given: List[str]) -> int:
    options = arguments(given)
    # So that what was started is ended also when somebody ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.write:
        page.write(json.loads(options.json.read_text()), ROOT)
        return 0
    try:
        result = run(options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1) + "\n")
    if not options.soak:
        print("\n".join(summary.table(result)))
    print(f"Saved in {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
