"""Runs a Tcl run script with the whole API in an interpreter of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from genode_tool.errors import Location
from genode_tool.run.api.procedure import Procedure
from genode_tool.run.console.patterns import Span
from genode_tool.run.context.run_modules import site_file
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.scenario.script import ScriptPosition
from genode_tool.run.scenario.state import ScenarioState
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.tcl.expect import ExpectCommands
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.tcl.prelude import PRELUDE
from genode_tool.run.verdict import ScriptError


class TclFrontend:
    """The front end for Tcl; variables are the interpreter's globals."""

    def __init__(
        self,
        *,
        seconds: float | None = None,
        confine: Callable[[Interpreter], None] | None = None,
    ) -> None:
        """Make an interpreter.

        A script may take `seconds`, if given. `confine` keeps the interpreter from changing
        anything.
        """
        self.interpreter = Interpreter()
        self._seconds = seconds
        self._confine = confine

    def get(self, name: str) -> str | None:
        """Return a global variable; None when it is unset."""
        return self.interpreter.get_global(name)

    def set(self, name: str, value: str) -> None:
        """Set a global variable."""
        self.interpreter.set_global(name, value)

    def invoke(self, name: str, *arguments: str) -> str:
        """Call a procedure by name."""
        return self.interpreter.call(name, *arguments)

    def defines(self, name: str) -> bool:
        """Return whether a procedure of that name exists."""
        return self.interpreter.has_command(name)

    def split(self, text: str) -> tuple[str, ...]:
        """Split a Tcl list."""
        return self.interpreter.split(text)

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        """Return the spans of the match and its sub-matches, or None."""
        return self.interpreter.search(pattern, text, nocase=nocase)

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """Replace all matches of a Tcl regular expression."""
        return self.interpreter.substitute(pattern, replacement, text)

    def where(self) -> ScriptPosition:
        """Return the position of the command that is being executed."""
        return self.interpreter.where()

    def run(self, state: ScenarioState, procedures: Mapping[str, Procedure]) -> None:
        """Evaluate the script in the build directory; it can call `procedures`."""
        context, interpreter = state.context, self.interpreter
        self._check_end(context.script)
        interpreter.seconds = self._seconds
        for name, procedure in procedures.items():
            interpreter.register(name, procedure)
        self._set_variables(context)
        interpreter.run(PRELUDE)
        ExpectCommands(
            interpreter,
            state.mode,
            state.consoles,
            state.system,
            state.progress,
            context.options.timeout_scale,
        ).register()
        if self._confine:
            self._confine(interpreter)
        former, environment = Path.cwd(), dict(os.environ)
        os.chdir(context.build.path)
        try:
            for module in self._modules(context):
                interpreter.source(module)
            interpreter.source(context.script)
        finally:
            state.mode.perform(lambda: self._note_power_off(state.system), None)
            os.chdir(former)
            _restore(environment)

    def _check_end(self, script: Path) -> None:
        """Raise `ScriptError` for a command without an end, which Tcl would meet after a build."""
        text = script.read_text(errors="replace").replace("\r\n", "\n")
        line = self.interpreter.unfinished_command(text)
        if line is not None:
            raise ScriptError(
                "this command does not end before the script does",
                location=Location(str(script), line),
                hint="a brace, bracket or quotation mark that it opens is not closed",
            )

    def _note_power_off(self, system: RunningSystem) -> None:
        """Let a script's own power switch be used at the end, however the script ended."""
        if self.interpreter.evaluate("info procs run_power_off"):
            system.at_end = "run_power_off"

    def _set_variables(self, context: ScenarioContext) -> None:
        build = context.build
        join = self.interpreter.join
        for name, value in (
            ("argv0", "run"),
            ("argv", join(context.switches.words)),
            ("argc", str(len(context.switches.words))),
            ("include_list", join(context.switches.includes)),
            ("run_name", context.name),
            ("genode_dir", str(build.genode_dir)),
            ("cross_dev_prefix", build.variable("CROSS_DEV_PREFIX")),
            ("specs", " ".join(build.specs)),
            ("board_var", build.board),
            ("repositories", join([str(path) for path in build.repositories])),
            ("qemu_args", build.variable("QEMU_OPT").strip() + " "),
            ("qemu_spawn_id", ""),
            ("output", ""),
            ("timeout", "10"),
            ("env(KERNEL)", build.kernel),
            ("env(BOARD)", build.board),
        ):
            self.interpreter.set_global(name, value)

    def _modules(self, context: ScenarioContext) -> list[Path]:
        """Return the run modules that the tree itself brings along, in order of inclusion."""
        files = [site_file(one, context.build.repositories) for one in context.switches.includes]
        return [one for one in files if one]


_EXPORTED = ("KERNEL", "BOARD")
"""Variables that scripts find in `env` although the user's environment may not have them."""


def _restore(environment: dict[str, str]) -> None:
    """Undo what a script did to the process's environment through Tcl's `env`."""
    for name in _EXPORTED:
        os.unsetenv(name)
    for name, value in environment.items():
        os.putenv(name, value)
