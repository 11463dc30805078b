"""`genode explain`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_leaves
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options

_EPILOG = """\b
Examples:
  genode explain test/log CC_OPT               where each option comes from
  genode explain test/log CC_OPT --deep        also the variables that it is made of
  genode explain test/log main.o               its rule and inputs, and why it would run
  genode explain lib/ld LIBS --kernel linux
  genode explain test/log                      the leaf itself, and what looks wrong in it

Exit codes: 0 done, 2 no such goal, variable or target, or the description is wrong.
"""


@click.command("explain", epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="GOAL [NAME] [VAR=value...]", shell_complete=complete_leaves
)
@platform_options
@click.option("--deep", is_flag=True, help="Explain all variables that NAME is made of, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    deep: bool,
    as_json: bool,
) -> int:
    """Explain where a variable's value comes from, or how a file is made.

    GOAL is one program (test/log) or library (lib/ld). NAME is a variable or a target of its
    makefile, as at the end of the evaluation. Builds nothing.
    """
    import json

    from genode_tool.building.ask.goal_graph import goal_graph
    from genode_tool.building.ask.leaf_account import account_of
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.words import split_words
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.report.explain import account_data, account_lines

    variables, names = split_words(words, kernels, board)
    if not 1 <= len(names) <= 2:
        raise UserError(
            "wanted a goal and the name of a variable or target",
            hint="for example `genode explain test/log CC_OPT`",
        )
    goal, name = names[0], names[1] if len(names) == 2 else ""
    query = goal_graph(build_directory(variables, discard), (goal,))
    found = account_of(query, goal, name, deep=deep)
    if as_json:
        click.echo(json.dumps(account_data(found), indent=2))
        return 0
    screen = invocation.screen()
    for line in account_lines(found, screen):
        screen.line(line.encode(errors="replace").decode())  # values may be no valid UTF-8
    return 0
