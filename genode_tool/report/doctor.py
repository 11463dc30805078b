"""The findings of `genode doctor` as a table and as plain data."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from genode_tool.doctor import ProgramFinding
from genode_tool.programs.installing import install_programs
from genode_tool.programs.kinds import Feature
from genode_tool.report.terminal import Terminal
from genode_tool.sandbox.kernel import Ability


def as_data(findings: Sequence[ProgramFinding], kernel: Sequence[Ability]) -> dict[str, Any]:
    """Return the findings, and what the kernel has for confining programs, as data for JSON."""
    missing = [one.program for one in findings if one.is_missing]
    return {
        "ok": not missing,
        "python": {"path": sys.executable, "version": platform.python_version()},
        "install": install_programs(missing) if missing else None,
        "kernel": [
            {
                "name": one.name,
                "found": one.found,
                "version": one.version or None,
                "without": one.without,
            }
            for one in kernel
        ],
        "features": [
            {
                "name": feature.value,
                "ok": not any(one.is_missing for one in group),
                "programs": [
                    {
                        "name": one.program.name,
                        "kind": one.program.kind.value,
                        "purpose": one.program.purpose,
                        "required": one.program.required,
                        "found": one.path is not None,
                        "path": str(one.path) if one.path else None,
                        "version": one.version or None,
                        "package": one.program.package,
                    }
                    for one in group
                ],
            }
            for feature, group in _by_feature(findings)
        ],
    }


def as_lines(
    findings: Sequence[ProgramFinding], kernel: Sequence[Ability], screen: Terminal
) -> list[str]:
    """Return the findings as a table by feature, and the command that installs missing programs.

    What the kernel has for confining programs comes last.
    """
    paint = screen.paint
    width = max(len(one.program.name) for one in findings)
    lines = []
    for feature, group in _by_feature(findings):
        complete = not any(one.is_missing for one in group)
        state = paint("ok", "green") if complete else paint("incomplete", "red", "bold")
        lines.append(f"{paint(feature.value, 'bold')}: {state}")
        for one in group:
            name = f"{one.program.name:<{width}}"
            if one.path:
                lines.append(f"  {paint('+', 'green')} {name}  {one.version:<9} {one.path}")
                continue
            mark = paint("-", "red", "bold") if one.is_missing else paint("o", "yellow")
            word = "missing" if one.is_missing else "optional"
            lines.append(
                f"  {mark} {name}  {word:<9} {one.program.purpose}; "
                f"{one.program.owner} package {one.program.package}"
            )
    whole = all(one.found for one in kernel)
    state = paint("ok", "green") if whole else paint("weaker", "yellow")
    lines.append(f"{paint('confinement by the kernel', 'bold')}: {state}")
    for ability in kernel:
        name = f"{ability.name:<{width}}"
        if ability.found:
            lines.append(f"  {paint('+', 'green')} {name}  {ability.version}".rstrip())
        else:
            lines.append(f"  {paint('o', 'yellow')} {name}  missing   {ability.without}")
    missing = [one.program for one in findings if one.is_missing]
    if missing:
        lines += ["", "To get what is missing:", f"  {install_programs(missing)}"]
    return lines


def _by_feature(findings: Sequence[ProgramFinding]) -> list[tuple[Feature, list[ProgramFinding]]]:
    ranked = sorted(findings, key=lambda one: list(Feature).index(one.program.feature))
    return [(key, list(group)) for key, group in groupby(ranked, key=lambda f: f.program.feature)]
