"""Making the content of an api, src or raw archive: its `content.mk`, evaluated and carried out.

The evaluation comes first, for all archives of a call, because it finds the ports that are needed.
Both run within the confinement of recipes: nothing but the archive's directory can be written.
What is ours does so in a confined thread, the programs of a recipe in a confined process.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.depot.extraction import frame
from genode_tool.depot.extraction.content_inputs import ContentInputs
from genode_tool.depot.extraction.file_commands import FileCommands
from genode_tool.depot.extraction.observations import SourceObservations
from genode_tool.depot.extraction.stage import Stage
from genode_tool.depot.recipes.recipe import Recipe
from genode_tool.errors import BuildFailed, GenodeError, Location, Severity, UserError
from genode_tool.makefile import (
    Command,
    Evaluation,
    Inputs,
    Message,
    ParseCache,
    RealInputs,
    ShellResult,
)
from genode_tool.makefile.executor import Options, Run, Runner
from genode_tool.makefile.executor.jobs import Jobs
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.rules.files import File
from genode_tool.sandbox.commands import ConfinedCommands
from genode_tool.sandbox.policy import Policy

_SHELLS = frozenset(("sh", "bash", "dash"))
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True)
class ContentTools:
    """What the recipes of one call share: the tree, the environment, what was read before.

    `private` is a directory that only recipes use.
    """

    genode_dir: Path
    contrib_dir: Path
    private: Path
    environ: Mapping[str, str]
    outside: Inputs
    cache: ParseCache = field(default_factory=ParseCache)


class RecipeFailed(BuildFailed):
    """A rule of a `content.mk` failed; `trail` is the end of its output.

    `ports` are those that it needs and that are not prepared, if that is the reason.
    """

    ports: tuple[str, ...] = ()


class ContentRecipe:
    """The content of one archive, in the empty directory `top`. Use as a context manager."""

    def __init__(
        self,
        recipe: Recipe,
        top: str,
        seen: SourceObservations,
        tools: ContentTools,
        outside: Callable[[Callable[[], None]], None],
    ) -> None:
        """`outside` is that of the confined thread which calls `evaluate` and `make`."""
        self.recipe = recipe
        self.ports: list[str] = []
        self.missing_ports: list[str] = []
        self._port_calls = 0
        self._seen = seen
        self._tools = tools
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._output = Output(self._log.fileno(), self._log.fileno())
        self._stage = Stage(top, seen, self._output.err)
        self.commands = ConfinedCommands(
            Policy((Path(top), tools.private), isolated=True),
            tools.private,
            self._log.fileno(),
            outside,
        )
        """Runs the programs of the recipe; to be entered around `evaluate` and `make`."""
        self._inputs = ContentInputs(
            self._stage, _ConfinedInputs(self._log.fileno(), self.commands), tools.outside
        )
        self._problem: UserError | None = None
        self._evaluation: Evaluation | None = None

    def close(self) -> None:
        """Give up the output of the recipe."""
        self._log.close()

    def evaluate(self) -> None:
        """Read `content.mk`; `missing_ports` are known then. Raises `GenodeError`."""
        self._evaluation = self._read()
        self._raise_problem()
        if self._port_calls < self._inputs.port_calls:
            self._find_late_ports()
            self._raise_problem()

    def _find_late_ports(self) -> None:
        """Find the ports that are named where nothing is expanded before a rule is carried out.

        All rules are gone through without carrying out anything, as the original does.
        """
        ev = self._read()
        goals = ev.value(".DEFAULT_GOAL").split()
        outside, self._inputs.ports_missing = self._inputs.ports_missing, True
        try:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                output = Output(nowhere.fileno(), nowhere.fileno())
                run = Run(ev, Options(silent=True, keep_going=True), output, name="content.mk")
                Runner(run, _NoJobs(run)).run(goals)
        except GenodeError:
            return  # `make` reports it
        finally:
            self._inputs.ports_missing = outside or bool(self.missing_ports)

    def _read(self) -> Evaluation:
        path = self.recipe.content_file
        if self._inputs.stat(str(path)) is None:
            raise UserError(f"the recipe {self.recipe} has no content.mk: wanted {path}")
        variables = {
            "CONTENT_MK": str(path),
            "GENODE_DIR": str(self._tools.genode_dir),
            "REP_DIR": str(self.recipe.repository),
            "CONTRIB_DIR": str(self._tools.contrib_dir),
            "VERBOSE": "@",
        }
        ev = Evaluation(
            self._inputs,
            cwd=self._stage.top,
            variables=variables,
            environ={**self._tools.environ, "PWD": self._stage.top},
            cache=self._tools.cache,
            on_message=self._hear,
            # Nothing in an archive is compiled; looking for such rules takes long.
            builtin_rules=False,
            make=f"{sys.executable} -m genode_tool.makefile",
        )
        ev.read_content(frame.NAME, frame.before())
        ev.include(str(path))
        return ev

    def _hear(self, message: Message) -> None:
        text = message.diagnostic.text
        if message.diagnostic.severity is not Severity.INFO:
            return
        if text.startswith(frame.NEEDED_PORT):
            name = text.removeprefix(frame.NEEDED_PORT)
            self._port_calls += 1
            if name not in self.ports:
                self.ports.append(name)
        elif text.startswith(frame.MISSING_PORT):
            name = text.removeprefix(frame.MISSING_PORT)
            self._inputs.ports_missing = True
            if name not in self.missing_ports:
                self.missing_ports.append(name)
        elif text.startswith(frame.NO_HASH_FILE):
            path = text.removeprefix(frame.NO_HASH_FILE)
            self._problem = self._problem or UserError(
                f"the recipe {self.recipe} needs a port without hash file: wanted {path}.hash",
                location=Location(str(self.recipe.content_file)),
                hint="name the repository that has the port; `genode port list` lists them",
            )
        else:
            self._output.out(text)

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

    def make(self) -> None:
        """Carry out the rules. Raises `RecipeFailed`, other `GenodeError`, `OSError`."""
        ev = self._evaluation
        assert ev is not None
        goals = ev.value(".DEFAULT_GOAL").split()
        if not goals:
            raise UserError(
                f"the recipe {self.recipe} has no rule",
                location=Location(str(self.recipe.content_file)),
                hint="add one, such as `content: LICENSE`",
            )
        run = Run(ev, Options(silent=True), self._output, name="content.mk")
        commands = FileCommands(self._stage)
        jobs = _ContentJobs(run, commands, self._inputs, self.commands)
        outcome = Runner(run, jobs).run(goals)
        self._raise_problem()
        if outcome.status or self.missing_ports:
            raise self._failure(run, jobs)

    def _failure(self, run: Run, jobs: _ContentJobs) -> RecipeFailed:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()
        shown = tuple(line.replace(f"{self._stage.top}/", "") for line in lines if line.strip())
        place = Location(str(self.recipe.content_file))
        if self.missing_ports:
            ports = " ".join(self.missing_ports)
            failed = RecipeFailed(
                f"the recipe {self.recipe} needs ports that are not prepared: {ports}",
                location=place,
                hint=f"run `genode prepare {ports}`",
            )
            failed.ports = tuple(self.missing_ports)
            return failed
        text, hint = "a rule failed", ""
        if run.without_rule is not None:
            name = run.without_rule.name
            text = f"no rule makes `{name}`"
            parent = run.without_rule.parent
            if parent is not None:
                text += f", needed by `{parent.name}`"
                place = parent.location or place
        elif jobs.failed is not None and jobs.failed.recipe is not None:
            text = f"the rule for `{jobs.failed.name}` failed"
            place = jobs.failed.recipe.location
        return RecipeFailed(
            f"the recipe {self.recipe}: {text}",
            location=place,
            trail=shown[-_SHOWN_LINES:],
            hint=hint,
        )


class _ConfinedInputs(RealInputs):
    """The outside as it is, but programs run in a confined process."""

    def __init__(self, stderr: int, programs: ConfinedCommands) -> None:
        super().__init__(stderr)
        self._programs = programs

    def captured(self, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> ShellResult:
        """Run a program and return what it prints."""
        ended = self._programs.run(argv, cwd=cwd, env=env, captured=True)
        return ShellResult(ended.output, ended.status if ended.status >= 0 else 128 - ended.status)


class _NoJobs(Jobs):
    """Carries out nothing: commands are expanded only."""

    def carry_out(self, file: File, command: Command, shell: tuple[str, str]) -> int | None:  # noqa: ARG002
        """Return success."""
        return 0


class _ContentJobs(Jobs):
    """Carries out file commands in this process, and others in a confined one."""

    def __init__(
        self,
        run: Run,
        commands: FileCommands,
        inputs: ContentInputs,
        programs: ConfinedCommands,
    ) -> None:
        super().__init__(run)
        self._programs = programs
        self._commands = commands
        self._inputs = inputs
        self.failed: File | None = None

    def carry_out(self, file: File, command: Command, shell: tuple[str, str]) -> int | None:
        """Carry out a file command."""
        self.failed = file  # the last one that was started is the one that failed
        program = os.path.basename(shell[0])  # noqa: PTH119 - a string
        if program in _SHELLS and shell[1].split()[-1:] == ["-c"]:
            status = self._commands.run(command.text)
            if status is not None:
                return status
        self._inputs.note_command(command.text)
        return None

    def begin(
        self,
        argv: Sequence[str],
        environ: dict[str, str],
        output: Output,  # noqa: ARG002 - all output goes to the recipe's log
        descriptors: tuple[int, ...],  # noqa: ARG002 - there is no jobserver
    ) -> int:
        """Run a program to its end."""
        return self._programs.run(argv, cwd=self._run.ev.cwd, env=environ).status
