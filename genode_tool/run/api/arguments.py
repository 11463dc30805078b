"""Procedures that look at the command line of the run."""

from __future__ import annotations

from genode_tool.run.api.base import ApiBase, command
from genode_tool.run.options import Switches


class Arguments(ApiBase):
    """The switches given with `RUN_OPT` or on the command line."""

    def _switches(self) -> Switches:
        words = self.session.frontend.get("argv")
        return self.context.switches if words is None else Switches(self.words(words))

    @command
    def have_cmd_switch(self, arg_name: str) -> bool:
        """Whether a switch such as `--autopilot` was given."""
        return self._switches().has(arg_name)

    @command
    def get_cmd_switch(self, arg_name: str) -> bool:
        """The same as `have_cmd_switch`."""
        return self.have_cmd_switch(arg_name)

    @command
    def cmd_arg(self, arg_name: str, default_value: str) -> str | tuple[str, ...]:
        """Return the word after a switch: a list when it was given several times."""
        switches = self._switches()
        if not switches.has(arg_name):
            return default_value
        values = switches.values(arg_name)
        return values[0] if len(values) == 1 else values

    @command
    def get_cmd_arg(self, arg_name: str, default_value: str) -> str | tuple[str, ...]:
        """The same as `cmd_arg`."""
        return self.cmd_arg(arg_name, default_value)

    @command
    def cmd_arg_first(self, arg_name: str, default_value: str) -> str:
        """Return the word after the first such switch."""
        values = self._switches().values(arg_name)
        return values[0] if values else default_value

    @command
    def get_cmd_arg_first(self, arg_name: str, default_value: str) -> str:
        """The name of `cmd_arg_first` in older trees."""
        return self.cmd_arg_first(arg_name, default_value)

    @command
    def have_include(self, name: str) -> bool:
        """Whether a run module such as `power_on/qemu` is in use."""
        included = self.session.frontend.get("include_list")
        names = self.context.switches.includes if included is None else self.words(included)
        return name in names
