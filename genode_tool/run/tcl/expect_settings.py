"""The settings of expect, for all programs or for one: window size, zero bytes, echo."""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.run.console.console import Console
from genode_tool.run.scenario.consoles import Consoles


class ExpectSettings:
    """Commands of a script; `current` returns the spawn id that is meant without `-i`."""

    def __init__(self, consoles: Consoles, current: Callable[[], str]) -> None:
        self._consoles = consoles
        self._current = current
        self._log_user = "1"
        self.keep_nulls = False
        """Further programs may send zero bytes."""

    def match_max(self, *args: str) -> str:
        """Return or set how far patterns look back, in characters; `-d` for further programs."""
        console = self._console_of(args)
        if args and args[-1].isdecimal():
            size = max(1, int(args[-1]))
            if console is None:
                self._consoles.match_max = size
            else:
                console.match_max = size
            return ""
        return str(self._consoles.match_max if console is None else console.match_max)

    def remove_nulls(self, *args: str) -> str:
        """Return or set whether zero bytes are dropped; `-d` for further programs."""
        console = self._console_of(args)
        if args and args[-1] in ("0", "1"):
            if console is None:
                self.keep_nulls = args[-1] == "0"
            else:
                console.decoder.keep_nulls = args[-1] == "0"
            return ""
        kept = self.keep_nulls if console is None else console.decoder.keep_nulls
        return "0" if kept else "1"

    def log_user(self, *args: str) -> str:
        """Return or note what scripts want to be shown; the reports decide what is."""
        former = self._log_user
        if args and args[-1] in ("0", "1"):
            self._log_user = args[-1]
        return former

    def exp_internal(self, *args: str) -> None:
        """Accepted without effect: expect would print what it does, as our reports do anyway."""

    def _console_of(self, args: tuple[str, ...]) -> Console | None:
        """Return the console that `-i` names, or the current one; None for `-d` or without one."""
        name = args[args.index("-i") + 1] if "-i" in args[:-1] else self._current()
        console = self._consoles.open.get(name)
        return None if "-d" in args else console
