"""Looks for the outside programs that features need; the findings of `genode doctor`."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs.catalogue import all_programs
from genode_tool.programs.kinds import Program
from genode_tool.regex import regex
from genode_tool.scratch import scratch_directory
from genode_tool.settings.schema.program_kinds import Kind

_ANSWER_SECONDS = 20
_VERSION = regex(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class ProgramFinding:
    """One program and where it was found; `version` is "" when it is unknown."""

    program: Program
    path: Path | None
    version: str

    @property
    def is_missing(self) -> bool:
        """Return whether it was not found, and its feature does not work without it."""
        return self.program.required and self.path is None


def examine(programs: Sequence[Program] | None = None) -> tuple[ProgramFinding, ...]:
    """Look for each of `programs` (default: all) and ask it for its version."""
    programs = all_programs() if programs is None else programs
    # Some write settings into their user's home when they are first called (svn, distcc).
    with scratch_directory("doctor") as home, ThreadPoolExecutor() as pool:
        environment = process.scrubbed_environment({"HOME": str(home)})
        return tuple(pool.map(lambda one: _look_for(one, environment), programs))


def _look_for(program: Program, environment: Mapping[str, str]) -> ProgramFinding:
    path = program.find()
    return ProgramFinding(program, path, _version(program, path, environment) if path else "")


def _version(program: Program, path: Path, environment: Mapping[str, str]) -> str:
    if program.kind is Kind.MODULE:
        return platform.python_version()
    if program.kind in (Kind.HEADER, Kind.FILE) or not program.version_argument:
        return ""
    try:
        shown = process.run(
            [str(path), program.version_argument], env=environment, timeout=_ANSWER_SECONDS
        )
    except EnvironmentProblem:
        return ""
    found = _VERSION.search((shown.stdout or shown.stderr).decode(errors="replace"))
    return found[0] if found else ""
