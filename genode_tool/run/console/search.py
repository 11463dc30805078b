"""Searches the text of a console for patterns, in pexpect's `Expecter`.

`PatternSearcher` stands where pexpect has `searcher_re`: it takes Tcl's regular expressions, tries
patterns in the order in which they are given instead of preferring the leftmost match, and takes
all text up to the end of a match, as expect does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind, RegexEngine, Span


@dataclass(frozen=True, slots=True)
class Trial:
    """A pattern to try, the number it is reported by, and whether it takes what it matches."""

    number: int
    pattern: Pattern
    transfer: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A match: the number of its pattern, the text up to its end, and its spans in `window`."""

    number: int
    text: str
    groups: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


class PatternSearcher:
    """Finds the first of several patterns that matches; a searcher for pexpect's `Expecter`.

    `start` and `end` limit what is taken from the text; `match` is the match.
    """

    timeout_index = -1

    def __init__(self, trials: Sequence[Trial], console: Console, engine: RegexEngine) -> None:
        self._trials = trials
        self._console = console
        self._engine = engine
        self.eof_index = next(
            (one.number for one in trials if one.pattern.kind is PatternKind.EOF), -1
        )
        self.start = self.end = 0
        self.match: Found | None = None

    def search(self, buffer: str, freshlen: int, searchwindowsize: int | None = None) -> int:
        """Return the number of the first pattern that `buffer` has a match for, or -1.

        Raises `ScriptError` for a malformed pattern when all of `buffer` is fresh, as it is at
        the beginning of a wait.
        """
        del searchwindowsize
        for one in self._trials:
            if freshlen < len(buffer) and one.pattern.excluded(buffer):
                continue
            if one.pattern.kind is PatternKind.FULL_BUFFER:
                full = len(buffer) > self._console.match_max
                spans: tuple[Span, ...] | None = ((0, len(buffer)),) if full else None
            else:
                spans = one.pattern.search(buffer, self._engine)
            if spans is not None:
                last = spans[0][1]
                self.end = last if one.transfer else 0
                if one.pattern.kind is PatternKind.FULL_BUFFER:
                    spans = ()
                groups = tuple(buffer[start:end] if start >= 0 else "" for start, end in spans)
                self.match = Found(one.number, buffer[:last], groups, spans)
                return one.number
        return -1


class ConsoleSearch:
    """The search in one console during one wait."""

    def __init__(self, trials: Sequence[Trial], console: Console, engine: RegexEngine) -> None:
        from pexpect.expect import Expecter

        self._console = console
        self._searcher = PatternSearcher(trials, console, engine)
        self._expecter = Expecter(console.stream, self._searcher)  # type: ignore[arg-type]

    def earlier(self) -> Found | None:
        """Try all patterns on the text that earlier searches left."""
        # What came with the former match may be longer than patterns look back.
        self._expecter.searchwindowsize = max(self._console.match_max, self._console.searchable)
        return self._outcome(self._expecter.existing_data())

    def fresh(self) -> Found | None:
        """Try all patterns on text that was read since then."""
        while text := self._console.take_unsearched():
            self._expecter.searchwindowsize = self._console.match_max + len(text)
            found = self._outcome(self._expecter.new_data(text))
            if found:
                return found
            self._console.limit_text()
        return None

    def at_end(self) -> Found:
        """Take all that is left at the end of the stream; its number is -1 if no pattern asks."""
        from pexpect import EOF

        stream = self._console.stream
        try:
            number = self._expecter.eof()
        except EOF:  # how pexpect says that no pattern is for that
            number = -1
        found = Found(number, stream.before or "")
        stream.before = None
        return found

    def _outcome(self, number: int | None) -> Found | None:
        if number is None:
            return None
        found = self._searcher.match
        assert found is not None
        stream = self._console.stream
        before, stream.before = stream.before or "", None
        if not before:
            return found
        # Nothing is taken (`-notransfer`): the text before the window stays as well.
        if not self._searcher.end:
            self._console.put_back(before)
        return Found(found.number, before + found.text, found.groups, found.spans)
