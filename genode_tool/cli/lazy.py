"""Groups of commands that import a command when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean


class LazyGroup(click.Group):
    """A group that knows the names and summaries of its commands without importing them.

    `summaries` are the commands with their one-line descriptions, in the order in which they are
    listed. The command `two-words` is the object `command` of the module `two_words` in
    `package`; a group of commands is a package that defines such an object itself.
    """

    def __init__(
        self, *args: Any, summaries: Mapping[str, str], package: str, **settings: Any
    ) -> None:
        super().__init__(*args, **settings)
        self.summaries = summaries
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return all names."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command `cmd_name`; None when there is none."""
        if cmd_name not in self.summaries:
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` begin with; raises `UserError` for an unknown one."""
        name = args[0]
        if name not in self.summaries and not name.startswith("-"):
            raise UserError(
                f"no such command: `{ctx.command_path} {name}`",
                hint=did_you_mean(name, self.summaries)
                or f"`{ctx.command_path} --help` lists the commands",
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
