"""`genode targets`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_variables
from genode_tool.cli.platform_options import platform_options

_EPILOG = """\b
Examples:
  genode targets
  genode targets 'test/*' --kernel linux
"""


@click.command("targets", epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="[PATTERN...] [VAR=value...]", shell_complete=complete_variables
)
@platform_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def command(
    words: tuple[str, ...], kernels: tuple[str, ...], board: str | None, as_json: bool
) -> int:
    """List the programs that can be built.

    With PATTERNs, lists those that match one of them.
    """
    from genode_tool.building.graph.listing import list_goals
    from genode_tool.cli.name_list import print_names, select_names
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.words import split_words
    from genode_tool.events import discard

    variables, patterns = split_words(words, kernels, board)
    names = [goal for goal, _ in list_goals(build_directory(variables, discard)).targets]
    print_names(select_names(names, patterns, "target"), as_json=as_json)
    return 0
