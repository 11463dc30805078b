"""The table of functions, and calls by name.

GNU make manual, "Functions for Transforming Text".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genode_tool.makefile.functions import control, files, strings
from genode_tool.makefile.functions.function import Build, Function, Run
from genode_tool.makefile.reading.text import text
from genode_tool.makefile.variables.protocols import Evaluator


def _table() -> Mapping[str, Function]:
    rows: list[tuple[str, int, int, Run]] = [
        ("abspath", 0, 1, files.abspath),
        ("addprefix", 2, 2, files.addprefix),
        ("addsuffix", 2, 2, files.addsuffix),
        ("basename", 0, 1, files.basename),
        ("dir", 0, 1, files.directory),
        ("error", 0, 1, control.error),
        ("eval", 0, 1, control.evaluate),
        ("file", 1, 2, files.file),
        ("filter", 2, 2, strings.filter_in),
        ("filter-out", 2, 2, strings.filter_out),
        ("findstring", 2, 2, strings.findstring),
        ("firstword", 0, 1, strings.firstword),
        ("flavor", 0, 1, control.flavor),
        ("info", 0, 1, control.info),
        ("join", 2, 2, files.join),
        ("lastword", 0, 1, strings.lastword),
        ("notdir", 0, 1, files.notdir),
        ("origin", 0, 1, control.origin),
        ("patsubst", 3, 3, strings.patsubst),
        ("realpath", 0, 1, files.realpath),
        ("shell", 0, 1, control.shell),
        ("sort", 0, 1, strings.sort),
        ("strip", 0, 1, strings.strip),
        ("subst", 3, 3, strings.subst),
        ("suffix", 0, 1, files.suffix),
        ("value", 0, 1, control.value),
        ("warning", 0, 1, control.warning),
        ("wildcard", 0, 1, files.wildcard),
        ("word", 2, 2, strings.word),
        ("wordlist", 3, 3, strings.wordlist),
        ("words", 0, 1, strings.count),
    ]
    built: list[tuple[str, int, int, Build]] = [
        ("and", 1, 0, control.and_),
        ("call", 1, 0, control.call),
        ("foreach", 3, 3, control.foreach),
        ("if", 2, 3, control.if_),
        ("intcmp", 2, 5, control.intcmp),
        ("let", 3, 3, control.let),
        ("or", 1, 0, control.or_),
    ]
    table = {name: Function(name, least, most, run=run) for name, least, most, run in rows}
    for name, least, most, build in built:
        table[name] = Function(name, least, most, build=build)
    return table


FUNCTIONS = _table()


FUNCTION_NAMES = frozenset(FUNCTIONS)


def call_function(ev: Evaluator, name: str, arguments: Sequence[str]) -> str:
    """Call function `name`, one of `FUNCTION_NAMES`, as `$(call)` does."""
    function = FUNCTIONS[name]
    given = list(arguments[: function.most] if function.most else arguments)
    if len(given) < function.least:
        message = f"insufficient number of arguments ({len(given)}) to function '{name}'"
        ev.fail(message, function=name)
    if function.build is not None:
        return function.build([text(one.replace("$", "$$")) for one in given])(ev)
    assert function.run is not None
    return function.run(ev, given or [""])
