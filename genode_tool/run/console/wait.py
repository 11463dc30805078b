"""Waits on several consoles for the first pattern that matches."""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from genode_tool.deadline import Deadline
from genode_tool.run.console.buffer import DEFAULT_WINDOW, MatchBuffer
from genode_tool.run.console.channel import Channel
from genode_tool.run.console.patterns import Pattern, PatternKind, RegexEngine, Span

_DRAIN_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class Console:
    """A channel with the text of it that nobody matched yet.

    `on_text` sees every piece of text once, as it arrives; so does `echo`, while a user watches.
    One that is `closed` gives scripts no more text.
    """

    name: str
    channel: Channel
    on_text: Callable[[str], None] | None = None
    buffer: MatchBuffer = field(default_factory=lambda: MatchBuffer(DEFAULT_WINDOW))
    ended: bool = False
    closed: bool = False
    echo: Callable[[str], None] | None = None

    def fileno(self) -> int:
        """The descriptor that becomes readable when text or the end has come."""
        return self.channel.fileno()

    def pump(self) -> None:
        """Take in what the channel has; notes the end of the stream."""
        data = self.channel.receive()
        text = self.buffer.feed(data, final=not data)
        if not data:
            self.ended = True
        if text and self.on_text:
            self.on_text(text)
        if text and self.echo:
            self.echo(text)


class Watcher(Protocol):
    """Something besides text that can end a wait, such as a machine's own notifications."""

    def fileno(self) -> int:
        """The descriptor to wait on; negative when there is nothing to watch any more."""

    def react(self) -> Exception | None:
        """Handle what came; return what shall end the wait, unless a pattern matches first."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pattern and the consoles in which it is looked for.

    What matched is removed from the console's text, unless `transfer` is false.
    """

    pattern: Pattern
    consoles: tuple[Console, ...]
    transfer: bool = True


class Ending(Enum):
    """What ended a wait."""

    MATCH = "match"
    EOF = "eof"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Match:
    """How a wait ended.

    `case` is the index of the case that holds, None when the end of a stream or of the time
    came and no case asked for it. `text` is all text up to and including the match (all there
    was, at an end of stream), `groups` the match and its sub-matches, `spans` their places in
    the searched window.
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
    fresh = list(consoles)
    incident: Exception | None = None
    drain_until = deadline
    drained = timed_out = False
    while True:
        for console in fresh:
            match = _first_match(cases, console, engine)
            if match:
                return match
        for console in consoles:
            if console.ended:
                return _at_end(cases, console)
        if incident:
            if drained or drain_until.expired:
                raise incident
        elif timed_out:
            return Match(Ending.TIMEOUT, _index_of(cases, PatternKind.TIMEOUT, None), None)
        watched = [] if incident else [one for one in watchers if one.fileno() >= 0]
        patience = 0.0 if incident else deadline.remaining
        sources: list[Console | Watcher] = [*consoles, *watched]
        ready, _, _ = select.select(sources, [], [], patience)
        fresh = [console for console in consoles if console in ready]
        for console in fresh:
            console.pump()
        drained = incident is not None and not fresh
        for watcher in watched:
            if watcher in ready and not incident:
                incident = watcher.react()
                drain_until = Deadline.after(_DRAIN_SECONDS)
        timed_out = deadline.expired


def _first_match(cases: Sequence[Case], console: Console, engine: RegexEngine) -> Match | None:
    window = console.buffer.window
    for index, case in enumerate(cases):
        if console not in case.consoles:
            continue
        if case.pattern.kind is PatternKind.FULL_BUFFER and console.buffer.full:
            return Match(Ending.MATCH, index, console, console.buffer.take_all())
        spans = case.pattern.search(window, engine)
        if spans is None:
            continue
        groups = tuple(window[start:end] if start >= 0 else "" for start, end in spans)
        taken = console.buffer.consume if case.transfer else console.buffer.peek
        text = taken(spans[0][1])
        return Match(Ending.MATCH, index, console, text, groups, spans)
    return None


def _at_end(cases: Sequence[Case], console: Console) -> Match:
    case = _index_of(cases, PatternKind.EOF, console)
    return Match(Ending.EOF, case, console, console.buffer.take_all())


def _index_of(cases: Sequence[Case], kind: PatternKind, console: Console | None) -> int | None:
    for index, case in enumerate(cases):
        if case.pattern.kind is kind and (console is None or console in case.consoles):
            return index
    return None
