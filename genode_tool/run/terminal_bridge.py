"""Connects the user's terminal to running programs, in both directions, with an escape key.

Keys go to the programs byte by byte; their output goes to the terminal unchanged. Ctrl-A X leaves,
as with QEMU's `-nographic`. Ctrl-A before another key is passed on, since QEMU reads commands after
it (Ctrl-A C: its monitor); Ctrl-A typed twice sends one to a program that gets its keys directly.

pexpect's `interact` is not used: it takes over until the program ends. The bridge takes part in
waits instead, so that a script's patterns match meanwhile.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from genode_tool.run.console.console import Console

LEAVE = "Ctrl-A X"
"""The name of the keys that leave."""

_ESCAPE = b"\x01"

Action = Callable[[], Exception | None]
"""The action of a key; the exception it returns ends the wait in which the key was typed."""


class UserSide(Protocol):
    """The user's terminal."""

    def fileno(self) -> int:
        """The descriptor that becomes readable when something was typed."""

    def receive(self) -> bytes:
        """Return what was typed; b"" when the terminal is gone."""

    def send(self, data: bytes) -> None:
        """Show `data`."""

    def raw(self) -> AbstractContextManager[None]:
        """Within the context, keys arrive one by one and none has a meaning of its own."""

    def lent(self, group: int) -> AbstractContextManager[None]:
        """Within the context, the terminal belongs to the process group `group`."""


class TerminalBridge:
    """The user's terminal, connected to programs; a `Watcher` of waits."""

    def __init__(
        self,
        user: UserSide,
        consoles: Sequence[Console],
        left: Action,
        keys: Sequence[tuple[bytes, Action]] = (),
        *,
        multiplexed: bool = False,
    ) -> None:
        """Connect `user` and `consoles`.

        `left` is the action of the keys that leave, `keys` are further ones. `multiplexed`
        says that the other end reads commands after Ctrl-A, too.
        """
        self._user = user
        self._consoles = tuple(consoles)
        self._left = left
        self._keys = [(_ESCAPE + b"x", left), (_ESCAPE + b"X", left), *keys]
        twice = _ESCAPE * 2 if multiplexed else _ESCAPE
        self._keys.append((_ESCAPE * 2, lambda: self._pass_on(twice)))
        self._pending = b""
        self._gone = False

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """Within the context, the terminal shows what the programs print, and is raw."""
        former = [console.echo for console in self._consoles]
        with self._user.raw():
            for console in self._consoles:
                console.echo = self._show
            try:
                yield
            finally:
                for console, echo in zip(self._consoles, former, strict=True):
                    console.echo = echo

    def fileno(self) -> int:
        """The descriptor to wait on; negative when there is nothing left to watch."""
        return -1 if self._gone else self._user.fileno()

    def react(self) -> Exception | None:
        """Pass on typed keys, and carry out the special ones."""
        typed = self._user.receive()
        if not typed:
            self._gone = True
            return self._left()
        self._pending += typed
        while self._pending:
            for key, action in self._keys:
                if self._pending.startswith(key):
                    self._pending = self._pending[len(key) :]
                    outcome = action()
                    if outcome:
                        return outcome
                    break
            else:
                if any(key.startswith(self._pending) for key, _ in self._keys):
                    return None  # the rest of the key may follow
                plain = 1
                while plain < len(self._pending) and not self._begins_key(plain):
                    plain += 1
                self._pass_on(self._pending[:plain])
                self._pending = self._pending[plain:]
        return None

    def _begins_key(self, index: int) -> bool:
        return any(self._pending[index] == key[0] for key, _ in self._keys if key)

    def _pass_on(self, data: bytes) -> None:
        for console in self._consoles:
            with contextlib.suppress(BrokenPipeError):  # the end of its text is noticed by the wait
                console.send(data)

    def _show(self, text: str) -> None:
        self._user.send(text.encode("utf-8", errors="surrogateescape"))
