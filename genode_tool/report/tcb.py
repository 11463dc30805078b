"""Renders a trusted computing base as a table or JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from genode_tool.report.terminal import Terminal
from genode_tool.run.inspection.tcb import Base

_KERNELS = {
    "hw": "the kernel is part of core",
    "linux": "the kernel is the host's Linux, which is not counted",
}


def base_lines(base: Base, screen: Terminal) -> Iterator[str]:
    """Yield the tables of components and libraries, and the total."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("component", "program", "role"):
        table.add_column(name, no_wrap=True)
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one, part in base.components:
        table.add_row(
            Text(one.name),
            part.name,
            one.role.value,
            "?" if part.lines is None else f"{part.lines:,}",
            Text(", ".join(one.reasons), "" if one.explicit else "yellow"),
        )
    libraries = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    libraries.add_column("library", no_wrap=True)
    libraries.add_column("lines", justify="right", no_wrap=True)
    libraries.add_column("in", overflow="fold")
    for part in base.libraries:
        libraries.add_row(part.name, f"{part.lines:,}", ", ".join(part.users))
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=screen.width if screen.live else 120,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        highlight=False,
        legacy_windows=False,
    )
    console.print(table)
    if base.libraries:
        console.print(libraries)
    yield from (line.rstrip() for line in buffer.getvalue().splitlines())
    yield f"{' -> '.join(base.component)} rests on {base.total:,} lines, each counted once"
    yield f"  {_KERNELS.get(base.kernel, 'a kernel that is not part of the build is not counted')}"
    if base.uncounted:
        yield f"  not counted, since not built from source here: {', '.join(base.uncounted)}"


def base_data(base: Base) -> dict[str, Any]:
    """Return it as JSON data."""
    return {
        "component": list(base.component),
        "kernel": base.kernel,
        "total": base.total,
        "components": [
            {
                "path": list(one.path),
                "program": part.name,
                "role": one.role.value,
                "explicit": one.explicit,
                "reasons": list(one.reasons),
                "lines": part.lines,
                "directory": part.directory,
            }
            for one, part in base.components
        ],
        "libraries": [
            {
                "name": part.name,
                "lines": part.lines,
                "in": list(part.users),
                "directory": part.directory,
            }
            for part in base.libraries
        ],
    }
