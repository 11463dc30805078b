"""The front end: from a command line to an exit status, as the program `make` does it.

GNU make manual, "How to Run `make`", "How Makefiles Are Remade", "Recursive Use of `make`".
Exit status: 0 up to date, 1 for `-q` when something is out of date, 2 for errors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path

from genode_tool.errors import GenodeError
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.makefiles import default_goal, evaluation, read
from genode_tool.makefile.executor.options import Options, listing
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.executor.print_database import print_data_base
from genode_tool.makefile.executor.remake import remake
from genode_tool.makefile.executor.run import Run
from genode_tool.makefile.executor.runner import Runner
from genode_tool.makefile.executor.setting import Setting
from genode_tool.makefile.executor.times import ClockSkew
from genode_tool.makefile.inputs import RealInputs
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.makefile.rules.builtin_rules import ignored_prerequisites

_RESTARTS = 50


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
    setting = Setting(
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


def _with_jobs(setting: Setting, inherited: int | None) -> int:
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
        with setting.held():
            setting.fail(error)
        return 2
    finally:
        if server is not None:
            server.close()


def _restarting(setting: Setting, server: Jobserver | None) -> int:
    """Read the makefiles, remake them when rules say so, and start over when one changed."""
    restarts = 0
    given = setting.options
    while True:
        # Makefiles may change the options; the next reading starts without these changes.
        setting.options = deepcopy(given)
        with setting.held():
            try:
                ev, flags = evaluation(setting, server, restarts)
                read(setting, ev)
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
    goals = options.goals or default_goal(ev)
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
