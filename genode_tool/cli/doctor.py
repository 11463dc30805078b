"""What `genode doctor` finds out about this machine."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import (
    PROGRAMS,
    Feature,
    Kind,
    Program,
    install_command,
    packages_of,
)
from genode_tool.report.terminal import Terminal

_ANSWER_S = 20
_VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One program and what was found of it; `version` is "" when it does not tell."""

    program: Program
    path: Path | None
    version: str

    @property
    def is_lacking(self) -> bool:
        """Whether its feature does not work without it, and it is not there."""
        return self.program.required and self.path is None


def examine(programs: Sequence[Program] = PROGRAMS) -> tuple[Finding, ...]:
    """Look for each of `programs` and ask it for its version."""
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(_look_at, programs))


def _look_at(program: Program) -> Finding:
    path = program.find()
    return Finding(program, path, _version(program, path) if path else "")


def _version(program: Program, path: Path) -> str:
    if program.kind is Kind.MODULE:
        return platform.python_version()
    if program.kind in (Kind.HEADER, Kind.FILE) or not program.version_argument:
        return ""
    try:
        shown = process.run([str(path), program.version_argument], timeout=_ANSWER_S)
    except EnvironmentProblem:
        return ""
    found = _VERSION.search((shown.stdout or shown.stderr).decode(errors="replace"))
    return found[0] if found else ""


def as_data(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings as plain data for JSON."""
    lacking = [one.program for one in findings if one.is_lacking]
    return {
        "ok": not lacking,
        "python": {"path": sys.executable, "version": platform.python_version()},
        "install": install_command(packages_of(lacking)) if lacking else None,
        "features": [
            {
                "name": feature.value,
                "ok": not any(one.is_lacking for one in group),
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


def as_lines(findings: Sequence[Finding], screen: Terminal) -> list[str]:
    """Return the findings as a table by feature, and the one command that gets what lacks."""
    paint = screen.paint
    width = max(len(one.program.name) for one in findings)
    lines = []
    for feature, group in _by_feature(findings):
        fine = not any(one.is_lacking for one in group)
        state = paint("ok", "green") if fine else paint("incomplete", "red", "bold")
        lines.append(f"{paint(feature.value, 'bold')}: {state}")
        for one in group:
            name = f"{one.program.name:<{width}}"
            if one.path:
                lines.append(f"  {paint('+', 'green')} {name}  {one.version:<9} {one.path}")
                continue
            mark = paint("-", "red", "bold") if one.is_lacking else paint("o", "yellow")
            word = "missing" if one.is_lacking else "optional"
            lines.append(
                f"  {mark} {name}  {word:<9} {one.program.purpose}; "
                f"Debian package {one.program.package}"
            )
    lacking = [one.program for one in findings if one.is_lacking]
    if lacking:
        lines += ["", "To get what is missing:", f"  {install_command(packages_of(lacking))}"]
    return lines


def _by_feature(findings: Sequence[Finding]) -> list[tuple[Feature, list[Finding]]]:
    ranked = sorted(findings, key=lambda one: list(Feature).index(one.program.feature))
    return [(key, list(group)) for key, group in groupby(ranked, key=lambda f: f.program.feature)]
