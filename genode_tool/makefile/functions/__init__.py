"""The functions of the make language.

GNU make manual, "Functions for Transforming Text". A function gets its arguments expanded,
or, when the manual says that it decides itself what to expand, as compiled texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genode_tool.makefile.functions import control, files, strings

if TYPE_CHECKING:
    from genode_tool.makefile.evaluation import Evaluation
    from genode_tool.makefile.expansion import Text

Run = Callable[["Evaluation", list[str]], str]
RunUnexpanded = Callable[["Evaluation", list["Text"]], str]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes (`most` 0: any number) and what it does.

    Either `run` is given, for expanded arguments, or `run_unexpanded`.
    """

    name: str
    least: int
    most: int
    run: Run | None = None
    run_unexpanded: RunUnexpanded | None = None


def _table() -> Mapping[str, Function]:
    rows: list[tuple[str, int, int, Run]] = [
        ("abspath", 0, 1, files.abspath),
        ("addprefix", 2, 2, files.addprefix),
        ("addsuffix", 2, 2, files.addsuffix),
        ("basename", 0, 1, files.basename),
        ("call", 1, 0, control.call),
        ("dir", 0, 1, files.directory),
        ("error", 0, 1, control.error),
        ("eval", 0, 1, control.evaluate),
        ("file", 1, 2, files.file),
        ("filter", 2, 2, strings.filter_in),
        ("filter-out", 2, 2, strings.filter_out),
        ("findstring", 2, 2, strings.findstring),
        ("firstword", 0, 1, strings.firstword),
        ("flavor", 0, 1, control.flavor),
        ("guile", 0, 1, control.guile),
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
    unexpanded: list[tuple[str, int, int, RunUnexpanded]] = [
        ("and", 1, 0, control.and_),
        ("foreach", 3, 3, control.foreach),
        ("if", 2, 3, control.if_),
        ("intcmp", 2, 5, control.intcmp),
        ("let", 3, 3, control.let),
        ("or", 1, 0, control.or_),
    ]
    table = {name: Function(name, least, most, run=run) for name, least, most, run in rows}
    for name, least, most, run in unexpanded:
        table[name] = Function(name, least, most, run_unexpanded=run)
    return table


FUNCTIONS = _table()
