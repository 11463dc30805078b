"""Runs a Tcl run script with the whole API in an interpreter of its own."""

from __future__ import annotations

import os
from pathlib import Path

from genode_tool.run.api import Scenario
from genode_tool.run.console.patterns import Span
from genode_tool.run.context.run_modules import site_file
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.scenario.session import Session
from genode_tool.run.tcl.expect import Expecting
from genode_tool.run.tcl.interpreter import Interpreter, ScriptPosition
from genode_tool.run.tcl.prelude import PRELUDE
from genode_tool.run.tcl.sandbox import confine
from genode_tool.run.verdict import Outcome


class TclFrontend:
    """See `Frontend`; variables are the interpreter's globals."""

    def __init__(self) -> None:
        self.interpreter = Interpreter()

    def get(self, name: str) -> str | None:
        """See `Frontend`."""
        return self.interpreter.get_global(name)

    def set(self, name: str, value: str) -> None:
        """See `Frontend`."""
        self.interpreter.set_global(name, value)

    def invoke(self, name: str, *arguments: str) -> str:
        """See `Frontend`."""
        return self.interpreter.call(name, *arguments)

    def defines(self, name: str) -> bool:
        """See `Frontend`."""
        return self.interpreter.has_command(name)

    def split(self, text: str) -> tuple[str, ...]:
        """See `Frontend`."""
        return self.interpreter.split(text)

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        """See `RegexEngine`."""
        return self.interpreter.search(pattern, text, nocase=nocase)

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """See `Frontend`."""
        return self.interpreter.substitute(pattern, replacement, text)

    def where(self) -> ScriptPosition:
        """See `Frontend`."""
        return self.interpreter.where()

    def run(self, session: Session) -> None:
        """Run the session's script to its end.

        Raises `ScriptError` for a mistake in it, `ScenarioStop` when it ends early, and
        whatever the API raises. The working directory is the build directory meanwhile, as
        scripts expect it.
        """
        context = session.context
        scenario = Scenario(session)
        scenario.check_before_start()
        interpreter = self.interpreter
        interpreter.seconds = context.options.plan_seconds
        for name, procedure in scenario.commands().items():
            interpreter.register(name, procedure)
        self._register_own(session, scenario)
        self._set_variables(context)
        interpreter.run(PRELUDE)
        Expecting(session, interpreter).register()
        if session.planning:
            confine(session, interpreter)
        former, environment = Path.cwd(), dict(os.environ)
        os.chdir(context.build.path)
        try:
            for module in self._modules(context):
                interpreter.source(module)
            interpreter.source(context.script)
        finally:
            if not session.planning and interpreter.evaluate("info procs run_power_off"):
                session.at_end = "run_power_off"  # however the script ended
            os.chdir(former)
            _restore(environment)

    def _register_own(self, session: Session, scenario: Scenario) -> None:
        def unmet(expression: str, message: str) -> None:
            demand = " ".join(expression.split())
            shown = " ".join(message.split()) or f"requirement not met: {demand}"
            raise scenario.unmet(shown, hint=f"the script demands {demand}" if message else "")

        def leave(status: str = "0") -> None:
            code = int(status, 0)
            passed = code == 0
            words = "the script ended itself" if passed else f"the script ended with `exit {code}`"
            raise scenario.stop(
                Outcome.PASSED if passed else Outcome.EXITED,
                words,
                exit_code=code,
                evidence=session.evidence(),
            )

        def show(channel: str, text: str, newline: str) -> None:
            session.print(text, error=channel == "stderr", newline=newline == "1")

        def sleep(seconds: str) -> None:
            if not session.planning:
                session.sleep(float(seconds))

        def sleep_ms(milliseconds: str) -> None:
            sleep(str(int(milliseconds) / 1000))

        for name, command in (
            ("::genode::exit", leave),
            ("::genode::unmet", unmet),
            ("::genode::print", show),
            ("::genode::sleep_ms", sleep_ms),
            ("sleep", sleep),
        ):
            self.interpreter.register(name, command)

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
"""What scripts find in `env` although the user's environment may not have it."""


def _restore(environment: dict[str, str]) -> None:
    """Undo what a script did to the process's environment through Tcl's `env`."""
    for name in _EXPORTED:
        os.unsetenv(name)
    for name, value in environment.items():
        os.putenv(name, value)
