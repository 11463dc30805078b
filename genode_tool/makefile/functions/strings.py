"""Functions on words: GNU make manual, "Functions for String Substitution and Analysis"."""

from __future__ import annotations

import re

from genode_tool.makefile import words
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.regex import regex

_NUMBER = regex(r"[ \t\n\v\f\r]*([+-]?\d+)[ \t\n\v\f\r]*", re.ASCII)


def integer(ev: Evaluator, text: str, which: str, function: str) -> int:
    """Return `text` as a number; fail as GNU make does when it is none."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        what = "non-numeric" if function == "intcmp" else "invalid"
        value = f"'{text}'" if text.strip() else "empty value"
        ev.fail(f"{what} {which} argument to '{function}' function: {value}", function=function)
    number = int(match.group(1))
    if not -(2**63) <= number < 2**63 and function != "intcmp":
        ev.fail(
            f"invalid {which} argument to '{function}' function: '{text}' out of range",
            function=function,
        )
    return number


def subst(_ev: Evaluator, arguments: list[str]) -> str:
    """$(subst from,to,text)."""
    from_, to, text = arguments
    return text.replace(from_, to) if from_ else text + to


def patsubst(_ev: Evaluator, arguments: list[str]) -> str:
    """$(patsubst pattern,replacement,text)."""
    return words.patsubst(*arguments)


def strip(_ev: Evaluator, arguments: list[str]) -> str:
    """$(strip text)."""
    return " ".join(words.split(arguments[0]))


def findstring(_ev: Evaluator, arguments: list[str]) -> str:
    """$(findstring find,text)."""
    return arguments[0] if arguments[0] in arguments[1] else ""


def filter_in(_ev: Evaluator, arguments: list[str]) -> str:
    """$(filter pattern…,text)."""
    return words.filter_words(arguments[0], arguments[1], keep=True)


def filter_out(_ev: Evaluator, arguments: list[str]) -> str:
    """$(filter-out pattern…,text)."""
    return words.filter_words(arguments[0], arguments[1], keep=False)


def sort(_ev: Evaluator, arguments: list[str]) -> str:
    """$(sort list): in byte order, each word once."""
    return " ".join(sorted(set(words.split(arguments[0]))))


def word(ev: Evaluator, arguments: list[str]) -> str:
    """$(word n,text)."""
    number = integer(ev, arguments[0], "first", "word")
    if number <= 0:
        ev.fail("first argument to 'word' function must be greater than 0", function="word")
    found = words.split(arguments[1])
    return found[number - 1] if number <= len(found) else ""


def wordlist(ev: Evaluator, arguments: list[str]) -> str:
    """$(wordlist start,end,text)."""
    start = integer(ev, arguments[0], "first", "wordlist")
    if start < 1:
        ev.fail(
            f"invalid first argument to 'wordlist' function: '{arguments[0].strip()}'",
            function="wordlist",
        )
    end = integer(ev, arguments[1], "second", "wordlist")
    if end < 0:
        ev.fail(
            f"invalid second argument to 'wordlist' function: '{arguments[1].strip()}'",
            function="wordlist",
        )
    # What stands between the words is kept.
    spans = [found.span() for found in words.WORD.finditer(arguments[2])][start - 1 : end]
    return arguments[2][spans[0][0] : spans[-1][1]] if spans else ""


def count(_ev: Evaluator, arguments: list[str]) -> str:
    """$(words text)."""
    return str(len(words.split(arguments[0])))


def firstword(_ev: Evaluator, arguments: list[str]) -> str:
    """$(firstword text)."""
    found = words.split(arguments[0])
    return found[0] if found else ""


def lastword(_ev: Evaluator, arguments: list[str]) -> str:
    """$(lastword text)."""
    found = words.split(arguments[0])
    return found[-1] if found else ""
