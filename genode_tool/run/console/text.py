"""Console text for pexpect: the decoder and the buffer that its streams work with.

pexpect's own are those of Python, which differ from what expect does and what a long log needs:

- `TextDecoder` instead of codecs' UTF-8 decoder: a byte that is not UTF-8 becomes the character of
  its number, zero bytes are dropped, and line ends become a terminal's, all as with expect.
- `TextBuffer` instead of `io.StringIO`, which stores four bytes per character and copies all of
  them when it grows: a log of 50 MB would take 200 MB, twice.
"""

from __future__ import annotations

import codecs

_ERRORS = "genode-bytes"
_PIECE = 65536


def _bytes_as_characters(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_ERRORS, _bytes_as_characters)


class TextDecoder:
    """Turns bytes of a stream into text; has the interface of `codecs.IncrementalDecoder`.

    Unless `raw`, a carriage return is put before every newline that has none, as a terminal does:
    a run script finds the same line ends whether its scenario's log comes over a socket, a pipe
    or a terminal. Zero bytes are dropped unless `keep_nulls` is set.
    """

    def __init__(self, *, raw: bool = False) -> None:
        self.keep_nulls = False
        self._raw = raw
        self._utf8 = codecs.getincrementaldecoder("utf-8")(errors=_ERRORS)
        self._last = ""

    def decode(self, data: bytes, final: bool = False) -> str:
        """Return the text of `data`; bytes of an unfinished character wait unless `final`."""
        text = self._utf8.decode(data, final)
        if not self.keep_nulls:
            text = text.replace("\0", "")
        if self._raw or not text:
            return text
        # A line end may be split between two reads: what the last one ended with is put before.
        text = (self._last + text).replace("\r\n", "\n").replace("\n", "\r\n")[len(self._last) :]
        self._last = "\r" if text.endswith("\r") else ""
        return text


class TextBuffer:
    """Text that grows at its end, in pieces; has those methods of a text file that pexpect calls.

    `write` appends, whatever was read before; `tell` returns the length.
    """

    def __init__(self, text: str = "") -> None:
        self._pieces = [text] if text else []
        self._small: list[str] = []
        self._small_length = 0
        self._length = len(text)
        self._position = 0

    def write(self, text: str) -> int:
        """Append `text`; return its length."""
        self._length += len(text)
        self._small.append(text)
        self._small_length += len(text)
        if self._small_length >= _PIECE:  # a list of single characters would take much more
            self._pieces.append("".join(self._small))
            self._small.clear()
            self._small_length = 0
        return len(text)

    def tell(self) -> int:
        """Return the number of characters."""
        return self._length

    def seek(self, position: int) -> int:
        """Make the next `read` begin at `position`."""
        self._position = position
        return position

    def read(self) -> str:
        """Return the text from the position on; only the pieces it lies in are touched."""
        wanted = self._length - self._position
        if wanted >= self._length:
            return self.getvalue()
        pieces: list[str] = []
        for piece in ("".join(self._small), *reversed(self._pieces)):
            if wanted <= 0:
                break
            pieces.append(piece[-wanted:])
            wanted -= len(piece)
        return "".join(reversed(pieces))

    def keep_end(self, length: int) -> int:
        """Drop text from the beginning, not the last `length` characters; return how much."""
        dropped = 0
        while self._pieces and self._length - len(self._pieces[0]) >= length:
            dropped += len(self._pieces[0])
            self._length -= len(self._pieces.pop(0))
        return dropped

    def getvalue(self) -> str:
        """Return the whole text."""
        if self._small or len(self._pieces) != 1:
            self._pieces = ["".join((*self._pieces, *self._small))]
            self._small.clear()
            self._small_length = 0
        return self._pieces[0]
