"""`genode port`: questions about ports; each sub-word is loaded when called."""

from __future__ import annotations

import importlib

import click

from genode_tool.cli.app import Entry

# The module is in `genode_tool.cli.port_words` and holds the click command as `command`.
SUBCOMMANDS: dict[str, Entry] = {
    "list": Entry("listing", "List the ports of the tree."),
    "current": Entry("current", "Print where the current version of a port is."),
    "info": Entry("info", "Print licence, version and sources of ports."),
    "check": Entry("check", "Compare hash files with descriptions."),
    "hash": Entry("hashing", "Print the hash of a description as it is now."),
    "update-hash": Entry("update_hash", "Write the hash files of ports."),
    "sbom": Entry("sbom", "List the third-party code behind a scenario's image."),
}

_EPILOG = """\b
Examples:
  genode port list --long
  genode port info libc zlib
  genode port update-hash zlib              after a change of its description
  genode port sbom zlib                     which ports are in the image
  genode port sbom zlib --format spdx-json > zlib.spdx.json
"""


class _Group(click.Group):
    """Knows the sub-words, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the sub-words, in the table's order."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command of a sub-word; None when there is none."""
        entry = SUBCOMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"genode_tool.cli.port_words.{entry.module}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of sub-words without importing them."""
        with formatter.section("Sub-commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in SUBCOMMANDS.items()])


@click.command("port", cls=_Group, epilog=_EPILOG)
def command() -> None:
    """List, check and describe ports; make a bill of materials."""
