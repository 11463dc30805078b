"""The GNU make language (manual of release 4.4): evaluate makefiles, resolve rules, run them.

Knows nothing of Genode and is usable on its own::

    from genode_tool.makefile import Evaluation, MemoInputs, ParseCache, RealInputs

    cache = ParseCache()                        # one per process: each text is parsed once
    inputs = MemoInputs(RealInputs())           # looks at each file once
    ev = Evaluation(inputs, cwd="/abs/dir", variables={"LIBS": "a b"}, cache=cache)
    ev.include("/abs/prg.mk")                   # may be called again for further files
    ev.value("TARGET")                          # expanded; "" when undefined
    ev.expand("$(LIBS:=.lib.a)")
    ev.find("CC_OPT").history                 # assignments: operator, value, origin, location

`variables` come from the command line (they win over makefiles), `environ` replaces the
environment, `goals` become MAKECMDGOALS, `on_message` receives `Message` objects of `$(info)`,
`$(warning)` and our own warnings. `$(error)`, bad syntax and missing includes raise
`MakefileError` (a `GenodeError`) with `location` and `trail` (calls, includes, evals).

Rules::

    plan = resolve(ev, ("all",))                # nothing runs
    for step in plan.steps:                     # prerequisites before what needs them
        step.outputs, step.inputs, step.order_only, step.phony, step.location
        step.recipe()                           # [Command(text, silent, ignore, always)], lazy
    plan.missing                                # prerequisites that nothing makes

`Inputs` is the only way to the outside: `RealInputs` is the machine, `MemoInputs` looks at
everything once, and a caller's own may record what is asked, or show files that a known step will
create. An evaluation that records its inputs can be repeated only when one of them changed; a
recipe, expanded later, asks them as well.
"""

from __future__ import annotations

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.inputs import (
    Inputs,
    Kind,
    MemoInputs,
    RealInputs,
    ShellResult,
    Stat,
)
from genode_tool.makefile.problems import MakefileError, Message, NoRuleError, Source
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.makefile.rules.commands import Command
from genode_tool.makefile.rules.plan import Missing, Plan, Step, resolve
from genode_tool.makefile.variables.variable import Assignment, Export, Flavor, Origin, Variable

__all__ = [
    "Assignment",
    "Command",
    "Evaluation",
    "Export",
    "Flavor",
    "Inputs",
    "Kind",
    "MakefileError",
    "MemoInputs",
    "Message",
    "Missing",
    "NoRuleError",
    "Origin",
    "ParseCache",
    "Plan",
    "RealInputs",
    "ShellResult",
    "Source",
    "Stat",
    "Step",
    "Variable",
    "resolve",
]
