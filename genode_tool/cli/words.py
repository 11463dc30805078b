"""Words on the command line in the manner of make: `NAME=value` among goals."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from genode_tool.errors import UserError

_ASSIGNMENT = re.compile(r"([^\s:=#]+?)\s*:{0,3}=(.*)", re.DOTALL)


def split_words(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Split `words` into variables and the other words, in order; the last value wins."""
    given: dict[str, str] = {}
    others: list[str] = []
    for word in words:
        match = _ASSIGNMENT.fullmatch(word)
        if match:
            given[match[1]] = match[2]
        else:
            others.append(word)
    return given, others


def only(given: Collection[str], known: Collection[str], others: Sequence[str] = ()) -> None:
    """Raise `UserError` when there are other variables than `known`, or any `others`."""
    wrong = [name for name in given if name not in known]
    if wrong:
        raise UserError(f"unknown variable `{wrong[0]}`: wanted {' or '.join(known)}")
    if others:
        raise UserError(f"unexpected word `{others[0]}`: wanted {' or '.join(known)}=…")


PORT_VARIABLES = ("PKG", "BUILD_DIR", "CONTRIB_DIR", "CHECK_HASH", "REPOSITORIES")
"""The variables of a command line about ports."""


def port_names(words: Sequence[str], variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ports given as words and as `PKG="a b"`, each once, in order.

    Raises `UserError` for a variable that such a command does not have.
    """
    only(variables, PORT_VARIABLES)
    return tuple(dict.fromkeys((*variables.get("PKG", "").split(), *words)))
