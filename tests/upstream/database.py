"""The variables that `make -p` prints, parsed; and the same facts of an evaluation of ours.

GNU make manual, "Summary of Options", `--print-data-base`. Each variable is preceded by a
comment that tells its origin and, for those of makefiles, the place of its definition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from genode_tool.makefile import Evaluation, Origin

_ORIGINS = {
    "default": Origin.DEFAULT,
    "environment": Origin.ENVIRONMENT,
    "makefile": Origin.FILE,
    "environment under -e": Origin.ENVIRONMENT_OVERRIDE,
    "command line": Origin.COMMAND_LINE,
    "'override' directive": Origin.OVERRIDE,
    "automatic": Origin.AUTOMATIC,
}
_HEAD = re.compile(
    rf"^# ({'|'.join(map(re.escape, _ORIGINS))})( private)?(?: \(from '(.*)', line (\d+)\))?$"
)
_ALL_SPACE = re.compile(r"\$\(subst ,,(\s*)\)")

OWN_OF_MAKE = frozenset(
    (
        "-*-command-variables-*-",
        "-*-eval-flags-*-",
        ".FEATURES",
        ".LOADED",
        ".SHELLSTATUS",
        ".VARIABLES",
        "GNUMAKEFLAGS",
        "MAKEFILES",
        "MAKEFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "MAKE_TERMERR",
        "MAKE_TERMOUT",
        "MFLAGS",
        "SUFFIXES",
    )
)
"""What differs between two runs of make as well, what only make's own options set, and the lists
of what make was built with.
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A variable: where it comes from, whether a reference expands it, and its raw value."""

    origin: Origin
    recursive: bool
    value: str

    def __str__(self) -> str:
        return f"[{self.origin.text}] {'=' if self.recursive else ':='} {self.value!r}"


def read_database(printed: str) -> dict[str, Shown]:
    """Return the global variables of a printed data base.

    Automatic variables are left out: outside of a recipe they have no value.
    """
    start = printed.index("\n# Variables\n")
    end = printed.find("\n# variable set hash-table stats:", start)
    found: dict[str, Shown] = {}
    origin: Origin | None = None
    body: list[str] = []
    for line in [*printed[start:end].split("\n"), "# default"]:
        head = _HEAD.match(line)
        if head is None:
            body.append(line)
            continue
        if origin is not None and origin is not Origin.AUTOMATIC:
            name, shown = _entry(origin, body)
            found[name] = shown
        origin, body = _ORIGINS[head.group(1)], []
    return found


def _entry(origin: Origin, body: list[str]) -> tuple[str, Shown]:
    text = "\n".join(body)
    if text.startswith("define "):
        name, _, rest = text.removeprefix("define ").partition("\n")
        return name, Shown(origin, True, rest.rpartition("\nendef")[0])
    # A name may hold spaces or `=`; the first operator between spaces ends it.
    match = re.match(r"(.*?) (:|\+)?= (.*)\Z", text, re.DOTALL)
    assert match is not None, text
    name, operator, value = match.groups()
    spaces = _ALL_SPACE.fullmatch(value)
    if spaces:
        value = spaces.group(1)
    recursive = operator != ":"
    return name, Shown(origin, recursive, value if recursive else value.replace("$$", "$"))


def of_evaluation(ev: Evaluation) -> dict[str, Shown]:
    """Return the global variables of an evaluation."""
    found = {}
    for name in ev.variables:
        variable = ev.find(name)
        if variable is not None:
            found[name] = Shown(variable.origin, variable.recursive, variable.value)
    return found


def differences(theirs: Mapping[str, Shown], ours: Mapping[str, Shown]) -> list[str]:
    """Return a line for each variable that is not the same on both sides."""
    found = []
    for name in sorted(theirs.keys() | ours.keys()):
        if name in OWN_OF_MAKE:
            continue
        left, right = theirs.get(name), ours.get(name)
        if left != right:
            found.append(f"{name}: {left} / {right}")
    return found
