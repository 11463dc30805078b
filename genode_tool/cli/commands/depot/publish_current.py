"""`genode depot publish-current`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import PublicationChoices, publication_options
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_arguments
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Example:
  genode depot publish-current alice/pkg/x86_64/shop alice/src/shop

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("publish-current", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@publication_options
@json_option("the files")
@depot_option
@output_options
@pass_arguments(PublicationChoices)
def command(
    invocation: Invocation,
    choices: PublicationChoices,
    words: tuple[str, ...],
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Publish archives in the versions that recipes have now.

    ARCHIVE is named without version, such as USER/pkg/x86_64/NAME or USER/src/NAME.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.depot_publishing import publish
    from genode_tool.cli.option_lists import variable_names, with_variables

    variables, paths = depot_words(words, variable_names(PublicationChoices))
    place = depot_place(variables, depot_dir)
    archives = []
    for path in paths:
        archive = place.archive(path, versioned=False)
        recipe = place.recipes.get(*archive.recipe)
        archives.append(archive.at(recipe.version))
    choices = with_variables(choices, variables)
    return publish(invocation, place, archives, (), choices, as_json=as_json)
