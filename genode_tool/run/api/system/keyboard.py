"""Procedures that press keys of the machine."""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.run.api.procedure import procedure
from genode_tool.run.machine.keys import chord_of, chords_for
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.verdict import Outcome

_KEY_SECONDS = 0.15  # QEMU holds a key for 0.1 s


class Keyboard:
    """QEMU's keyboard."""

    def __init__(
        self, script: Script, mode: ExecutionMode, consoles: Consoles, system: RunningSystem
    ) -> None:
        self._script = script
        self._mode = mode
        self._consoles = consoles
        self._system = system

    @procedure()
    def press_keys(self, *chords: str) -> None:
        """Press keys one after the other; `ctrl-alt-delete` at once."""
        pressed = [chord_of(one) for one in chords]
        self._mode.perform(lambda: self._press(pressed), None)

    @procedure()
    def type_text(self, text: str) -> None:
        """Type a text on the keyboard, which is a US one."""
        pressed = chords_for(text)
        self._mode.perform(lambda: self._press(pressed), None)

    def _press(self, chords: Sequence[Sequence[str]]) -> None:
        machine = self._system.machine
        if not isinstance(machine, QemuMachine):
            raise stop(self._script, Outcome.SCRIPT_ERROR, "keys can be pressed in QEMU alone")
        for chord in chords:
            machine.press(chord)
            self._consoles.sleep(_KEY_SECONDS)
