#!/usr/bin/env python3
"""summary.py RESULTS JSON: medians and ratios of a benchmark, as a table and as JSON.

RESULTS has one measurement per line (tests/bench/run.sh writes it). Exits 1 if a request failed,
if a hit went to the origin, or if a passed request did not.
"""

import json
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any, Dict, List

KINDS = ("origin", "memory", "redis", "pass")
# Which figures belong beside each other, and what the quotient means.
RATIOS = (("memory", "origin"), ("redis", "memory"), ("pass", "origin"), ("memory", "pass"))


def faults(one: Dict[str, Any]) -> List[str]:
    wrk, kind = one["wrk"], one["kind"]
    found = [f"{wrk[name]} {name}" for name in ("status_errors", "socket_errors", "timeouts")
             if wrk[name] != 0]
    if wrk["requests"] == 0:
        found.append("no request was answered")
    if kind in ("memory", "redis") and one["origin_requests"] != 0:
        found.append(f"{one['origin_requests']} requests reached the origin")
    if kind == "pass" and one["origin_requests"] < wrk["requests"]:
        found.append(f"only {one['origin_requests']} of {wrk['requests']} reached the origin")
    return [f"{kind}, {one['connections']} connections: {what}" for what in found]


def rate(one: Dict[str, Any]) -> float:
    return one["wrk"]["requests"] / one["wrk"]["seconds"]


def row(kind: str, connections: int, group: List[Dict[str, Any]]) -> Dict[str, Any]:
    rates = [rate(one) for one in group]
    return {
        "kind": kind,
        "connections": connections,
        "rounds": len(group),
        "rate": round(statistics.median(rates)),
        "rate_min": round(min(rates)),
        "rate_max": round(max(rates)),
        "p50_us": round(statistics.median(one["wrk"]["p50_us"] for one in group)),
        "p99_us": round(statistics.median(one["wrk"]["p99_us"] for one in group)),
    }


def summarise(results: List[Dict[str, Any]]) -> Dict[str, Any]:
    rows, ratios = [], []
    for connections in sorted({one["connections"] for one in results}):
        medians = {}
        for kind in KINDS:
            group = [one for one in results
                     if (one["kind"], one["connections"]) == (kind, connections)]
            if group:
                rows.append(row(kind, connections, group))
                medians[kind] = rows[-1]["rate"]
        ratios += [{"connections": connections, "of": of, "to": to,
                    "ratio": round(medians[of] / medians[to], 3)}
                   for of, to in RATIOS if medians.get(of) and medians.get(to)]
    return {"machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "kernel": platform.release(), "rows": rows, "ratios": ratios,
            "faults": [what for one in results for what in faults(one)]}


def show(summary: Dict[str, Any]) -> None:
    print(f"\n{summary['machine']}; requests per second, medians")
    print(f"{'':8} {'conns':>6} {'median':>9} {'min':>9} {'max':>9} {'p50 us':>8} {'p99 us':>8}")
    for line in summary["rows"]:
        print(f"{line['kind']:8} {line['connections']:6} {line['rate']:9} {line['rate_min']:9}"
              f" {line['rate_max']:9} {line['p50_us']:8} {line['p99_us']:8}")
    for line in summary["ratios"]:
        print(f"{line['of']} / {line['to']}, {line['connections']} connections: {line['ratio']}")
    for what in summary["faults"]:
        print(f"FAILED: {what}")
    if not summary["faults"]:
        print("No request failed; hits were hits.")


def main() -> int:
    source, target = map(Path, sys.argv[1:3])
    summary = summarise([json.loads(line) for line in source.read_text().splitlines()])
    show(summary)
    target.write_text(json.dumps(summary, indent=2) + "\n")
    print(f"Saved in {target}")
    return 1 if summary["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
