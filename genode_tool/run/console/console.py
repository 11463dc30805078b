"""A console: a stream that pexpect reads, with its text that no pattern has taken yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from genode_tool.run.console.text import TextBuffer, TextDecoder

if TYPE_CHECKING:
    from pexpect.spawnbase import SpawnBase

DEFAULT_MATCH_MAX = 40_000
"""The least number of characters that a pattern can look back on, as set by the run tool."""

_READ = 262_144
"""The number of bytes that are read before they are searched. It is large because each piece also
searches again what a pattern can look back on."""


KEPT_TEXT = 2 << 20
"""The number of characters that are kept while no pattern matches, roughly.

expect(1) keeps `match_max` of them, but scripts look at all that came before a match."""


class Console:
    """A stream with a name, listeners, and the settings that expect has for it.

    `on_text` sees every piece of text once, as it arrives; so does `echo`, while a user watches.
    One that has `ended` has no more text, one that is `closed` gives scripts no more of it.
    """

    def __init__(
        self,
        name: str,
        stream: SpawnBase[str],
        on_text: Callable[[str], None] | None = None,
        *,
        raw: bool = False,
    ) -> None:
        """Take over `stream`; with `raw`, its line ends stay as they are."""
        self.name = name
        self.stream = stream
        self.on_text = on_text
        self.echo: Callable[[str], None] | None = None
        self.match_max = DEFAULT_MATCH_MAX
        self.ended = False
        self.closed = False
        self.decoder = TextDecoder(raw=raw)
        self._unsearched: list[str] = []
        self._unsearched_length = 0
        self._dropped = 0
        parts: Any = stream  # pexpect's stubs have its public names alone
        parts.buffer_type = TextBuffer
        parts._buffer, parts._before = TextBuffer(), TextBuffer()
        parts._decoder = self.decoder
        stream.logfile_read = self

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when text or the end has come."""
        return self.stream.fileno()

    def pump(self) -> None:
        """Read what the stream has, without waiting; note its end.

        To be called when something can be read: pexpect waits, sleeps, or takes the end of a
        program for the end of its text where nothing can.
        """
        from pexpect import EOF, TIMEOUT

        try:
            text = self.stream.read_nonblocking(_READ, 0)
        except TIMEOUT:
            return
        except (EOF, ConnectionError):
            text = self.decoder.decode(b"", final=True)  # pexpect leaves half a character there
            self.write(text)
            self.ended = True
        self._unsearched.append(text)
        self._unsearched_length += len(text)

    @property
    def full(self) -> bool:
        """Return whether there is so much unsearched text that no more should be read now."""
        return self._unsearched_length >= KEPT_TEXT

    @property
    def searchable(self) -> int:
        """The number of characters that pexpect has kept for patterns to look at."""
        parts: Any = self.stream
        return int(parts._buffer.tell())

    def put_back(self, text: str) -> None:
        """Put text before all that is still to be matched; it is not searched again."""
        parts: Any = self.stream
        rest = parts._before.getvalue()
        parts._before = TextBuffer(text)
        parts._before.write(rest)

    def take_unsearched(self) -> str:
        """Remove and return text on which no pattern was tried yet, a limited piece of it."""
        count = length = 0
        for text in self._unsearched:
            if count and length + len(text) > _READ:
                break
            count += 1
            length += len(text)
        taken = "".join(self._unsearched[:count])
        del self._unsearched[:count]
        self._unsearched_length -= length
        return taken

    def limit_text(self) -> None:
        """Drop the beginning of the text that no pattern has taken, when there is very much."""
        parts: Any = self.stream
        self._dropped += parts._before.keep_end(max(KEPT_TEXT, self.searchable))

    def take_dropped(self) -> int:
        """Return how many characters were dropped since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def send(self, data: bytes) -> None:
        """Write all of `data`; raises `BrokenPipeError` when nobody reads any more.

        pexpect's `send` takes text, and writes of it what fits.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.stream.fileno(), view) :]
            except OSError as error:
                raise BrokenPipeError(error.errno, f"{self.name} is gone") from error

    def stop(self) -> None:
        """Close the stream; a program is killed. More than once is fine."""
        stream: Any = self.stream  # each of pexpect's classes has `close`, their base has not
        stream.close()

    def write(self, text: str) -> None:
        """Pass on text that was read; pexpect takes the console for its log file."""
        if text:
            for listener in (self.on_text, self.echo):
                if listener:
                    listener(text)

    def flush(self) -> None:
        """Do nothing: `write` passes text on at once. pexpect calls this after each write."""
