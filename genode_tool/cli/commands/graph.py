"""`genode graph`."""

from __future__ import annotations

import time

import click

from genode_tool.cli.completers import complete_leaves
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options

_EPILOG = """\b
Examples:
  genode graph test/log                        what it is linked with, as a tree
  genode graph --why test/log lib/base         why it needs the library
  genode graph --users lib/base                everything that needs it
  genode graph init --format svg > init.svg    a picture (Graphviz)
  genode graph --format make                   as in var/libdeps

In a tree, an asterisk marks what has been expanded further up. In a chain, `~>` leads from an
ABI to the library that implements it at run time.

Exit codes: 0 done (with --why: it is needed), 1 (with --why) it is not needed, 2 wrong input.
"""


@click.command("graph", epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="[GOAL...] [VAR=value...]", shell_complete=complete_leaves
)
@platform_options
@click.option("--why", nargs=2, metavar="A B", help="Show all shortest chains from A to B.")
@click.option("--users", metavar="GOAL", help="Show everything that needs GOAL, as a tree.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "dot", "svg", "json", "make"]),
    default="tree",
    show_default=True,
    help="Print the graph in this format.",
)
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    why: tuple[str, str] | None,
    users: str | None,
    form: str,
) -> int:
    """Show which programs need which libraries, and through what.

    Without a GOAL, shows everything that can be built.
    """
    began = time.time_ns()
    from genode_tool.building.ask.dependencies import dependency_chains, dependency_graph
    from genode_tool.building.plan.manifest import library_dependencies
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.transcript import keep
    from genode_tool.cli.words import split_words
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.report import graph

    variables, goals = split_words(words, kernels, board)
    build_dir = build_directory(variables, discard)
    screen = invocation.screen()
    if why:
        if goals or users or form not in ("tree", "json"):
            raise UserError("--why takes two goals and, at most, --format json")
        chains = dependency_chains(build_dir, *why)
        if form == "json":
            click.echo(graph.chains_json(chains), nl=False)
        elif chains:
            for line in graph.chain_lines(chains, screen):
                screen.line(line)
        else:
            screen.line(f"{why[0]} does not need {why[1]}")
        return 0 if chains else 1
    if users and form != "tree":
        raise UserError("--users shows a tree only: leave out --format")
    query, needs = dependency_graph(build_dir, tuple(goals))
    if form == "tree":
        lines = graph.tree_lines(needs, screen, users_of=users or "")
        text = "".join(f"{line}\n" for line in lines)
    elif form == "make":
        text = library_dependencies(query.graph).decode(errors="surrogateescape")
    else:
        render = {"dot": graph.dot_text, "svg": graph.svg_text, "json": graph.json_text}[form]
        text = render(needs)
    click.echo(text, nl=False)
    if form != "svg":  # drawn by another program, which may change
        keep(invocation, build_dir.path, query.observations, began, text)
    return 0
