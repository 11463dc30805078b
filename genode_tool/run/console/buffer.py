"""Console text that came and was not matched yet."""

from __future__ import annotations

import codecs

DEFAULT_WINDOW = 40_000
"""How many characters, at least, a pattern can look back on; what the run tool sets."""

_ERRORS = "genode-bytes"


def _bytes_as_characters(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_ERRORS, _bytes_as_characters)


class MatchBuffer:
    """The text of one channel since its last match.

    A carriage return is put before every newline that has none, as a terminal does: a run
    script finds the same line ends whether its scenario's log comes over a socket, a pipe or a
    terminal. Patterns look at `window`, the last characters; earlier ones are kept for
    the text that a match returns, but are not searched again, so that a long log costs
    time in proportion to its length. With `raw`, line ends stay as they are.

    As with expect, zero bytes are dropped unless `keep_nulls` is set. A byte that is not UTF-8
    becomes the character of its number.
    """

    def __init__(self, window: int = DEFAULT_WINDOW, *, raw: bool = False) -> None:
        self.window_size = window
        self.keep_nulls = False
        self._raw = raw
        self._earlier: list[str] = []
        self._window = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors=_ERRORS)
        self._last = ""

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """Append bytes; return the characters as they were appended."""
        text = self._decoder.decode(data, final)
        if not self.keep_nulls:
            text = text.replace("\0", "")
        if not text:
            return ""
        if not self._raw:
            text = self._with_terminal_ends(text)
        self._window += text
        if len(self._window) > 3 * self.window_size:
            cut = len(self._window) - self.window_size
            self._earlier.append(self._window[:cut])
            self._window = self._window[cut:]
        return text

    def _with_terminal_ends(self, text: str) -> str:
        text = (self._last + text).replace("\r\n", "\n").replace("\n", "\r\n")[len(self._last) :]
        self._last = "\r" if text.endswith("\r") else ""
        return text

    @property
    def window(self) -> str:
        """The text that patterns look at."""
        return self._window

    @property
    def full(self) -> bool:
        """Whether there is more text than patterns are granted to look at."""
        return len(self._window) > self.window_size

    def peek(self, end: int) -> str:
        """Return everything up to `end` of the window and leave it there."""
        return "".join(self._earlier) + self._window[:end]

    def consume(self, end: int) -> str:
        """Remove everything up to `end` of the window; return all that was removed."""
        taken = "".join(self._earlier) + self._window[:end]
        self._earlier.clear()
        self._window = self._window[end:]
        return taken

    def take_all(self) -> str:
        """Remove and return everything."""
        return self.consume(len(self._window))
