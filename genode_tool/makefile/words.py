"""Words and patterns: the text handling that functions, rules and directives share.

GNU make manual, "Functions for String Substitution" and "Functions for File Names".
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from genode_tool.regex import regex

SPACE = " \t\n\v\f\r"
WORD = regex(f"[^{SPACE}]+")


def split(text: str) -> list[str]:
    """Return the words of `text`; only ASCII white space separates them."""
    return text.split() if text.isascii() else WORD.findall(text)


@lru_cache(maxsize=8192)
def pattern(text: str) -> tuple[str, str | None]:
    r"""Split a pattern at its first unquoted `%`: (prefix, suffix), suffix None without one.

    A backslash quotes a `%`; backslashes that quote backslashes before a `%` are halved.
    """
    if "%" not in text:
        return text, None
    if "\\" not in text:
        prefix, _, suffix = text.partition("%")
        return prefix, suffix
    done = ""
    rest = text
    while True:
        at = rest.find("%")
        if at < 0:
            return done + rest, None
        start = at
        while start and rest[start - 1] == "\\":
            start -= 1
        slashes = at - start
        done += rest[:start] + "\\" * (slashes // 2)
        if slashes % 2 == 0:
            return done, rest[at + 1 :]
        done += "%"
        rest = rest[at + 1 :]


def stem(word: str, prefix: str, suffix: str) -> str | None:
    """Return what `%` stands for when `word` matches `prefix%suffix`, else None."""
    if len(word) >= len(prefix) + len(suffix) and word.startswith(prefix) and word.endswith(suffix):
        return word[len(prefix) : len(word) - len(suffix)]
    return None


def patsubst(from_: str, to: str, text: str) -> str:
    """Replace each word of `text` that matches the pattern `from_` by `to`."""
    prefix, suffix = pattern(from_)
    to_prefix, to_suffix = pattern(to)
    if suffix is None:
        # Without a `%` GNU make replaces whole words and leaves the white space as it is.
        whole = to_prefix if to_suffix is None else to
        return WORD.sub(lambda found: whole if found.group() == prefix else found.group(), text)
    result = []
    if not to:
        # A word that becomes nothing leaves no blank behind.
        return " ".join([w for w in split(text) if stem(w, prefix, suffix) is None])
    start, end = len(prefix), len(suffix)
    least = start + end
    for word in split(text):
        if len(word) < least or not (word.startswith(prefix) and word.endswith(suffix)):
            result.append(word)
        elif to_suffix is None:
            result.append(to_prefix)
        else:
            result.append(f"{to_prefix}{word[start : len(word) - end]}{to_suffix}")
    return " ".join(result)


def replace_suffix(from_: str, to: str, text: str) -> str:
    """Replace the ending `from_` of each word by `to`, as `$(NAME:from=to)` does."""
    cut = len(from_)
    if not cut:
        return " ".join([word + to for word in split(text)])
    return " ".join([word[:-cut] + to if word.endswith(from_) else word for word in split(text)])


def filter_words(patterns: str, text: str, keep: bool) -> str:
    """Return the words of `text` that match (`keep`) or do not match any of `patterns`."""
    literal = set()
    wild = []
    for one in split(patterns):
        prefix, suffix = pattern(one)
        if suffix is None:
            literal.add(prefix)
        else:
            wild.append((prefix, suffix))
    if not wild:
        return " ".join([word for word in split(text) if (word in literal) == keep])
    if len(wild) == 1 and not literal:
        prefix, suffix = wild[0]
        least = len(prefix) + len(suffix)
        return " ".join(
            [
                word
                for word in split(text)
                if (len(word) >= least and word.startswith(prefix) and word.endswith(suffix))
                == keep
            ]
        )
    return " ".join(
        [
            word
            for word in split(text)
            if (word in literal or any(stem(word, p, s) is not None for p, s in wild)) == keep
        ]
    )


def directory(name: str) -> str:
    """Return the directory part of a file name, with its slash; `./` when it has none."""
    cut = name.rfind("/") + 1
    return name[:cut] if cut else "./"


def notdir(name: str) -> str:
    """Return a file name without its directory part."""
    return name[name.rfind("/") + 1 :]


def suffix_at(name: str) -> int:
    """Return where the suffix of a file name starts, -1 when it has none."""
    dot = name.rfind(".")
    return dot if dot > name.rfind("/") else -1


def normalise(path: str) -> str:
    """Return an absolute path without `.`, `..` and doubled slashes, links not followed."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def unique(names: Iterable[str]) -> list[str]:
    """Return `names` in their order, each once."""
    return list(dict.fromkeys(names))
