"""Taking a command line apart into options with their arguments, and other words.

The rules are those of `getopt_long`: letters may be joined, long names may be shortened while they
are unique, options and other words may be mixed, and `--` ends the options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genode_tool.makefile.executor.options import IGNORED, OPTIONS, Kind, Option
from genode_tool.record import record

_DIGITS = "0123456789"
_IGNORED = Option("", (), "")
_BY_LETTER = {one.letter: one for one in OPTIONS if one.letter} | dict.fromkeys(IGNORED, _IGNORED)
# First names first: the order in which an ambiguous name lists its candidates.
_FIRST = {name: one for one in OPTIONS for name in one.names[:1]}
_ALIASES = (
    *("quiet", "stop", "new-file", "assume-new", "assume-old", "max-load", "dry-run", "recon"),
    "makefile",
)
_BY_NAME = _FIRST | {name: one for one in OPTIONS for name in one.names if name in _ALIASES}
_BY_NAME["jobserver-fds"] = _BY_NAME["jobserver-auth"]
_ORDER = [*_FIRST, *_ALIASES]
_ORDER.insert(_ORDER.index("jobserver-auth") + 1, "jobserver-fds")


@record
class Word:
    """A word that is no option."""

    text: str


@record
class Given:
    """An option with its argument, None when it was left out."""

    option: Option
    argument: str | None


@record
class Wrong:
    """A word that is not as an option must be."""

    message: str


def divide(argv: Sequence[str]) -> Iterator[Word | Given | Wrong]:
    """Yield the parts of a command line, in their order."""
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            yield from map(Word, rest)
            return
        if not word.startswith("-") or word == "-":
            yield Word(word)
        elif word.startswith("--"):
            yield _long(word[2:], rest)
        else:
            yield from _short(word[1:], rest)


def _long(text: str, rest: list[str]) -> Given | Wrong:
    name, equal, value = text.partition("=")
    option = _BY_NAME.get(name)
    if option is None:
        found = [one for one in _ORDER if one.startswith(name)]
        if len({id(_BY_NAME[one]) for one in found}) > 1:
            listed = " ".join(f"'--{one}'" for one in found)
            return Wrong(f"option '--{text}' is ambiguous; possibilities: {listed}")
        if not found:
            return Wrong(f"unrecognized option '--{name}'")
        name, option = found[0], _BY_NAME[found[0]]
    if option.kind is Kind.FLAG:
        return (
            Wrong(f"option '--{name}' doesn't allow an argument") if equal else Given(option, None)
        )
    if equal:
        return Given(option, value)
    if not option.optional:
        return (
            Given(option, rest.pop(0)) if rest else Wrong(f"option '--{name}' requires an argument")
        )
    return Given(option, _number(option, rest))


def _short(letters: str, rest: list[str]) -> Iterator[Given | Wrong]:
    while letters:
        letter, letters = letters[0], letters[1:]
        option = _BY_LETTER.get(letter)
        if option is None:
            yield Wrong(f"invalid option -- '{letter}'")
        elif option is _IGNORED:
            continue
        elif option.kind is Kind.FLAG:
            yield Given(option, None)
        elif letters:
            yield Given(option, letters)
            return
        elif option.optional:
            yield Given(option, _number(option, rest))
        elif rest:
            yield Given(option, rest.pop(0))
        else:
            yield Wrong(f"option requires an argument -- '{letter}'")


def _number(option: Option, rest: list[str]) -> str | None:
    """Take a number that follows an option whose argument may be left out."""
    following = rest[0] if rest else ""
    if (option.kind is Kind.COUNT and following and not following.strip(_DIGITS)) or (
        option.kind is Kind.LOAD and following[:1] in (*_DIGITS, ".")
    ):
        return rest.pop(0)
    return None
