"""Runs a scenario written in Python: `NAME.run.py` with a function `run(scenario)`.

The function gets the run API as methods of `scenario`, under the names that Tcl scripts use.
Patterns stay Tcl regular expressions, so that both kinds of script match alike.
"""

from __future__ import annotations

import os
import runpy
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import cast

from genode_tool.errors import GenodeError, Location
from genode_tool.nearest import did_you_mean
from genode_tool.run.api.procedure import Procedure
from genode_tool.run.console.patterns import Span
from genode_tool.run.scenario.script import Script, ScriptPosition
from genode_tool.run.scenario.state import ScenarioState
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.verdict import ScriptError


class PythonScenario:
    """The object that a scenario in Python gets: procedures are its methods.

    `genode_path` is the directory in which the boot modules are gathered.
    """

    def __init__(
        self, script: Script, procedures: Mapping[str, Procedure], genode_path: Path
    ) -> None:
        self.genode_path = genode_path
        self._script = script
        self._procedures = procedures

    @property
    def output(self) -> str:
        """The output that matched so far; scripts may change it."""
        return self._script.get("output") or ""

    @output.setter
    def output(self, text: str) -> None:
        self._script.set("output", text)

    def __getattr__(self, name: str) -> Procedure:
        """Return the procedure of that name. Raises `AttributeError` when there is none."""
        try:
            return self._procedures[name]
        except KeyError:
            guess = did_you_mean(name, self._procedures)
            raise AttributeError(
                f"no such procedure: {name}" + (f"; {guess}" if guess else "")
            ) from None


class PythonFrontend:
    """The front end for Python; it keeps the script's variables itself."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._variables: dict[str, str] = {}
        self._procedures: Mapping[str, Procedure] = {}

    @cached_property
    def _tcl(self) -> Interpreter:
        return Interpreter()

    def get(self, name: str) -> str | None:
        """Return a global variable; None when it is unset."""
        return self._variables.get(name)

    def set(self, name: str, value: str) -> None:
        """Set a global variable."""
        self._variables[name] = value

    def invoke(self, name: str, *arguments: str) -> str:
        """Call a procedure by name."""
        return self._tcl.to_tcl(self._procedures[name](*arguments))

    def defines(self, name: str) -> bool:
        """Return whether a procedure of that name exists."""
        return name in self._procedures

    def split(self, text: str) -> tuple[str, ...]:
        """Split a list as Tcl writes it."""
        return tuple(shlex.split(text))

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        """Return the spans of the match and its sub-matches, or None."""
        return self._tcl.search(pattern, text, nocase=nocase)

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """Replace all matches of a Tcl regular expression."""
        return self._tcl.substitute(pattern, replacement, text)

    def where(self) -> ScriptPosition:
        """Return the position of the innermost line in the script's own file."""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == str(self._script):
                return ScriptPosition(Location(str(self._script), frame.f_lineno))
            if frame.f_back is None:
                break
            frame = frame.f_back
        return ScriptPosition(None)

    def run(self, state: ScenarioState, procedures: Mapping[str, Procedure]) -> None:
        """Import the script and call its `run` in the build directory."""
        self._procedures = procedures
        directory = state.context.build.path
        opt = state.context.build.variable("QEMU_OPT")
        self._variables.update(output="", qemu_args=opt + " ")
        former = Path.cwd()
        os.chdir(directory)
        try:
            self._entry()(PythonScenario(self, procedures, state.context.boot_directory))
        except GenodeError:
            raise
        except Exception as error:
            raise self._mistake(error) from error
        finally:
            os.chdir(former)

    def _entry(self) -> Callable[[PythonScenario], object]:
        entry = runpy.run_path(str(self._script)).get("run")
        if not callable(entry):
            raise ScriptError(
                "the script has no function `run`",
                location=Location(str(self._script)),
                hint="define `def run(scenario): …`",
            )
        return cast(Callable[[PythonScenario], object], entry)

    def _mistake(self, error: Exception) -> ScriptError:
        lines = [
            frame.lineno or 0
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(self._script)
        ]
        if isinstance(error, SyntaxError) and error.lineno:
            lines.append(error.lineno)
        location = Location(str(self._script), lines[-1] if lines else 0)
        return ScriptError(f"{type(error).__name__}: {error}", location=location)
