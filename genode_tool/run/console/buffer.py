"""Console text that came and was not matched yet."""

from __future__ import annotations

import codecs

DEFAULT_WINDOW = 40_000
"""How many characters, at least, a pattern can look back on; what the run tool sets."""


class MatchBuffer:
    """The text of one channel since its last match.

    A carriage return is put before every newline that has none, as a terminal does: a run
    script finds the same line ends whether its scenario's log comes over a socket, a pipe or a
    terminal. Patterns look at `window`, the last characters; earlier ones are kept for
    the text that a match returns, but are not searched again, so that a long log costs
    time in proportion to its length.
    """

    def __init__(self, window: int = DEFAULT_WINDOW) -> None:
        self.window_size = window
        self._earlier: list[str] = []
        self._window = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._last = ""

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """Append bytes; return the characters as they were appended."""
        text = self._decoder.decode(data, final)
        if not text:
            return ""
        text = (self._last + text).replace("\r\n", "\n").replace("\n", "\r\n")[len(self._last) :]
        self._last = "\r" if text.endswith("\r") else ""
        self._window += text
        if len(self._window) > 3 * self.window_size:
            cut = len(self._window) - self.window_size
            self._earlier.append(self._window[:cut])
            self._window = self._window[cut:]
        return text

    @property
    def window(self) -> str:
        """The text that patterns look at."""
        return self._window

    def consume(self, end: int) -> str:
        """Remove everything up to `end` of the window; return all that was removed."""
        taken = "".join(self._earlier) + self._window[:end]
        self._earlier.clear()
        self._window = self._window[end:]
        return taken

    def take_all(self) -> str:
        """Remove and return everything."""
        return self.consume(len(self._window))
