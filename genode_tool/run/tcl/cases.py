"""The arguments of `expect`: patterns, what they look at, and what to do when they match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind
from genode_tool.run.console.wait import Case

ANY = "-1"
"""The value of `any_spawn_id`: all programs that the same `expect` names."""

_KEYWORDS = {
    "eof": PatternKind.EOF,
    "timeout": PatternKind.TIMEOUT,
    "full_buffer": PatternKind.FULL_BUFFER,
    "null": PatternKind.NULL,
}
_KINDS = {
    "-re": PatternKind.REGEX,
    "-gl": PatternKind.GLOB,
    "-glob": PatternKind.GLOB,
    "-ex": PatternKind.EXACT,
    "-exact": PatternKind.EXACT,
}

Resolve = Callable[[str | None], tuple[Console, ...]]
"""Finds the consoles of spawn ids; None stands for the current one."""


@dataclass(frozen=True, slots=True)
class Action:
    """The script of a case; with `indices`, the positions of the match are set, too."""

    body: str
    indices: bool = False


@dataclass(slots=True)
class Cases:
    """The parsed arguments: `actions` belong to `cases`; `timeout` in seconds, "" if not given."""

    cases: list[Case] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    timeout: str = ""

    def add(self, case: Case, action: Action) -> None:
        """Add a case."""
        self.cases.append(case)
        self.actions.append(action)

    def for_consoles(self, wanted: tuple[Console, ...]) -> Cases:
        """Return what applies to these consoles, and what applies to none: timeouts."""
        found = Cases(timeout=self.timeout)
        for case, action in zip(self.cases, self.actions, strict=True):
            consoles = tuple(one for one in case.consoles if one in wanted)
            if consoles or case.pattern.kind is PatternKind.TIMEOUT:
                found.add(Case(case.pattern, consoles, case.transfer), action)
        return found

    @property
    def consoles(self) -> tuple[Console, ...]:
        """All consoles that are looked at, each once."""
        found = {id(one): one for case in self.cases for one in case.consoles}
        return tuple(found.values())


@dataclass(slots=True)
class _Flags:
    """The flags that precede one pattern."""

    kind: PatternKind = PatternKind.GLOB
    nocase: bool = False
    indices: bool = False
    transfer: bool = True
    literal: bool = False


def parse_cases(words: tuple[str, ...], resolve: Resolve) -> Cases:
    """Return the cases that the words of an `expect` stand for.

    expect(1): flags apply to the pattern that follows them, `-i` to all that follow, `-timeout`
    to the whole. Which program is meant by default is only asked when a pattern needs it.
    Raises what `resolve` raises.
    """
    parsed = Cases()
    target: str | None = None
    anywhere: list[int] = []
    flags = _Flags()
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if not flags.literal:
            if word in ("-i", "-timeout") and queue:
                if word == "-i":
                    target = queue.pop(0)
                else:
                    parsed.timeout = queue.pop(0)
                continue
            if _is_flag(word, flags):
                continue
        kinds = _kinds(word, flags)
        action = Action(queue.pop(0) if queue else "", flags.indices)
        consoles = () if target == ANY else resolve(target)
        for kind in kinds:
            if target == ANY:
                anywhere.append(len(parsed.cases))
            pattern = Pattern(kind, word, flags.nocase)
            parsed.add(Case(pattern, consoles, flags.transfer), action)
        flags = _Flags()
    named = parsed.consoles
    # Only now is it known which programs `any_spawn_id` stands for.
    for index in anywhere:
        case = parsed.cases[index]
        parsed.cases[index] = Case(case.pattern, named, case.transfer)
    return parsed


def _is_flag(word: str, flags: _Flags) -> bool:
    """Note a flag; return whether `word` was one."""
    match word:
        case "-nocase":
            flags.nocase = True
        case "-indices":
            flags.indices = True
        case "-notransfer":
            flags.transfer = False
        case "--":
            flags.literal = True
        case _ if word in _KINDS:
            flags.kind = _KINDS[word]
            flags.literal = True  # what follows is the pattern, whatever it looks like
        case _:
            return False
    return True


def _kinds(word: str, flags: _Flags) -> tuple[PatternKind, ...]:
    if flags.literal:
        return (flags.kind,)
    if word == "default":
        return PatternKind.TIMEOUT, PatternKind.EOF
    return (_KEYWORDS.get(word, flags.kind),)


def is_block(argument: str) -> bool:
    """Return whether an only argument is a block of cases: its first line is blank.

    That is how expect distinguishes it from a pattern.
    """
    return "\n" in argument[: len(argument) - len(argument.lstrip())]
