"""The front end: from a command line to an exit status, as the program `make` does it.

GNU make manual, "How to Run `make`", "How Makefiles Are Remade", "Recursive Use of `make`".
Exit status: 0 up to date, 1 for `-q` when something is out of date, 2 for errors.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import GenodeError, Severity, UserError
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.evaluator.includes import MissingInclude
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.makeflags import Makeflags
from genode_tool.makefile.executor.options import Options, listing
from genode_tool.makefile.executor.output import Held, Output
from genode_tool.makefile.executor.print_database import print_data_base
from genode_tool.makefile.executor.remake import remake
from genode_tool.makefile.executor.run import Run
from genode_tool.makefile.executor.runner import Runner
from genode_tool.makefile.executor.times import ClockSkew
from genode_tool.makefile.inputs import Inputs, RealInputs
from genode_tool.makefile.problems import MakefileError, Message
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.makefile.rules.builtin_rules import ignored_prerequisites
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.variables.variable import Export, Origin, Variable
from genode_tool.makefile.words import SPACE

_NAMES = ("GNUmakefile", "makefile", "Makefile")
_RESTARTS = 50


@dataclass(slots=True)
class _Setting:
    """The state of one call of make."""

    options: Options
    output: Output
    environ: dict[str, str]
    cwd: str
    make: str
    level: int
    inputs: Inputs
    cache: ParseCache
    stdin: bytes | None = None
    check: Callable[[], None] | None = None

    announced: bool = False

    @property
    def name(self) -> str:
        return f"make[{self.level}]" if self.level else "make"

    @property
    def _entering(self) -> str:
        return f"{self.name}: Entering directory '{self.cwd}'"

    @property
    def _leaving(self) -> str:
        return f"{self.name}: Leaving directory '{self.cwd}'"

    @property
    def _wants_directory(self) -> bool:
        options = self.options
        wanted = options.print_directory
        if wanted is None:
            wanted = (bool(options.directories) or self.level > 0) and not options.silent
        return wanted and not options.question

    @property
    def grouped(self) -> bool:
        """Whether the directory is named around each group of output, not around the whole."""
        options = self.options
        parallel = options.jobs not in (None, 1) or bool(options.jobserver)
        return parallel and options.output_sync in ("line", "target")

    @property
    def group_lines(self) -> tuple[str, str] | None:
        """The lines around each group of output that is held back, None without any."""
        if not self.grouped or self.announced or not self._wants_directory:
            return None
        return self._entering, self._leaving

    def announce(self) -> None:
        """Print the directory, once, if the options ask for it."""
        if self._wants_directory and not self.grouped and not self.announced:
            self.announced = True
            self.output.out(self._entering)

    def fail(self, error: GenodeError) -> None:
        """Print the error that ends the run."""
        where = self.name
        if isinstance(error, MakefileError) and error.location:
            where = f"{error.location.file}:{error.location.line}"
        self.output.err(f"{where}: *** {error.message}.  Stop.")

    def conclude(self) -> None:
        """Print that the directory is left, if it was announced."""
        if self.announced:
            self.output.out(self._leaving)


def run_make(
    argv: Sequence[str],
    *,
    cwd: str | None = None,
    environ: Mapping[str, str] | None = None,
    output: Output | None = None,
    make: str = "make",
    cache: ParseCache | None = None,
    check: Callable[[], None] | None = None,
) -> int:
    """Do what `make *argv` does and return its exit status.

    `cwd` is the directory to start in, `environ` the environment, `make` the command line that
    `$(MAKE)` stands for. Nothing of this process's own state changes. `check` is called
    now and then while waiting; what it raises ends the run, after its commands were ended.
    """
    output = output or Output()
    env = dict(os.environ if environ is None else environ)
    level = env.get("MAKELEVEL", "0")
    options = Options()
    name = "make"
    try:
        if env.get("GNUMAKEFLAGS"):
            options.parse_flags(env.pop("GNUMAKEFLAGS"))
        # As the value of a variable that is expanded.
        options.parse_flags(env.get("MAKEFLAGS", "").replace("$$", "$"))
        inherited = options.jobs
        options.jobs = None
        options.parse(argv)
    except GenodeError as error:
        output.err(f"{name}: *** {error.message}.  Stop.")
        return 2
    setting = _Setting(
        options,
        output,
        env,
        str(Path(cwd or os.getcwd())),  # noqa: PTH109
        make,
        int(level) if level.isdigit() else 0,
        RealInputs(stderr=output.stderr),
        cache or ParseCache(),
        check=check,
    )
    if options.version:
        output.out("GNU make language 4.4.1, as genode_tool.makefile understands it")
        return 0
    if options.help:
        _help(output)
        return 0
    for directory in options.directories:
        setting.cwd = os.path.normpath(os.path.join(setting.cwd, directory))  # noqa: PTH118
        if not os.path.isdir(setting.cwd):  # noqa: PTH112
            place = os.path.normpath(cwd or os.getcwd())  # noqa: PTH109
            output.out(f"{setting.name}: Entering directory '{place}'")
            output.err(f"{setting.name}: *** {directory}: No such file or directory.  Stop.")
            output.out(f"{setting.name}: Leaving directory '{place}'")
            return 2
    setting.announce()
    try:
        return _with_jobs(setting, inherited)
    finally:
        setting.conclude()


def _with_jobs(setting: _Setting, inherited: int | None) -> int:
    """Join the parent's job slots, or make some, and run."""
    options = setting.options
    server: Jobserver | None = None
    if options.jobs is not None and options.jobserver:
        setting.output.err(
            f"{setting.name}: warning: -j{options.jobs} forced in submake: "
            "resetting jobserver mode."
        )
    if options.jobs is None and options.jobserver:
        server = Jobserver.join(options.jobserver)
        if server is None:
            setting.output.err(
                f"{setting.name}: warning: jobserver unavailable: using -j1.  "
                "Add '+' to parent make rule."
            )
        else:
            options.jobs = inherited
    elif options.jobs is None:
        options.jobs = inherited
    try:
        if options.jobs is not None and options.jobs > 1 and server is None:
            server = Jobserver.create(options.jobs, options.jobserver_style)
        return _restarting(setting, server)
    except GenodeError as error:
        with _held(setting):
            setting.fail(error)
        return 2
    finally:
        if server is not None:
            server.close()


@contextmanager
def _held(setting: _Setting) -> Iterator[None]:
    """Hold output back if `-O` asks for groups, and write it as one."""
    if not setting.grouped:
        yield
        return
    held = Held(setting.output, setting.group_lines)
    try:
        with setting.output.diverted(held):
            yield
    finally:
        held.release()


def _restarting(setting: _Setting, server: Jobserver | None) -> int:
    """Read the makefiles, remake them when rules say so, and start over when one changed."""
    restarts = 0
    given = setting.options
    while True:
        # Makefiles may change the options; the next reading starts without these changes.
        setting.options = deepcopy(given)
        with _held(setting):
            try:
                ev, flags = _evaluation(setting, server, restarts)
                _read(setting, ev)
            except GenodeError as error:
                setting.fail(error)
                return 2
        flags.write()
        ev.drop_builtins(
            rules=setting.options.no_builtin_rules,
            variables=setting.options.no_builtin_variables,
        )
        for place in ignored_prerequisites(ev.rules):
            where = f"{place.file}:{place.line}" if place else setting.name
            text = "warning: ignoring prerequisites on suffix rule definition"
            setting.output.err(f"{where}: {text}")
        skew = ClockSkew(lambda text: setting.output.err(f"{setting.name}: {text}"))
        again = remake(
            setting.options,
            setting.output,
            setting.name,
            ev,
            server,
            skew,
            given.shuffle,
            setting.group_lines,
        )
        if again is None:
            break
        if again:
            return again
        restarts += 1
        if restarts > _RESTARTS:
            setting.output.err(f"{setting.name}: *** makefiles are remade endlessly.  Stop.")
            return 2
    options = setting.options
    if options.print_data_base:
        print_data_base(ev, setting.output)
    goals = options.goals or _default_goal(ev)
    if not goals:
        found = (
            "No targets" if ev.rules.makefiles else ("No targets specified and no makefile found")
        )
        setting.output.err(f"{setting.name}: *** {found}.  Stop.")
        return 2
    run = Run(
        ev,
        options,
        setting.output,
        name=setting.name,
        server=server,
        skew=skew,
        check=setting.check,
        shuffle=given.shuffle,
        announce_group=setting.group_lines,
    )
    status = Runner(run).run([_plain(goal) for goal in goals]).status
    if not status or options.keep_going or options.question:
        skew.conclude()
    return status


def _evaluation(
    setting: _Setting, server: Jobserver | None, restarts: int
) -> tuple[Evaluation, Makeflags]:
    options, output = setting.options, setting.output

    def report(message: Message) -> None:
        shown = message.diagnostic
        if shown.severity is Severity.INFO:
            output.out(shown.text)
        elif shown.severity is Severity.WARNING:
            where = shown.location
            place = f"{where.file}:{where.line}" if where else setting.name
            # GNU make calls a warning so only when it is its own, not about mere syntax.
            output.err(f"{place}: {'warning: ' if message.subject else ''}{shown.text}")

    ev = Evaluation(
        setting.inputs,
        cwd=setting.cwd,
        environ=setting.environ,
        goals=options.goals,
        cache=setting.cache,
        on_message=report,
        builtin_rules=not options.no_builtin_rules,
        builtin_variables=not options.no_builtin_variables,
        environment_overrides=options.environment_overrides,
        warn_undefined=options.warn_undefined,
        include_dirs=options.include_dirs,
        defer_missing=True,
        make=setting.make,
        level=setting.level,
    )
    if restarts:
        ev.globals["MAKE_RESTARTS"] = Variable(
            "MAKE_RESTARTS", str(restarts), Origin.ENVIRONMENT, export=Export.NO
        )
    for name, operator, value in options.variables:
        ev.set_command_line(name, value, operator)
    auth = server.auth if server is not None else ""
    flags = Makeflags(ev, options, auth, setting.announce)
    flags.define()
    return ev, flags


def _read(setting: _Setting, ev: Evaluation) -> None:
    """Read what MAKEFILES, -f and the default names say."""
    options = setting.options
    for name in ev.value("MAKEFILES").split():
        if ev.inputs.read(ev.path(name)) is not None:
            ev.include(name)
    # What these define is never the default goal.
    ev.globals[".DEFAULT_GOAL"] = Variable(".DEFAULT_GOAL", "", Origin.FILE)
    for text in options.evals:
        ev.evaluate_text(text)
    wanted = options.makefiles
    if wanted.count("-") > 1:
        raise UserError("Makefile from standard input specified twice", hint="name it once")
    if not wanted:
        wanted = [name for name in _NAMES if ev.inputs.stat(ev.path(name)) is not None][:1]
    for name in wanted:
        if name == "-":
            if setting.stdin is None:
                setting.stdin = sys.stdin.buffer.read()
            ev.read_content("-", setting.stdin)
        elif ev.inputs.read(ev.path(name)) is None:
            ev.includes.missing.append(MissingInclude(name, False, None))
        else:
            ev.include(name)


def _default_goal(ev: Evaluation) -> list[str]:
    """Return the default goal, alone, or nothing. Raises `UserError` when there are several."""
    given = ev.value(".DEFAULT_GOAL").strip(SPACE)
    goals = [given] if given in ev.rules.targets else file_names(ev, given)
    if len(goals) > 1:
        raise UserError(".DEFAULT_GOAL contains more than one target", hint="name one target")
    return goals


def _plain(name: str) -> str:
    while name.startswith("./") and len(name) > 2:
        name = name[2:].lstrip("/") or "./"
    return name


def _help(output: Output) -> None:
    output.out("Usage: python -m genode_tool.makefile [options] [VARIABLE=value…] [goal…]")
    output.out("Options are those of GNU make 4.4:")
    for line in listing():
        output.out(f"  {line}")
    output.out("-p prints the variables and rules, but neither statistics nor what was found of")
    output.out("implicit rules. -d and --debug have no effect.")
    output.out("docs/reference/make-language.md describes what is covered and what differs.")
