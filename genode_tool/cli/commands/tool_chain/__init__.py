"""`genode tool-chain`: sub-words that are loaded when called; anything else builds."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "check": "Is a tool chain complete, and does it do what Genode needs?",
    "adopt": "Wrap the distribution's compilers; takes seconds.",
    "pack": "Pack a tool chain into an archive for others.",
    "unpack": "Unpack such an archive, verified.",
    "build": "Build from source; also what architectures alone mean.",
}

BUILD = "build"
"""The sub-command that architectures and options lead to when no sub-word is given."""

_EPILOG = """\b
Examples:
  genode tool-chain adopt x86 aarch64    wrap the distribution's compilers
  genode tool-chain check                is the tool chain complete?
  genode tool-chain x86 -j4              build the pinned versions from source
"""


class _BuildByDefault(LazyGroup):
    """Takes a line of words that begins with no sub-word as one of `build`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `build` before words that begin with no sub-word."""
        if args and args[0] not in SUMMARIES and args[0] not in ("-h", "--help"):
            args = [BUILD, *args]
        return super().parse_args(ctx, args)


@click.command(
    "tool-chain",
    cls=_BuildByDefault,
    summaries=SUMMARIES,
    package=__name__,
    epilog=_EPILOG,
    subcommand_metavar="ARCH... | WORD",
)
def command() -> None:
    """Build, check, adopt or pack the compilers for Genode.

    An architecture is x86, arm, aarch64 or riscv. With architectures alone, their tool chains
    are built from source.
    """
