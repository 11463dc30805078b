"""`genode targets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from genode_tool.tree import BuildDirectory

_EPILOG = """\b
Examples:
  genode targets
  genode targets 'test/*' KERNEL=linux
"""


@click.command("targets", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[PATTERN...] [VAR=value...]")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def command(words: tuple[str, ...], as_json: bool) -> int:
    """List the goals of all programs, or those that match a PATTERN."""
    from genode_tool.cli.name_list import show_names

    return show_names(words, as_json, _names)


def _names(build_dir: BuildDirectory) -> list[str]:
    from genode_tool.building.graph.listing import list_goals

    return [goal for goal, _ in list_goals(build_dir).targets]
