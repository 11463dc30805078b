"""`genode depot index`: each command below it is a module, loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "list": "List the index files of the depot, or the packages in some.",
    "write": "Write an index of packages.",
    "check": "Check index files, and that the depot has what they offer.",
}

_EPILOG = """\b
Examples:
  genode depot index write alice/index/26.04 --from offers
  genode depot index check alice/index/26.04
  genode depot publish alice/index/26.04

An index is the file USER/index/VERSION: the packages that USER offers to systems that are Sculpt
in that VERSION.
"""


@click.command("index", cls=LazyGroup, summaries=SUMMARIES, package=__name__, epilog=_EPILOG)
def command() -> None:
    """Write, check and list the indexes from which packages are chosen on Sculpt."""
