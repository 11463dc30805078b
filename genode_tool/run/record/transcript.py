"""The transcript of a scenario: the lines of the machine's log and those that its script prints.

Each line becomes an event and goes into the record.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from genode_tool.events import Sink
from genode_tool.regex import regex
from genode_tool.run.events import ScriptOutput, SerialLine
from genode_tool.run.record.run_record import QEMU_LOG, RunRecord

LAST_LINES = 12
_LONGEST_LINE = 65536
_FAULT = regex(r"\bfault(ed)?\b|\bpanic\b", re.IGNORECASE)
_ERROR = regex(r"\bError: ")


@dataclass(slots=True)
class Transcript:
    """The lines of one scenario that began at `started`, in seconds of `time.monotonic()`.

    `fault` is the last line of the machine's log that mentions a fault or panic, `error` the last
    one with a message of an error, `tail` the last lines of all, `messages` the last lines that
    QEMU itself printed; `settle` waits for these.
    """

    scenario: str
    sink: Sink
    record: RunRecord | None
    started: float
    fault: str = ""
    error: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    settle: Callable[[], None] = lambda: None
    _partial: str = ""
    _script_partial: dict[bool, str] = field(default_factory=lambda: {False: "", True: ""})

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that are not empty; what has no line end yet counts as one."""
        partial = self._partial.rstrip("\r")
        return (*self.tail, partial)[-LAST_LINES:] if partial else tuple(self.tail)

    @property
    def trouble(self) -> str:
        """What a message about a failure adds: the fault or error in the log, "" without any."""
        line = self.fault or self.error
        return f'; the log says "{line}"' if line else ""

    def begin(self) -> None:
        """Forget the lines of a former machine."""
        self.tail.clear()
        self.messages.clear()
        self.fault = self.error = ""

    def message(self, *lines: str) -> None:
        """Take in what QEMU itself prints; from another thread, too."""
        self.messages.extend(lines)
        if self.record and lines:
            self.record.append(QEMU_LOG, *lines)

    def print(self, text: str, *, error: bool = False, newline: bool = True) -> None:
        """Pass on what a script prints."""
        whole = self._script_partial[error] + text + ("\n" if newline else "")
        *lines, self._script_partial[error] = whole.split("\n")
        for line in lines:
            self.sink(ScriptOutput(self.scenario, line, error))
            if self.record:
                self.record.append("script.log", line)

    def serial(self, text: str) -> None:
        """Pass on what the machine prints."""
        *lines, self._partial = (self._partial + text).split("\n")
        if len(self._partial) > _LONGEST_LINE:
            lines.append(self._partial)
            self._partial = ""
        self._serial_lines(lines)

    def flush(self) -> None:
        """Pass on lines that have no end yet."""
        for error, partial in self._script_partial.items():
            if partial:
                self.print("", error=error)
        if self._partial:
            self._serial_lines([self._partial])
            self._partial = ""

    def _serial_lines(self, lines: Sequence[str]) -> None:
        now = time.monotonic() - self.started
        texts = [line.rstrip("\r") for line in lines]
        for text in filter(None, texts):
            self.tail.append(text)
            if _FAULT.search(text):
                self.fault = text
            if _ERROR.search(text):
                self.error = text
        if self.record and texts:
            self.record.append("serial.log", *(f"{now:9.3f}  {text}" for text in texts))
        for text in texts:
            self.sink(SerialLine(self.scenario, text, now))
