"""A check for the programs and Python modules that a description requires."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from genode_tool.errors import EnvironmentProblem, Location
from genode_tool.ports.description.evaluate import PortDescription
from genode_tool.process import find_program, run, scrubbed_environment
from genode_tool.programs.catalogue import program
from genode_tool.programs.installing import install_programs

_SECONDS = 30.0


def check_tools(
    description: PortDescription, *, has_module: Callable[[str], bool] | None = None
) -> None:
    """Raise `EnvironmentProblem` when the port needs programs or modules that are missing."""
    has = has_module or _has_module
    programs = [one for one in description.tools if find_program(one) is None]
    modules = [one for one in description.python_modules if not has(one)]
    if not programs and not modules:
        return
    known = [found for one in programs if (found := program(one)) and found.package]
    missing = [*programs, *(f"Python module {one}" for one in modules)]
    raise EnvironmentProblem(
        f"port `{description.name}`: not installed: {', '.join(missing)}",
        location=Location(str(description.port.path)),
        hint=install_programs(known, modules, has_pip=not modules or has("pip"))
        if known or modules
        else "install it and run the command again",
    )


def _has_module(name: str) -> bool:
    """Return whether the Python that recipes of ports call, which is not ours, finds a module."""
    for python in ("python", "python3"):
        if find_program(python):
            asked = run(
                [python, "-c", f"import {name}"], env=scrubbed_environment(), timeout=_SECONDS
            )
            return asked.returncode == 0
    return importlib.util.find_spec(name) is not None
