"""Automatic variables: `$@ $< $^ $+ $? $* $| $%`, with their `D` and `F` forms.

GNU make manual, "Automatic Variables".
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.makefile import archives, words
from genode_tool.makefile.rules.database import RuleDatabase
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.variables.variable import Origin, Variable

_NAMES = frozenset("@<^+?*|%")


class AutomaticVariables:
    """The scope of automatic variables of one file; each is worked out when it is asked for.

    `everything_newer` makes `$?` the same as `$^`.
    """

    def __init__(self, file: File, rules: RuleDatabase, *, everything_newer: bool = True) -> None:
        self._file = file
        self._rules = rules
        self._all = everything_newer
        self._known: dict[str, Variable] = {}

    def get(self, name: str, /) -> Variable | None:
        """Return the automatic variable `name`, None when there is none of that name."""
        size = len(name)
        if size > 2 or not size or name[0] not in _NAMES:
            return None
        found = self._known.get(name)
        if found is not None:
            return found
        if size == 1:
            found = Variable(name, _VALUES[name](self), Origin.AUTOMATIC)
        elif name[0] == "|":
            return None
        elif name[1] == "D":
            text = f"$(patsubst %/,%,$(dir ${name[0]}))"
            found = Variable(name, text, Origin.AUTOMATIC, recursive=True)
        elif name[1] == "F":
            text = f"$(notdir ${name[0]})"
            found = Variable(name, text, Origin.AUTOMATIC, recursive=True)
        else:
            return None
        self._known[name] = found
        return found

    def _target(self) -> str:
        parts = archives.divide(self._file.found)
        return self._file.found if parts is None else parts[0]

    def _member(self) -> str:
        parts = archives.divide(self._file.found)
        return "" if parts is None else parts[1]

    def _first(self) -> str:
        for dependency in self._file.dependencies:
            if not dependency.order_only and not dependency.hidden:
                return dependency.file.found
        return self._target() if self._file.by_default else ""

    def _normal(self) -> list[str]:
        return [
            _listed(one.file)
            for one in self._file.dependencies
            if not one.order_only and not one.hidden
        ]

    def _unique(self) -> str:
        normal = set(self._normal())
        # One that is order-only at first and normal later stands at its first place.
        return " ".join(
            words.unique(
                name
                for one in self._file.dependencies
                if (name := _listed(one.file)) in normal and not one.hidden
            )
        )

    def _plus(self) -> str:
        return " ".join(self._normal())

    def _newer(self) -> str:
        return " ".join(
            words.unique(
                _listed(one.file)
                for one in self._file.dependencies
                if not one.order_only and not one.hidden and (self._all or one.changed)
            )
        )

    def _order(self) -> str:
        normal = set(self._normal())
        order = words.unique(_listed(one.file) for one in self._file.dependencies if one.order_only)
        return " ".join([name for name in order if name not in normal])

    def _stem(self) -> str:
        file = self._file
        if file.stem or file.static_stem:
            return file.stem
        parts = archives.divide(file.name)
        name = file.name if parts is None else parts[1]
        for suffix in self._rules.suffixes:
            if len(name) > len(suffix) and name.endswith(suffix):
                return name[: -len(suffix)]
        return ""


_VALUES: dict[str, Callable[[AutomaticVariables], str]] = {
    "@": AutomaticVariables._target,
    "<": AutomaticVariables._first,
    "^": AutomaticVariables._unique,
    "+": AutomaticVariables._plus,
    "?": AutomaticVariables._newer,
    "|": AutomaticVariables._order,
    "*": AutomaticVariables._stem,
    "%": AutomaticVariables._member,
}


def _listed(file: File) -> str:
    """Return a prerequisite as lists name it: of a member, the archive is left out."""
    name = file.found
    if name.endswith(")"):
        parts = archives.divide(name)
        if parts is not None:
            return parts[1]
    return name
