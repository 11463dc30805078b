"""`genode config graph`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options

_FORMATS = ("svg", "dot", "json", "html")


@click.command("graph")
@click.argument(
    "words", nargs=-1, metavar="FILE|SCENARIO [VAR=value...]", shell_complete=complete_scenarios
)
@platform_options
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="svg",
    show_default=True,
    help="Print the graph in this format; html has the picture and a table of routes.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="standard output",
    help="Write the graph to FILE.",
)
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    form: str,
    output: Path | None,
) -> int:
    """Draw components, services and dependencies.

    Solid lines are explicit routes, dashed lines come from wildcards; requests that nobody
    answers are red.
    """
    from genode_tool.cli.config_sources import one_system
    from genode_tool.cli.words import split_words
    from genode_tool.config.routing.chart import read_chart
    from genode_tool.files import write_atomically
    from genode_tool.report.chart.formats import render

    variables, names = split_words(words, kernels, board)
    system = one_system(names, variables)
    text = render(read_chart(system), form, names[0].removeprefix("run/"))
    if output is None:
        click.echo(text, nl=False)
        return 0
    write_atomically(output.absolute(), text)
    if invocation.output.verbosity >= 0:
        invocation.screen().line(f"genode: wrote {output}")
    return 0
