"""Procedures that read the command line of the run."""

from __future__ import annotations

from genode_tool.run.api.procedure import procedure
from genode_tool.run.options import Switches
from genode_tool.run.scenario.script import Script, words_of


class Arguments:
    """The switches given with `RUN_OPT` or on the command line, unless a script changed them."""

    def __init__(self, switches: Switches, script: Script) -> None:
        self._switches = switches
        self._script = script

    def _current(self) -> Switches:
        words = self._script.get("argv")
        return self._switches if words is None else Switches(words_of(self._script, words))

    @procedure("have_cmd_switch", "get_cmd_switch")
    def have_cmd_switch(self, arg_name: str) -> bool:
        """Return whether a switch such as `--autopilot` was given."""
        return self._current().has(arg_name)

    @procedure("cmd_arg", "get_cmd_arg")
    def cmd_arg(self, arg_name: str, default_value: str) -> str | tuple[str, ...]:
        """Return the word after a switch: a list when the switch was given several times."""
        switches = self._current()
        if not switches.has(arg_name):
            return default_value
        values = switches.values(arg_name)
        return values[0] if len(values) == 1 else values

    @procedure("cmd_arg_first", "get_cmd_arg_first")
    def cmd_arg_first(self, arg_name: str, default_value: str) -> str:
        """Return the word after the first such switch."""
        values = self._current().values(arg_name)
        return values[0] if values else default_value

    @procedure()
    def have_include(self, name: str) -> bool:
        """Return whether a run module such as `power_on/qemu` is in use."""
        included = self._script.get("include_list")
        names = self._switches.includes if included is None else words_of(self._script, included)
        return name in names
