"""The table over all releases as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

Results = Mapping[str, Mapping[str, Mapping[str, object]]]
"""Release → cell → what `era_cells.Result` holds, its commit and its seconds."""

_COLUMNS = ("platforms", "graph", "commands", "ports", "plans", "boots")


def table(results: Results) -> tuple[str, str]:
    """Return the Markdown and the JSON of all results."""
    lines = [
        f"| release | {' | '.join(_COLUMNS)} |",
        "|---|" + "---|" * len(_COLUMNS),
    ]
    for tag, cells in results.items():
        if not cells:
            continue  # not compared yet
        shown = [_shown(cells, column) for column in _COLUMNS]
        lines.append(f"| {tag} | {' | '.join(shown)} |")
    lines += ["", *_causes(results)]
    return "\n".join(lines) + "\n", json.dumps(results, indent=1, sort_keys=True) + "\n"


def _shown(cells: Mapping[str, Mapping[str, object]], column: str) -> str:
    """Return a cell: the configurations in which nothing differs in one, each other by name."""
    found = {
        name.partition("/")[2]: str(result["value"])
        for name, result in cells.items()
        if name.partition("/")[0] == column and result["value"] != "–"
    }
    if not found:
        return ""
    equal = [value for value in found.values() if value.startswith("0 of ")]
    total = sum(int(value.rpartition(" ")[2]) for value in equal)
    parts = []
    if equal:
        names = ", ".join(name for name, value in found.items() if value in equal and name)
        times = f" ({names})" if names else ""
        parts.append(f"0 of {total:,}{times}")
    parts += [
        f"{name} {value}".strip() for name, value in found.items() if not value.startswith("0 of ")
    ]
    return "<br>".join(parts)


def _causes(results: Results) -> list[str]:
    """Return a line for each cell in which something differs."""
    lines = []
    for tag, cells in results.items():
        for name, result in cells.items():
            details = result.get("details")
            value = str(result["value"])
            if isinstance(details, list) and details:
                lines.append(f"* {tag}, {name}: {value}: `{str(details[0])[:160]}`")
            elif value == "error":
                lines.append(f"* {tag}, {name}: `{str(result['figure'])[:160]}`")
    return lines
