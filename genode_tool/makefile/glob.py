"""File-name patterns over `Inputs`.

GNU make manual, "Using Wildcard Characters in File Names": `*`, `?`, `[…]`, `~`, with a
backslash quoting the next character. Matches are sorted in byte order.
"""

from __future__ import annotations

import posixpath
import pwd
import re
from collections.abc import Iterable
from functools import lru_cache

from genode_tool.makefile.inputs import Inputs, Kind
from genode_tool.regex import regex

_QUOTED = regex(r"\\(.)")


def has_magic(name: str) -> bool:
    """Tell whether `name` holds a wildcard character."""
    return "*" in name or "?" in name or "[" in name


def expand_tilde(name: str, home: str) -> str:
    """Replace a leading `~` or `~user` by that home directory, if there is one."""
    user, slash, rest = name[1:].partition("/")
    if not user:
        directory = home
    else:
        try:
            directory = pwd.getpwnam(user).pw_dir
        except KeyError:
            return name
    return directory + slash + rest if directory else name


def glob(inputs: Inputs, cwd: str, pattern: str, home: str = "") -> list[str]:
    """Return the names that match `pattern`, relative ones looked up in `cwd`."""
    if pattern.startswith("~"):
        pattern = expand_tilde(pattern, home)
    if not has_magic(pattern):
        plain = _QUOTED.sub(r"\1", pattern) if "\\" in pattern else pattern
        path = plain if plain.startswith("/") else f"{cwd}/{plain}"
        found = inputs.stat(path)
        if found is None and plain.endswith("/"):
            # GNU make finds a file there, and drops the slash.
            plain = plain.rstrip("/") or "/"
            found = inputs.stat(path.rstrip("/"))
        return [] if found is None else [plain]
    directory, slash, name = pattern.rpartition("/")
    if not slash:
        return _names(inputs, cwd, "", name)
    if not directory:
        return _names(inputs, "/", "/", name)
    directories = (
        glob(inputs, cwd, directory, home)
        if has_magic(directory)
        else [_QUOTED.sub(r"\1", directory)]
    )
    result = []
    for one in directories:
        path = one if one.startswith("/") else posixpath.join(cwd, one)
        if not name:
            found = inputs.stat(path)
            if found is not None and found.kind is Kind.DIRECTORY:
                result.append(one + "/")
        else:
            result += _names(inputs, path, one.rstrip("/") + "/" if one != "/" else one, name)
    return sorted(result)


def _names(inputs: Inputs, path: str, prefix: str, pattern: str) -> list[str]:
    if not has_magic(pattern):
        name = _QUOTED.sub(r"\1", pattern)
        return [prefix + name] if inputs.stat(f"{path}/{name}") is not None else []
    names = inputs.listdir(path)
    if not names:
        return []
    hidden = pattern.startswith((".", "\\."))
    candidates = names if not hidden else (".", "..", *names)
    return [prefix + name for name in matches(sorted(candidates), pattern)]


def matches(names: Iterable[str], pattern: str) -> list[str]:
    """Return those of `names`, which have no directory, that match `pattern`."""
    matcher = _matcher(pattern)
    hidden = pattern.startswith((".", "\\."))
    return [
        name for name in names if (hidden or not name.startswith(".")) and matcher.fullmatch(name)
    ]


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> re.Pattern[str]:
    """Translate one component of a pattern as fnmatch(3) understands it."""
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "\\" and at < len(pattern):
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[":
            end = pattern.find("]", at + (2 if pattern[at : at + 1] in ("!", "^") else 1))
            if end < 0:
                out.append(r"\[")
                continue
            inner = pattern[at:end]
            at = end + 1
            negated = inner[:1] in ("!", "^")
            inner = re.sub(r"([\\\[\]&|~^])", r"\\\1", inner[1:] if negated else inner)
            out.append(f"[{'^' if negated else ''}{inner}]")
        else:
            out.append(re.escape(char))
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))
