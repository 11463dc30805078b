"""Reading makefiles for a run: a fresh evaluation, the files that are read, the default goal.

GNU make manual, "What Name to Give Your Makefile", "The Variable `MAKEFILES`", "How Makefiles Are
Remade".
"""

from __future__ import annotations

import sys

from genode_tool.errors import Severity, UserError
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.evaluator.includes import MissingInclude
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.makeflags import Makeflags
from genode_tool.makefile.executor.setting import Setting
from genode_tool.makefile.problems import Message
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.variables.variable import Export, Origin, Variable
from genode_tool.makefile.words import SPACE

_NAMES = ("GNUmakefile", "makefile", "Makefile")


def evaluation(
    setting: Setting, server: Jobserver | None, restarts: int
) -> tuple[Evaluation, Makeflags]:
    """Return a fresh evaluation with the options and variables of the command line.

    `restarts` counts how often makefiles that were remade were read again.
    """
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


def read(setting: Setting, ev: Evaluation) -> None:
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


def default_goal(ev: Evaluation) -> list[str]:
    """Return the default goal, alone, or nothing. Raises `UserError` when there are several."""
    given = ev.value(".DEFAULT_GOAL").strip(SPACE)
    goals = [given] if given in ev.rules.targets else file_names(ev, given)
    if len(goals) > 1:
        raise UserError(".DEFAULT_GOAL contains more than one target", hint="name one target")
    return goals
