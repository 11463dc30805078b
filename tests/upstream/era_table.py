"""The table over all releases as Markdown, and the record of results that it is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

Result = Mapping[str, object]
"""What `era_cells.Result` holds, the tree's and the tool's commit, the date, and the seconds."""

Results = Mapping[str, Mapping[str, Result]]
"""Release → cell → result."""

BEGIN, END = "<!-- all_tags: begin -->", "<!-- all_tags: end -->"

_KERNELS = ("linux", "hw", "nova", "foc", "sel4")
_NONE = "–"


def read_record(path: Path) -> Results:
    """Return the results that were kept, none when there is no file."""
    found: Results = json.loads(path.read_text()) if path.exists() else {}
    return found


def write_record(path: Path, results: Results) -> None:
    """Keep the results."""
    kept = {row: cells for row, cells in results.items() if cells}
    path.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def merged(older: Results, newer: Results, rows: Iterable[str]) -> Results:
    """Return the results of both in the order of `rows`; the newer of two counts."""
    return {row: {**older.get(row, {}), **newer.get(row, {})} for row in rows}


def insert(page: str, text: str) -> str:
    """Return a page with `text` between the two marks; without marks, `text` alone."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n{text}{end}{after}" if begin and end else text


def table(results: Results) -> str:
    """Return when the results were made, a line for each release, and what differs."""
    graphs = [f"graph, {kernel}" for kernel in _KERNELS]
    columns = ("platforms", "ports", *graphs, "commands", "plans", "boots")
    lines = [_made(results), "", f"| release | {' | '.join(columns)} |"]
    lines.append("|---|" + "---|" * len(columns))
    for row, cells in results.items():
        if cells:
            shown = [_by_kernel(cells, kernel) for kernel in _KERNELS]
            named = [_by_name(cells, kind) for kind in ("commands", "plans", "boots")]
            plain = [_plain(cells, kind) for kind in ("platforms", "ports")]
            lines.append(f"| {row} | {' | '.join((*plain, *shown, *named))} |")
    return "\n".join([*lines, "", *_causes(results)]).rstrip("\n") + "\n"


def kernel_of(name: str) -> str:
    """Return the kernel in the name of a configuration: `nova_x86_64-bare`, `x86_64-hw-pc-bare`."""
    words = name.replace("_", "-").split("-")
    return next((kernel for kernel in _KERNELS if kernel in words), "")


def _made(results: Results) -> str:
    every = [result for cells in results.values() for result in cells.values()]
    dates = sorted({str(one["date"]) for one in every if one.get("date")})
    tools = {str(one["tool"]) for one in every if one.get("tool")}
    seconds = [float(str(one["seconds"])) for one in every if one.get("seconds") is not None]
    span = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "an unknown date"
    newest = {str(one["commit"])[:10] for one in results.get("master", {}).values()}
    return (
        f"{len(every):,} cells, made on {span} by commits of this tool: {len(tools)};"
        f" {len(seconds):,} of them were timed: {sum(seconds) / 3600:.1f} hours in all,"
        f" {max(seconds, default=0) / 60:.0f} minutes the longest."
        f" `master` is commit {', '.join(sorted(newest)) or 'unknown'}."
    )


def _plain(cells: Mapping[str, Result], kind: str) -> str:
    return str(cells[kind]["value"]) if kind in cells else "not run"


def _by_kernel(cells: Mapping[str, Result], kernel: str) -> str:
    """Return the graphs of one kernel: a total of what does not differ, each other by name."""
    found = _values(cells, "graph")
    mine = {name: value for name, value in found.items() if kernel_of(name) == kernel}
    if not mine:
        return "not run"
    prepared = {name: value for name, value in mine.items() if name.endswith("-ports")}
    bare = {name: value for name, value in mine.items() if name not in prepared}
    parts = [_total(bare)] if bare else []
    return "<br>".join([*parts, *([f"{_total(prepared)} (ports)"] if prepared else [])])


def _by_name(cells: Mapping[str, Result], kind: str) -> str:
    """Return the cells of one kind: names of configurations in which nothing differs in one."""
    found = _values(cells, kind)
    if not found:
        return "not run"
    shown = {name: value for name, value in found.items() if value != _NONE}
    equal = {name: value for name, value in shown.items() if value.startswith("0 of ")}
    parts = [f"{_total(equal)} ({', '.join(equal)})"] if equal else []
    parts += [f"{name} {value}" for name, value in shown.items() if name not in equal]
    return "<br>".join(parts) or _NONE


def _values(cells: Mapping[str, Result], kind: str) -> dict[str, str]:
    return {
        name.partition("/")[2]: str(result["value"])
        for name, result in sorted(cells.items())
        if name.partition("/")[0] == kind
    }


def _total(values: Mapping[str, str]) -> str:
    """Return the sum of cells, each cell of its own if one is not of the form `a of b`."""
    pairs = [value.partition(" of ") for value in values.values()]
    if not all(middle for _, middle, _ in pairs):
        return "<br>".join(f"{name} {value}" for name, value in values.items())
    wrong = sum(int(left) for left, _, _ in pairs)
    return f"{wrong} of {sum(int(right) for _, _, right in pairs):,}"


def _causes(results: Results) -> list[str]:
    """Return a line for each cell in which something differs."""
    lines = []
    for row, cells in results.items():
        for name, result in cells.items():
            details = result.get("details")
            value = str(result["value"])
            if isinstance(details, list) and details:
                lines.append(f"* {row}, {name}: {value}: `{str(details[0])[:160]}`")
            elif value == "error":
                lines.append(f"* {row}, {name}: `{str(result['figure'])[:160]}`")
    return lines
