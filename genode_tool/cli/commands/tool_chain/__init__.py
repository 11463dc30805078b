"""`genode tool-chain`: each command below it is a module; architectures alone mean `build`."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "check": "Check that a tool chain is complete and does what Genode needs.",
    "adopt": "Wrap the distribution's compilers; takes seconds.",
    "pack": "Pack a tool chain into an archive.",
    "unpack": "Verify and unpack a packed tool chain.",
    "build": "Build binutils, GCC and GDB from source.",
}

BUILD = "build"
"""The command that a line without one means."""

_EPILOG = """\b
Examples:
  genode tool-chain adopt x86 aarch64    wrap the distribution's compilers
  genode tool-chain check                is the tool chain complete?
  genode tool-chain x86 -j4              build the pinned versions from source
"""


class _BuildByDefault(LazyGroup):
    """Takes a line that does not begin with a command for one of `build`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `build` before words that do not begin with a command."""
        if args and args[0] not in SUMMARIES and args[0] not in ("-h", "--help"):
            args = [BUILD, *args]
        return super().parse_args(ctx, args)


@click.command(
    "tool-chain",
    cls=_BuildByDefault,
    summaries=SUMMARIES,
    package=__name__,
    epilog=_EPILOG,
    subcommand_metavar="ARCH... | COMMAND",
)
def command() -> None:
    """Build, check, adopt or pack compilers for Genode.

    ARCH is x86, arm, aarch64 or riscv. With architectures alone, builds their tool chains from
    source.
    """
