"""docs/performance.md and its plots, from the JSON of a run."""

import html
from pathlib import Path
from typing import Any, Dict, List

import summary
from entrants import OURS

WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 640, 22, 8, 150, 170, 34
OURS_COLOUR, PEER_COLOUR, FLOOR_COLOUR = "#c2410c", "#475569", "#94a3b8"


def colour_of(who: str) -> str:
    if who.startswith(OURS):
        return OURS_COLOUR
    return FLOOR_COLOUR if "loop" in who else PEER_COLOUR


def text_at(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}"{style}>{html.escape(text)}</text>'


def bar(row: Dict[str, Any], who: str, longest: float, y: int) -> List[str]:
    value = summary.median_of(row, who) or 0.0
    values = [sample["value"] for sample in row["samples"][who]]
    scale = (WIDTH - LEFT - RIGHT) / longest if longest else 0.0
    middle = y + BAR * 0.68
    parts = [text_at(LEFT - 8, middle, who, ' text-anchor="end"'),
             f'<rect x="{LEFT}" y="{y}" width="{max(value * scale, 1):.1f}" height="{BAR}" '
             f'fill="{colour_of(who)}"/>']
    if len(values) > 1:
        low, high = LEFT + min(values) * scale, LEFT + max(values) * scale
        parts.append(f'<path d="M{low:.1f} {y + BAR / 2}H{high:.1f}" stroke="#0f172a"/>')
    said = summary.shown(value)
    if row["p99"]:
        said += f" (p99 {summary.shown(summary.median_of(row, who, 'p99_ms'))} ms)"
    if row["note"]:
        said += f" ({row['note']} {summary.shown(summary.median_of(row, who, 'note'))})"
    end = LEFT + max([value, *values]) * scale
    return parts + [text_at(end + 6, middle, said)]


def plot(row: Dict[str, Any]) -> str:
    """Bars of medians; a line from the least to the largest round."""
    longest = max([sample["value"] for of in row["samples"].values() for sample in of] or [1.0])
    height = TOP + len(row["samples"]) * (BAR + GAP) + GAP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
             text_at(8, 20, f"{row['title']}: {row['unit']}", ' font-weight="bold"')]
    for number, who in enumerate(row["samples"]):
        parts += bar(row, who, longest, TOP + number * (BAR + GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def cell(row: Dict[str, Any], who: str) -> str:
    if who in row["void"]:
        return "void"
    value = summary.median_of(row, who)
    if value is None:
        return ""
    text = summary.shown(value)
    return f"**{text}**" if who.startswith(OURS) else text


def table(result: Dict[str, Any]) -> List[str]:
    columns = ("warmfront", "haproxy", "nginx", "trafficserver", "varnish", "loop")
    same_column = {"warmfront-redis": "warmfront", "nginx-redis": "nginx", "redis-loop": "loop"}
    lines = ["| work | unit | Warmfront | HAProxy | nginx | Traffic Server | Varnish | bare loop |",
             "|---|---|" + "---|" * len(columns)]
    for row in result["rows"]:
        cells: Dict[str, str] = {}
        for who in (*row["samples"], *row["void"]):
            cells[same_column.get(who, who)] = cell(row, who)
        lines.append(f"| {row['title']} | {row['unit']} | "
                     + " | ".join(cells.get(column, "") for column in columns) + " |")
    return lines


def goal_lines(result: Dict[str, Any]) -> List[str]:
    titles = {row["name"]: row["title"] for row in result["rows"]}
    lines = ["| work | what is compared | goal | measured | |", "|---|---|---|---|---|"]
    for goal in result["goals"]:
        sign = "≤" if goal["at_most"] else "≥"
        lines.append(f"| {titles[goal['row']]} | {goal['text']} | {sign} {goal['bound']:g} | "
                     f"{goal['value']:g} | {'met' if goal['met'] else '**missed**'} |")
    return lines


def failures(result: Dict[str, Any]) -> List[str]:
    lines = [f"* {row['title']}, {who}: {why}" for row in result["rows"]
             for who, why in row["void"].items()]
    return ["", "Void, because the measurement did not show what it should:", "", *lines] \
        if lines else []


def losses(result: Dict[str, Any]) -> str:
    missed = sum(not goal["met"] for goal in result["goals"])
    if missed == 0:
        return "All goals are met."
    return f"{missed} of {len(result['goals'])} goals are missed; the table says which."


def page(result: Dict[str, Any]) -> str:
    machine = result["machine"]
    lines = [
        "# Performance", "",
        "Warmfront beside its peers, on one machine, in one run. This page and its plots are",
        "written by `tests/bench/run.sh --write`; do not edit them.", "",
        f"Measured on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, Linux",
        f"{machine['kernel']}; {result['rounds']} interleaved rounds of {result['seconds']} s,",
        "medians. Every server has one worker on one core; wrk, the origin and Redis share",
        "another. Logs are off, connections are kept alive, caches lie in memory; the",
        "configurations are in [tests/bench/peers](../tests/bench/peers). A measurement counts",
        "only if every answer was a 200 of full size and the origin was asked exactly as often as",
        "the row says. Absolute figures are those of this machine in that hour; only ratios say",
        "something.", "",
        *table(result), *failures(result), "",
        "In the row of hits from Redis, the peer is nginx with a cache in Lua and the loop asks",
        "Redis over one pipelined connection. The bare loop parses nothing and checks nothing: a",
        "floor, which [bare_loop.cpp](../tests/bench/bare_loop.cpp) describes.", "",
        "## Goals", "", losses(result), "", *goal_lines(result), "",
        "## Repeat it", "", "```sh",
        "tests/bench/run.sh            # everything; installs the peers",
        "tests/bench/run.sh hot redis  # some rows", "tests/bench/run.sh --write    # this page",
        "tests/bench/cost.py           # instructions, system calls, allocations per request",
        "```", "", "## Plots", "",
        "Bars are medians; the thin line in a bar goes from the slowest round to the fastest.", ""]
    for row in result["rows"]:
        lines += [f"![{row['title']}](performance/{row['name']}.svg)", ""]
    return "\n".join(lines)


def write(result: Dict[str, Any], root: Path) -> None:
    folder = root / "docs/performance"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for row in result["rows"]:
        (folder / f"{row['name']}.svg").write_text(plot(row))
    target = root / "docs/performance.md"
    target.write_text(page(result))
    print(f"Written: {target} and {len(result['rows'])} plots")
