"""`genode depot missing-ports`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import jobs_option

_EPILOG = """\b
Examples:
  genode depot missing-ports alice/pkg/shop
  genode depot missing-ports alice/pkg/shop --prepare -j4
"""


@click.command("missing-ports", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@click.option("--prepare", is_flag=True, help="Prepare them.")
@jobs_option("Prepare N ports at a time.", 1)
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], prepare: bool, jobs: int, depot_dir: Path | None
) -> int:
    """List the ports that archives need and that are not prepared.

    Prints their names in one line. The archives are named without versions.
    """
    from genode_tool.cli.depot_extraction import prepare_ports
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.archive.closure import closure_of
    from genode_tool.depot.extraction.needed_ports import missing_ports
    from genode_tool.depot.recipes.references import RecipeReferences

    variables, paths = depot_words(words)
    place = depot_place(variables, depot_dir)
    roots = [place.archive(path, versioned=False).at("") for path in paths]
    closure = closure_of(roots, RecipeReferences(place.recipes))
    names = missing_ports(place.recipes, place.ports.contrib_dir, closure)
    if not prepare:
        click.echo(" ".join(names))
        return 0
    return prepare_ports(invocation, place, names, jobs) if names else 0
