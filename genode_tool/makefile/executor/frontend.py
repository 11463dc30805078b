"""The front end: from a command line to an exit status, as the program `make` does it.

GNU make manual, "How to Run `make`", "How Makefiles Are Remade", "Recursive Use of `make`".
Exit status: 0 up to date, 1 for `-q` when something is out of date, 2 for errors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import partial

from genode_tool.decimal_number import decimal_number
from genode_tool.errors import GenodeError
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.call import Call
from genode_tool.makefile.executor.job_slots import JobSlots
from genode_tool.makefile.executor.makefiles import (
    default_goal,
    expand_flags,
    new_evaluation,
    read_makefiles,
)
from genode_tool.makefile.executor.option_parser import OptionParser, WrongOptions
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.output import Held, Output
from genode_tool.makefile.executor.print_database import print_data_base
from genode_tool.makefile.executor.remake import remake
from genode_tool.makefile.executor.run import Reported, Run
from genode_tool.makefile.executor.runner import Runner
from genode_tool.makefile.executor.times import ClockSkew
from genode_tool.makefile.executor.usage import usage, version
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
    start = os.path.normpath(cwd or os.getcwd())  # noqa: PTH109
    call = Call(
        Options(),
        output,
        env,
        start,
        make,
        decimal_number(level) or 0,
        RealInputs(output.stderr, output.start),
        cache or ParseCache(),
        check=check,
    )
    try:
        inherited = _options(call, argv)
    except WrongOptions as error:
        for text, own in error.messages:
            output.err(f"{call.name if own else call.parsed}: {text}")
        _print_usage(call, output.err)
        return 2
    except GenodeError as error:
        call.fail(error)
        return 2
    options = call.options
    if options.help:
        _print_usage(call, output.out)
        return 0
    if options.version:
        _print_version(output)
        return 0
    for directory in options.directories:
        call.cwd = os.path.normpath(os.path.join(call.cwd, directory))  # noqa: PTH118
        if not os.path.isdir(call.cwd):  # noqa: PTH112
            why = "Not a directory" if os.path.exists(call.cwd) else "No such file or directory"  # noqa: PTH110
            output.out(f"{call.name}: Entering directory '{start}'")
            call.err(f"*** {directory}: {why}.  Stop.")
            output.out(f"{call.name}: Leaving directory '{start}'")
            return 2
    # Not before there is something to print.
    output.before_output = call.announce
    try:
        return _with_jobs(call, inherited)
    finally:
        call.conclude()


def _options(call: Call, argv: Sequence[str]) -> int | None:
    """Read the options of the environment and the command line; return the inherited `-j`."""
    options, environ = call.options, call.environ
    parser = OptionParser(options, environ.get("HOME", ""))
    # GNU make's parser of options knows no name for what is not on the command line.
    call.parsed = ""
    if environ.get("GNUMAKEFLAGS"):
        parser.parse_flags(expand_flags(call, environ["GNUMAKEFLAGS"]))
        environ["GNUMAKEFLAGS"] = ""  # so that sub-makes do not read them again
    parser.parse_flags(expand_flags(call, environ.get("MAKEFLAGS", "")))
    inherited, options.jobs = options.jobs, None
    call.parsed = "make"
    parser.parse(argv)
    _warn_of_mutex(call)
    return inherited


def _warn_of_mutex(call: Call) -> None:
    mutex = call.options.sync_mutex
    if mutex and not mutex.startswith("fnm:"):
        call.err(f"invalid --sync-mutex string '{mutex}'")


def _print_version(output: Output) -> None:
    for line in version():
        output.out(line)


def _print_usage(call: Call, write: Callable[[str], None]) -> None:
    if call.options.version:
        _print_version(call.output)
        call.output.out("")
    for line in usage():
        write(line)


def _with_jobs(call: Call, inherited: int | None) -> int:
    """Join the parent's job slots, or make some, and run."""
    slots: JobSlots | None = None
    try:
        slots = JobSlots(call, inherited)
        return _restarting(call, slots)
    except Reported:
        return 2
    except GenodeError as error:
        _fail(call, error)
        return 2
    finally:
        if slots is not None:
            slots.close()


@contextmanager
def _held(call: Call) -> Iterator[None]:
    """Hold output back if `-O` asks for groups, and write it as one."""
    if not call.grouped:
        yield
        return
    held = Held(call.output, call.group_lines)
    try:
        with call.output.diverted(held):
            yield
    finally:
        held.release()


def _fail(call: Call, error: GenodeError) -> None:
    """Print the error that ends the run, as a group if output is held back."""
    with _held(call):
        call.fail(error)


def _restarting(call: Call, slots: JobSlots) -> int:
    """Read the makefiles, remake them when rules say so, and start over when one changed."""
    before = call.environ.pop("MAKE_RESTARTS", "")
    restarts = first = decimal_number(before) or 0
    given = call.options
    while True:
        # Makefiles may change the options; the next reading starts without these changes.
        call.options = options = deepcopy(given)
        call.reading = True
        with _held(call):
            try:
                # Makefiles see a parent's job slots in MAKEFLAGS, recipes our own as well.
                joined = slots.server if slots.joined else None
                ev, flags = new_evaluation(call, joined, restarts)
            except GenodeError as error:
                call.fail(error)
                return 2
            try:
                read_makefiles(call, ev)
            except GenodeError as error:
                call.fail(error)
                if options.print_data_base:
                    print_data_base(ev, call.output)
                return 2
        if options.version:
            _print_version(call.output)
            return 0
        _warn_of_mutex(call)
        slots.after_reading(given.jobs, restarts)
        flags.finish(slots.server)
        call.reading = False
        ev.drop_builtins(
            rules=options.no_builtin_rules,
            variables=options.no_builtin_variables,
        )
        ev.rules.check_intermediates()
        for place in ignored_prerequisites(ev.rules, bool(ev.globals.get(".EXTRA_PREREQS"))):
            where = f"{place.file}:{place.line}" if place else call.name
            text = "warning: ignoring prerequisites on suffix rule definition"
            call.output.err(f"{where}: {text}")
        skew = ClockSkew(call.err)
        run = Run(
            ev,
            options,
            call.output,
            name=call.name,
            server=slots.server,
            skew=skew,
            check=call.check,
            shuffle=given.shuffle,
            announce_group=call.group_lines,
            fail=partial(_fail, call),
        )
        runner = Runner(run)
        again: int | None = None
        try:
            again = remake(ev, run, runner, first=not restarts)
            if again is None:
                return _goals(call, ev, run, runner, skew)
        finally:
            runner.close()
            if options.print_data_base and again != 0:
                print_data_base(ev, call.output)
        if again:
            return again
        restarts += 1
        if restarts > first + _RESTARTS:
            call.err("*** makefiles are remade endlessly.  Stop.")
            return 2


def _goals(call: Call, ev: Evaluation, run: Run, runner: Runner, skew: ClockSkew) -> int:
    """Bring the goals up to date, now that all makefiles are; return the exit status."""
    options = call.options
    goals = options.goals or default_goal(ev)
    if not goals:
        found = (
            "No targets" if ev.rules.makefiles else ("No targets specified and no makefile found")
        )
        call.err(f"*** {found}.  Stop.")
        return 2
    run.begin_goals()
    status = runner.update([_plain(goal) for goal in goals]).status
    if not status or options.keep_going or options.question:
        skew.conclude()
    return status


def _plain(name: str) -> str:
    while name.startswith("./") and len(name) > 2:
        name = name[2:].lstrip("/") or "./"
    return name
