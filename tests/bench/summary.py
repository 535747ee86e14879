"""Medians, ratios and goals of a run."""

import statistics
from typing import Any, Dict, List, Optional

from entrants import LOOP, OURS, PEERS

Summary = Dict[str, Any]


def median_of(row: Summary, who: str, what: str = "value") -> Optional[float]:
    samples = row["samples"].get(who)
    return statistics.median(sample[what] for sample in samples) if samples else None


def best_peer(row: Summary) -> Optional[str]:
    """The peer that is best in this row; the bare loop is no peer."""
    peers = [who for who in (*PEERS, "nginx-redis") if row["samples"].get(who)]
    if not peers:
        return None
    choose = min if row["less_is_better"] else max
    return choose(peers, key=lambda who: median_of(row, who) or 0.0)


class Goals:
    """Collects what the project has promised, and how it stands."""

    def __init__(self, rows: List[Summary]) -> None:
        self.rows = {row["name"]: row for row in rows}
        self.found: List[Summary] = []

    def add(self, row: str, text: str, value: Optional[float], bound: float,
            at_most: bool = False) -> None:
        if value is None:
            return
        met = value <= bound if at_most else value >= bound
        self.found.append({"row": row, "text": text, "value": round(value, 3), "bound": bound,
                           "at_most": at_most, "met": met})

    def ratio(self, row: str, to: Optional[str], bound: float, ours: str = OURS,
              what: str = "value", at_most: bool = False) -> None:
        if row not in self.rows or to is None:
            return
        mine, other = (median_of(self.rows[row], who, what) for who in (ours, to))
        if mine is None or not other:
            return
        text = f"{'p99, ' if what == 'p99_ms' else ''}times {to}"
        self.add(row, text, mine / other, bound, at_most)

    def best(self, row: str, bound: float, ours: str = OURS) -> None:
        if row in self.rows:
            self.ratio(row, best_peer(self.rows[row]), bound, ours)

    def note(self, row: str, bound: float) -> None:
        """What is measured against the same without what the row is about."""
        if row in self.rows and self.rows[row]["samples"].get(OURS):
            mine = self.rows[row]
            without = median_of(mine, OURS, "note")
            value = median_of(mine, OURS)
            if value is not None and without:
                self.add(row, f"times {mine['note']}", value / without, bound, True)

    def amount(self, row: str, text: str, bound: float, what: str = "value") -> None:
        if row in self.rows:
            self.add(row, text, median_of(self.rows[row], OURS, what), bound, True)


def goals(rows: List[Summary]) -> List[Summary]:
    out = Goals(rows)
    for row in ("hot", "crowd", "fields", "keys"):
        out.best(row, 1.10)
    out.ratio("hot", LOOP, 0.90)
    if "crowd" in out.rows:
        out.ratio("crowd", best_peer(out.rows["crowd"]), 1.0, what="p99_ms", at_most=True)
    out.best("large", 1.00)
    out.ratio("redis", "nginx-redis", 2.2, "warmfront-redis")
    out.ratio("redis", "redis-loop", 0.85, "warmfront-redis")
    for row in ("pass", "no-store"):
        out.ratio(row, "haproxy", 0.9)
        for peer in ("nginx", "trafficserver", "varnish"):
            out.ratio(row, peer, 2.0)
    out.amount("cold", "origin fetches", 1)
    out.amount("cold", "p99, ms; the origin takes 100", 160, "p99_ms")
    out.note("tail", 1.3)
    out.note("workers", 1.1)
    out.note("status", 1.03)
    out.amount("object", "bytes", 1536)
    out.amount("idle", "bytes", 2048)
    return out.found


def shown(value: Optional[float]) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(summary: Summary) -> List[str]:
    lines = []
    for row in summary["rows"]:
        lines.append(f"\n{row['title']} ({row['unit']})")
        ours = next(iter(row["samples"]), OURS)
        mine = median_of(row, ours)
        for who in row["samples"]:
            value = median_of(row, who)
            cpu = median_of(row, who, "cpu_us")
            more = f"   {cpu:5.1f} µs of CPU" if cpu else ""
            if mine and value and who != ours:
                more = f"   ours is {mine / value:.2f} times that"
            if row["p99"]:
                more += f"   p99 {shown(median_of(row, who, 'p99_ms'))} ms"
            if row["note"]:
                more += f"   {row['note']}: {shown(median_of(row, who, 'note'))}"
            lines.append(f"  {who:16}{shown(value):>10}{more}")
        for who, why in row["void"].items():
            lines.append(f"  {who:16}      void   {why}")
    lines.append("")
    for goal in summary["goals"]:
        sign = "≤" if goal["at_most"] else "≥"
        lines.append(f"  {'met   ' if goal['met'] else 'MISSED'} {goal['row']:9} {goal['text']}: "
                     f"{goal['value']:g} (goal {sign} {goal['bound']:g})")
    return lines
