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
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import cast

from genode_tool.errors import GenodeError, Location
from genode_tool.run.api import Scenario
from genode_tool.run.console.patterns import Span
from genode_tool.run.scenario.session import Session
from genode_tool.run.tcl.interpreter import Interpreter, ScriptPosition
from genode_tool.run.verdict import ScriptError


class PythonFrontend:
    """See `Frontend`; variables are kept here, hooks are methods of the API."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._variables: dict[str, str] = {}
        self._scenario: Scenario | None = None

    @cached_property
    def _tcl(self) -> Interpreter:
        return Interpreter()

    def get(self, name: str) -> str | None:
        """See `Frontend`."""
        return self._variables.get(name)

    def set(self, name: str, value: str) -> None:
        """See `Frontend`."""
        self._variables[name] = value

    def invoke(self, name: str, *arguments: str) -> str:
        """See `Frontend`."""
        if self._scenario is None:
            raise ScriptError(f"{name} was called before the scenario runs")
        return self._tcl.to_tcl(self._scenario.commands()[name](*arguments))

    def defines(self, name: str) -> bool:
        """See `Frontend`."""
        return self._scenario is not None and name in self._scenario.commands()

    def split(self, text: str) -> tuple[str, ...]:
        """See `Frontend`."""
        return tuple(shlex.split(text))

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        """See `RegexEngine`."""
        return self._tcl.search(pattern, text, nocase=nocase)

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """See `Frontend`."""
        return self._tcl.substitute(pattern, replacement, text)

    def where(self) -> ScriptPosition:
        """See `Frontend`: the innermost line of the script itself."""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == str(self._script):
                return ScriptPosition(Location(str(self._script), frame.f_lineno))
            if frame.f_back is None:
                break
            frame = frame.f_back
        return ScriptPosition(None)

    def run(self, session: Session) -> None:
        """Run the session's script to its end; see `TclFrontend.run`."""
        context = session.context
        self._scenario = Scenario(session)
        self._variables.update(output="", qemu_args=context.build.variable("QEMU_OPT") + " ")
        former = Path.cwd()
        os.chdir(context.build.path)
        try:
            self._entry()(self._scenario)
        except GenodeError:
            raise
        except Exception as error:
            raise self._mistake(error) from error
        finally:
            os.chdir(former)

    def _entry(self) -> Callable[[Scenario], object]:
        entry = runpy.run_path(str(self._script)).get("run")
        if not callable(entry):
            raise ScriptError(
                "the script has no function `run`",
                location=Location(str(self._script)),
                hint="define `def run(scenario): …`",
            )
        return cast(Callable[[Scenario], object], entry)

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
