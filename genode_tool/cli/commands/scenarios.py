"""`genode scenarios`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_variables
from genode_tool.cli.platform_options import platform_options

_EPILOG = """\b
Examples:
  genode scenarios
  genode scenarios 'l*' --kernel linux
"""


@click.command("scenarios", epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="[PATTERN...] [VAR=value...]", shell_complete=complete_variables
)
@platform_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def command(
    words: tuple[str, ...], kernels: tuple[str, ...], board: str | None, as_json: bool
) -> int:
    """List the scenarios that can be run.

    With PATTERNs, lists those that match one of them.
    """
    from genode_tool.cli.name_list import print_names, select_names
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.words import split_words
    from genode_tool.events import discard
    from genode_tool.run.context.run_scripts import all_scenarios

    variables, patterns = split_words(words, kernels, board)
    names = all_scenarios(build_directory(variables, discard).repositories)
    print_names(select_names(names, patterns, "scenario"), as_json=as_json)
    return 0
