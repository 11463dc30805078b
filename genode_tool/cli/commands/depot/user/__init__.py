"""`genode depot user`: each command below it is a module, loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "list": "List the users with their keys and servers.",
    "add": "Make a user known, or change the key or server.",
}


@click.command("user", cls=LazyGroup, summaries=SUMMARIES, package=__name__)
def command() -> None:
    """Show or add the users whose archives are known."""
