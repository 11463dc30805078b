"""Waits on several consoles for the first pattern that matches.

pexpect's `expect_loop` reads one stream and knows nothing else to wait for. The loop here waits on
several of them, and on watchers: a machine's notifications, the user's terminal. Whether a text
matches is pexpect's business, as in its loop for asyncio: each console has an `Expecter`.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind, RegexEngine, Span
from genode_tool.run.console.search import ConsoleSearch, Found, Trial

_DRAIN_SECONDS = 0.5


class Watcher(Protocol):
    """Something besides text that can end a wait, such as a machine's own notifications."""

    def fileno(self) -> int:
        """The descriptor to wait on; negative when there is nothing to watch any more."""

    def react(self) -> Exception | None:
        """Handle what came; return what is to end the wait, unless a pattern matches first."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pattern and the consoles in which it is looked for.

    What matched is removed from the console's text, unless `transfer` is false.
    """

    pattern: Pattern
    consoles: tuple[Console, ...]
    transfer: bool = True


class Ending(Enum):
    """The event that ended a wait."""

    MATCH = "match"
    EOF = "eof"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Match:
    """The result of a wait.

    `case` is the index of the case that holds, None when the stream ended or the time was over
    and no case asked for that. `text` is all text up to and including the match (at the end of a
    stream, all there is), `groups` the match and its sub-matches, `spans` their places in the
    text that was searched, which ends where `text` does but may begin later.
    """

    ending: Ending
    case: int | None
    console: Console | None
    text: str = ""
    groups: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


def wait_for(
    cases: Sequence[Case],
    deadline: Deadline,
    engine: RegexEngine,
    watchers: Sequence[Watcher] = (),
) -> Match:
    """Wait for the first case that holds.

    As `expect` does it: whenever text came, the cases are tried in order; an `eof` case holds
    when a console it looks at ended, a `timeout` case when the deadline passed. What a watcher
    has to say is raised only after all text that was there by then has been looked at.
    """
    consoles = list({id(console): console for case in cases for console in case.consoles}.values())
    searches = {id(console): _search(cases, console, engine) for console in consoles}
    for console in consoles:
        found = searches[id(console)].earlier()
        if found:
            return _match(Ending.MATCH, console, found)
    fresh = list(consoles)  # a pause of the script may have read something
    incident: Exception | None = None
    drain_until = deadline
    drained = timed_out = False
    while True:
        for console in fresh:
            found = searches[id(console)].fresh()
            if found:
                return _match(Ending.MATCH, console, found)
        for console in consoles:
            # Only after the search: a pattern that matches the last words comes before their end.
            if console.ended:
                return _match(Ending.EOF, console, searches[id(console)].at_end())
        if incident:
            if drained or drain_until.expired:
                raise incident
        elif timed_out:
            return Match(Ending.TIMEOUT, _timeout_case(cases), None)
        watched = [] if incident else [one for one in watchers if one.fileno() >= 0]
        timeout = 0.0 if incident else deadline.remaining
        sources: list[Console | Watcher] = [*consoles, *watched]
        ready, _, _ = select.select(sources, [], [], timeout)
        fresh = [console for console in consoles if console in ready]
        for console in fresh:
            console.pump()
        drained = incident is not None and not fresh
        for watcher in watched:
            if watcher in ready and not incident:
                incident = watcher.react()
                drain_until = Deadline.after(_DRAIN_SECONDS)
        # Noted here, acted on after one more search: what came in time counts.
        timed_out = deadline.expired


def _search(cases: Sequence[Case], console: Console, engine: RegexEngine) -> ConsoleSearch:
    trials = [
        Trial(index, case.pattern, case.transfer)
        for index, case in enumerate(cases)
        if console in case.consoles
    ]
    return ConsoleSearch(trials, console, engine)


def _match(ending: Ending, console: Console, found: Found) -> Match:
    case = None if found.number < 0 else found.number
    return Match(ending, case, console, found.text, found.groups, found.spans)


def _timeout_case(cases: Sequence[Case]) -> int | None:
    for index, case in enumerate(cases):
        if case.pattern.kind is PatternKind.TIMEOUT:
            return index
    return None
