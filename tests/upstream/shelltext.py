"""Shell text in a canonical form: the programs that it runs, with their arguments.

Two texts that do the same differ in quoting, in white space, in how commands are joined, and
in what only prints or only makes directories. The canonical form keeps none of that.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

Argv = tuple[str, ...]

_CONTINUED = re.compile(r"\\\n\s*")
_OPERATOR = re.compile(r"[;&|()]+([<>]*)|[{}]")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_SHELLS = frozenset(("sh", "bash"))
_LAUNCHER = "$GENODE_LAUNCHER"
_SILENT = frozenset(("echo", "true", ":", "cd", "test", "mkdir", "export", "[", "set"))


def canonical(texts: Iterable[str], build_dir: str, directory: str) -> tuple[Argv, ...]:
    """Return the programs that `texts` run in order, the build directory written as `@`.

    Files in `directory` (below the build directory), where they run, have relative names.
    """
    found: list[Argv] = []
    for text in texts:
        found += _commands(text)
    here = f"@/{directory}/"
    return tuple(
        tuple(word.replace(build_dir, "@").replace(here, "") for word in argv) for argv in found
    )


def _commands(text: str) -> list[Argv]:
    lexer = shlex.shlex(_CONTINUED.sub(" ", text), posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return [("(not understood)", " ".join(text.split()))]
    found: list[Argv] = []
    values: dict[str, str] = {}
    argv: list[str] = []
    for word in [*words, ";"]:
        operator = _OPERATOR.fullmatch(word)
        if not operator:
            argv.append(_with_values(word, values))
            continue
        while argv and (assigned := _ASSIGNMENT.fullmatch(argv[0])):
            values[assigned.group(1)] = assigned.group(2)
            argv.pop(0)
        found += _unwrapped(tuple(argv))
        argv = [operator.group(1)] if operator.group(1) else []
    return found


def _with_values(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"${name}/", f"{value}/")
    return word


def _unwrapped(argv: Argv) -> list[Argv]:
    """Return what a command runs: nothing when it says or prepares something only."""
    if not argv or argv[0].rpartition("/")[2] in _SILENT:
        return []
    if argv[0] == _LAUNCHER:
        return _unwrapped(argv[1:])  # empty unless the user sets one
    if argv[0].rpartition("/")[2] in _SHELLS and "-c" in argv:
        return _commands(argv[argv.index("-c") + 1])
    if "check-abi" in argv:  # ours in the place of the tree's
        internal, *rest = argv[argv.index("check-abi") + 1 :]
        return [(f"{internal.rpartition('/')[0]}/check_abi", *rest)]
    if (argv[0] == "sed" and argv[-1].endswith(".d")) or argv[-1].endswith(".d.ninja"):
        return []  # dependency files are put in ninja's form
    if argv[:2] == ("touch", "-r") or (argv[:2] == ("rm", "-f") and argv[-1].endswith(".time")):
        return []  # a file that is changed in place keeps its time for ninja
    return [argv]
