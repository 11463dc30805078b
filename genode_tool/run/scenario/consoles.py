"""The consoles of one scenario: its system's and those of the programs that its script spawned."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Iterator, Sequence

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import DEFAULT_MATCH_MAX, Console
from genode_tool.run.console.patterns import RegexEngine
from genode_tool.run.console.wait import Case, Match, Watcher, wait_for
from genode_tool.run.scenario.time_limit import TimeLimit
from genode_tool.run.terminal_bridge import Action, TerminalBridge, UserSide

_FIRST_SPAWN_ID = 4  # expect's own are in use below
_DRAIN_SECONDS = 0.5


class Consoles:
    """The open consoles by spawn id, and the waits for their text.

    `match_max` is how many characters patterns look back on further consoles. `watchers` can end a
    wait besides text: the system's machine, a debugger.
    """

    def __init__(
        self,
        engine: RegexEngine,
        user: UserSide | None = None,
        limit: TimeLimit | None = None,
        *,
        endless: bool = False,
    ) -> None:
        """`user` is the user's terminal, if there is one.

        `limit` is granted the time of each wait. With `endless`, waits have no timeout.
        """
        self.open: dict[str, Console] = {}
        self.match_max = DEFAULT_MATCH_MAX
        self.watchers: list[Watcher] = []
        self._engine = engine
        self._user = user
        self._limit = limit
        self._endless = endless
        self._spawned = _FIRST_SPAWN_ID
        self._bridge: TerminalBridge | None = None

    def add(self, console: Console) -> str:
        """Register a console; return its spawn id."""
        self._spawned += 1
        console.match_max = self.match_max
        name = f"exp{self._spawned}"
        self.open[name] = console
        return name

    @property
    def logging(self) -> tuple[Console, ...]:
        """The consoles whose text is the system's log."""
        return tuple(one for one in self.open.values() if one.on_text is not None)

    def wait(self, cases: Sequence[Case], deadline: Deadline) -> Match:
        """Wait for the first case that holds, watching the machine meanwhile."""
        watchers = [*self.watchers, *([self._bridge] if self._bridge else [])]
        if self._endless:
            deadline = Deadline(None)
        if self._limit:
            self._limit.grant(deadline.remaining)
        return wait_for(cases, deadline, self._engine, watchers)

    def sleep(self, seconds: float) -> None:
        """Let time pass, while what consoles print is taken in."""
        deadline = Deadline.after(seconds)
        while (left := deadline.remaining) and left > 0:
            live = [console for console in self.open.values() if not console.ended]
            if not live:
                time.sleep(left)
                return
            typing = [self._bridge] if self._bridge and self._bridge.fileno() >= 0 else []
            # The others wait until a pattern was tried on what they have printed.
            readable = [console for console in live if not console.full]
            sources: list[Console | TerminalBridge] = [*readable, *typing]
            for ready in select.select(sources, [], [], left)[0]:
                if isinstance(ready, Console):
                    ready.pump()
                elif incident := ready.react():
                    raise incident

    @contextlib.contextmanager
    def bridged(
        self,
        consoles: Sequence[Console],
        left: Action,
        keys: Sequence[tuple[bytes, Action]] = (),
        multiplexed: bool = False,
    ) -> Iterator[None]:
        """Within the context, a `TerminalBridge` passes what the user types to `consoles`."""
        if self._user is None:
            yield
            return
        former = self._bridge
        self._bridge = TerminalBridge(self._user, consoles, left, keys, multiplexed=multiplexed)
        try:
            with self._bridge.connected():
                yield
        finally:
            self._bridge = former

    def close_logs(self) -> None:
        """Close the consoles of the system; the rest of their text goes into the log."""
        for name, console in list(self.open.items()):
            if console.on_text is not None:
                _drain(console)
                console.stop()
                del self.open[name]

    def close_all(self) -> None:
        """Close all consoles and end the programs behind them."""
        for console in self.open.values():
            console.stop()
        self.open.clear()


def _drain(console: Console) -> None:
    deadline = Deadline.after(_DRAIN_SECONDS)  # a system may print faster than we read
    with contextlib.suppress(OSError, ValueError):
        while not console.ended and not deadline.expired:
            if not select.select([console], [], [], 0)[0]:
                return
            console.pump()
            console.take_unsearched()  # only the log is still of interest
