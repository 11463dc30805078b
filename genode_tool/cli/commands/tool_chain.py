"""`genode tool-chain`: sub-words that are loaded when called; anything else builds."""

from __future__ import annotations

import importlib

import click

from genode_tool.cli.app import Entry

# The module is in `genode_tool.cli.tool_chain` and holds the click command as `command`.
SUBCOMMANDS: dict[str, Entry] = {
    "check": Entry("check", "Is a tool chain complete, and does it do what Genode needs?"),
    "adopt": Entry("adopt", "Wrap the distribution's compilers; takes seconds."),
    "pack": Entry("pack", "Pack a tool chain into an archive for others."),
    "unpack": Entry("unpack", "Unpack such an archive, verified."),
    "build": Entry("build", "Build from source; also what architectures alone mean."),
}

BUILD = "build"
"""The sub-command that architectures and options lead to when no sub-word is given."""

_EPILOG = """\b
Examples:
  genode tool-chain adopt x86 aarch64    wrap the distribution's compilers
  genode tool-chain check                is the tool chain complete?
  genode tool-chain x86 -j4              build the pinned versions from source
"""


class SubwordGroup(click.Group):
    """Knows the sub-words, and takes every other line of words as one of `build`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `build` before words that begin with no sub-word."""
        if args and args[0] not in SUBCOMMANDS and args[0] not in ("-h", "--help"):
            args = [BUILD, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the sub-words, in the table's order."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command of a sub-word; None when there is none."""
        entry = SUBCOMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"genode_tool.cli.tool_chain.{entry.module}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of sub-words without importing them."""
        rows = [(name, entry.summary) for name, entry in SUBCOMMANDS.items()]
        if rows:
            with formatter.section("Sub-commands"):
                formatter.write_dl(rows)


@click.command("tool-chain", cls=SubwordGroup, epilog=_EPILOG, subcommand_metavar="ARCH... | WORD")
def command() -> None:
    """Build, check, adopt or pack the compilers for Genode.

    An architecture is x86, arm, aarch64 or riscv. With architectures alone, their tool chains
    are built from source.
    """
