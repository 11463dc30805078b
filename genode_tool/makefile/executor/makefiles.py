"""Reading the makefiles of a call: those of MAKEFILES, of `-f`, or of the default names.

GNU make manual, "What Name to Give Your Makefile", "The Variable `MAKEFILES`".
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from genode_tool.errors import Severity, UserError
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.call import Call
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.makeflags import Makeflags
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.inputs import Kind
from genode_tool.makefile.problems import Message
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.variables.variable import Export, Origin, Variable
from genode_tool.makefile.words import SPACE, unique

_NAMES = ("GNUmakefile", "makefile", "Makefile")


def expand_flags(call: Call, text: str) -> str:
    """Expand options of the environment, in which variables of the environment may stand."""
    if "$" not in text:
        return text
    ev = Evaluation(call.inputs, cwd=call.cwd, environ=call.environ, builtin_variables=False)
    return ev.expand(text)


def new_evaluation(
    call: Call, server: Jobserver | None, restarts: int
) -> tuple[Evaluation, Makeflags]:
    """Return a new evaluation, and its MAKEFLAGS; `restarts` counts those before."""
    options, output = call.options, call.output

    def report(message: Message) -> None:
        shown = message.diagnostic
        if shown.severity is Severity.INFO:
            output.out(shown.text)
        elif shown.severity is Severity.WARNING:
            where = shown.location
            place = f"{where.file}:{where.line}" if where else call.name
            # GNU make calls a warning so only when it is its own, not about mere syntax.
            output.err(f"{place}: {'warning: ' if message.subject else ''}{shown.text}")

    ev = Evaluation(
        call.inputs,
        cwd=call.cwd,
        environ=call.environ,
        goals=options.goals,
        cache=call.cache,
        on_message=report,
        builtin_rules=not options.no_builtin_rules,
        builtin_variables=not options.no_builtin_variables,
        environment_overrides=options.environment_overrides,
        warn_undefined=options.warn_undefined,
        include_dirs=options.include_dirs,
        defer_missing=True,
        make=call.make,
        level=call.level,
    )
    if restarts:
        ev.globals["MAKE_RESTARTS"] = Variable(
            "MAKE_RESTARTS", str(restarts), Origin.ENVIRONMENT, export=Export.NO
        )
    # GNU make defines these itself, after it has read `-e`.
    for name in ("GNUMAKEFLAGS", "MAKELEVEL") if options.environment_overrides else ():
        known = ev.globals.get(name)
        if known is not None and known.origin is Origin.ENVIRONMENT:
            known.origin = Origin.ENVIRONMENT_OVERRIDE
    _define_commanded(ev, options, call.environ)
    auth = server.auth if server is not None else ""
    flags = Makeflags(ev, options, auth, call.err)
    flags.define()
    return ev, flags


def _define_commanded(ev: Evaluation, options: Options, environ: Mapping[str, str]) -> None:
    """Define the variables of the command line.

    What is expanded now sees the environment only, its SHELL too, and `.SHELLFLAGS`.
    """
    everything = ev.globals
    ev.globals = {name: one for name, one in everything.items() if one.origin is Origin.ENVIRONMENT}
    if "SHELL" in environ:
        ev.globals["SHELL"] = Variable("SHELL", environ["SHELL"], Origin.ENVIRONMENT)
    ev.globals[".SHELLFLAGS"] = everything[".SHELLFLAGS"]
    names = []
    for name, operator, value in options.variables:
        if "$" in name:
            name = ev.expand(name).strip(SPACE)
        if not name:
            raise UserError("empty variable name", hint="write NAME=value")
        ev.set_command_line(name, value, operator)
        names.append(name)
    for name in names:
        variable = ev.globals[name]
        if name in everything:
            variable.export = everything[name].export
        everything[name] = variable
    ev.globals = everything
    options.commanded_variables = unique(names)


def read_makefiles(call: Call, ev: Evaluation) -> None:
    """Read what MAKEFILES, -f and the default names say."""
    options = call.options
    for name in ev.value("MAKEFILES").split():
        if ev.inputs.read(ev.path(name)) is not None:
            ev.include(name)
        else:
            ev.includes.note_missing(name, True, None)
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
            if call.stdin is None:
                call.stdin = sys.stdin.buffer.read()
            ev.read_content("-", call.stdin)
        elif ev.inputs.read(ev.path(name)) is None:
            found = ev.inputs.stat(ev.path(name))
            if found is not None and found.kind is Kind.DIRECTORY:
                raise UserError(f"{name}: Is a directory", hint="name a file in it")
            call.err(f"{name}: No such file or directory")
            ev.includes.note_missing(name, False, None, reported=True)
        else:
            ev.include(name)


def default_goal(ev: Evaluation) -> list[str]:
    """Return the default goal, alone, or nothing. Raises `UserError` when there are several."""
    given = ev.value(".DEFAULT_GOAL").strip(SPACE)
    goals = [given] if given in ev.rules.targets else file_names(ev, given)
    if len(goals) > 1:
        raise UserError(".DEFAULT_GOAL contains more than one target", hint="name one target")
    return goals
