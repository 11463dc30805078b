"""Commands that have commands below them, each imported when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command is, and its line in the list of commands."""

    module: str
    summary: str


class LazyGroup(click.Group):
    """Knows names and summaries of its commands, and imports the one that is called.

    `entries` are the commands in the order in which they are listed, below `heading`. Each is
    the object `command` of its module in the package `place`.
    """

    def __init__(
        self, *args: Any, entries: Mapping[str, Entry], place: str, heading: str, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.entries = entries
        self._place = place
        self._heading = heading

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return all names."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command `cmd_name`; None when there is none."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"{self._place}.{entry.module}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section(self._heading):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])
