"""A client for QEMU's machine protocol, reduced to what the engine needs.

Source: QEMU's docs/interop/qmp-spec: JSON objects, one a line; the server greets, the client
negotiates with `qmp_capabilities`, then each command is answered by `return` or `error`, with
events in between. A client of our own keeps asyncio out of the start-up time.
"""

from __future__ import annotations

import json
import select
import socket
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem


class QmpClosed(EnvironmentProblem):
    """QEMU closed the control connection."""


@dataclass(frozen=True, slots=True)
class QmpEvent:
    """An event of the machine, such as `RESET` with `{"guest": true, "reason": …}`."""

    name: str
    data: Mapping[str, Any]


class QmpClient:
    """The control connection to one QEMU."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._pending = b""
        self._events: deque[QmpEvent] = deque()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Return whether the connection is over."""
        return self._closed

    def fileno(self) -> int:
        """The descriptor to wait on; -1 when the connection is over."""
        return -1 if self._closed else self._socket.fileno()

    def close(self) -> None:
        """Close the connection; may be called more than once."""
        self._closed = True
        self._socket.close()

    def negotiate(self, deadline: Deadline) -> None:
        """Take the greeting and leave negotiation mode.

        Raises `QmpClosed` when QEMU ends instead, `EnvironmentProblem` when time is over.
        """
        while "QMP" not in self._next_message(deadline):
            continue
        self.execute("qmp_capabilities", deadline)

    def execute(self, command: str, deadline: Deadline, **arguments: Any) -> Any:
        """Run a command and return its result.

        Raises `EnvironmentProblem` with QEMU's words when it refuses, `QmpClosed` when it ends.
        """
        request: dict[str, Any] = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            self._closed = True
            raise QmpClosed("QEMU closed its control connection") from error
        while True:
            message = self._next_message(deadline)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise EnvironmentProblem(
                    f"QEMU refused `{command}`: {message['error'].get('desc', 'no reason given')}"
                )

    def take_events(self) -> tuple[QmpEvent, ...]:
        """Return the events that have come, without waiting."""
        while not self._closed and select.select([self._socket], [], [], 0)[0]:
            self._receive()
            while (message := self._pop_message()) is not None:
                self._note_event(message)
        events = tuple(self._events)
        self._events.clear()
        return events

    def _next_message(self, deadline: Deadline) -> dict[str, Any]:
        """Return the next message that is not an event."""
        while True:
            message = self._pop_message()
            if message is not None:
                if not self._note_event(message):
                    return message
                continue
            if self._closed:
                raise QmpClosed("QEMU closed its control connection")
            if not select.select([self._socket], [], [], deadline.remaining)[0]:
                raise EnvironmentProblem("QEMU does not answer on its control connection")
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            # QEMU was killed before it had read what we sent.
            data = b""
        if data:
            self._pending += data
        else:
            self._closed = True

    def _pop_message(self) -> dict[str, Any] | None:
        line, separator, rest = self._pending.partition(b"\n")
        if not separator:
            return None
        self._pending = rest
        message = json.loads(line)
        return message if isinstance(message, dict) else {}

    def _note_event(self, message: Mapping[str, Any]) -> bool:
        if "event" not in message:
            return False
        self._events.append(QmpEvent(message["event"], message.get("data", {})))
        return True
