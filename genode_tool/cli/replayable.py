"""Commands that only show something: what they print is cached, and replayed while it holds.

See `genode_tool.recall`, which replays it, and `genode_tool.building.memory.looks`, which knows
what it depends on. Nothing is cached outside of a build directory that exists.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genode_tool import recall
from genode_tool.cli.invocation import Invocation


class _Recorder:
    """Passes on what is written to a stream, and notes it among `parts`, for `descriptor`."""

    def __init__(self, stream: Any, descriptor: int, parts: list[tuple[int, str]]) -> None:
        self._stream = stream
        self._descriptor = descriptor
        self._parts = parts
        self.complete = True

    def write(self, text: str) -> int:
        """Write and note `text`."""
        written = int(self._stream.write(text))  # which raises an error for bytes
        if text:
            self._parts.append((self._descriptor, text))
        return written

    @property
    def buffer(self) -> Any:
        """The stream of bytes below; what is written there is not noted."""
        self.complete = False
        return self._stream.buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Call:
    """A call whose answer may be cached; `code` is set to its exit code at its end."""

    code: int | None = None


@contextmanager
def replayable(invocation: Invocation) -> Iterator[Call]:
    """Cache what is printed within the context if the command only shows something."""
    call = Call()
    words = list(invocation.words)
    place = _place(words, invocation.directory) if recall.only_shows(words) else None
    if place is None:
        yield call
        return
    from genode_tool.building.memory.looks import recorded

    parts: list[tuple[int, str]] = []
    out, err = _Recorder(sys.stdout, 1, parts), _Recorder(sys.stderr, 2, parts)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    key = recall.key_of(words, invocation.directory)  # before the call changes the environment
    began = time.time_ns()
    try:
        with recorded(began) as looks:
            yield call
    finally:
        sys.stdout, sys.stderr = before
    if call.code is None or looks.beyond or not (out.complete and err.complete):
        return
    from genode_tool.building.memory.answers import keep_looks
    from genode_tool.building.memory.store import MemoryStore

    keep_looks(MemoryStore.of(place), key, looks, began, parts, call.code)


def _place(words: list[str], directory: str) -> Path | None:
    """Return the build directory in which the call would find its answer, None without one."""
    for one in recall.places(words, directory):
        if os.path.isdir(os.path.join(one, os.path.dirname(recall.DIRECTORY))):  # noqa: PTH112, PTH118, PTH120
            return Path(one)
    return None
