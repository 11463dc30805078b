"""Words on the command line in the manner of make: `NAME=value` among goals and names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from genode_tool.errors import UserError
from genode_tool.regex import regex

PORT_VARIABLES = ("PKG", "BUILD_DIR", "CONTRIB_DIR", "CHECK_HASH", "REPOSITORIES")
"""The variables of a command about ports."""

_ASSIGNMENT = regex(r"([^\s:=#]+?)\s*:{0,3}=(.*)", re.DOTALL)


def split_words(
    words: Sequence[str], kernels: Sequence[str] = (), board: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """Split `words` into variables and the other words, in order; the last value wins.

    `kernels` and `board` are the values of `--kernel` and `--board`, which win over `KERNEL=` and
    `BOARD=`. Raises `UserError` when several kernels are given.
    """
    variables: dict[str, str] = {}
    others: list[str] = []
    for word in words:
        match = _ASSIGNMENT.fullmatch(word)
        if match:
            variables[match[1]] = match[2]
        else:
            others.append(word)
    if len(kernels) > 1:
        raise UserError(
            f"wanted one kernel, {len(kernels)} are given: {', '.join(kernels)}",
            hint="give --kernel once",
        )
    if kernels:
        variables["KERNEL"] = kernels[0]
    if board is not None:
        variables["BOARD"] = board
    return variables, others


def only(given: Collection[str], known: Collection[str], others: Sequence[str] = ()) -> None:
    """Raise `UserError` when there are other variables than `known`, or any `others`."""
    wrong = [name for name in given if name not in known]
    if wrong:
        raise UserError(f"unknown variable `{wrong[0]}`: wanted {' or '.join(known)}")
    if others:
        raise UserError(f"unexpected word `{others[0]}`: wanted {' or '.join(known)}=…")


def port_names(words: Sequence[str], variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ports given as words and as `PKG="a b"`, each once, in order.

    Raises `UserError` for a variable that a command about ports does not have.
    """
    only(variables, PORT_VARIABLES)
    return tuple(dict.fromkeys((*variables.get("PKG", "").split(), *words)))
