"""`genode depot extract`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import ExtractionChoices, extraction_options
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_arguments
from genode_tool.cli.option_lists import jobs_option, json_option

_EPILOG = """\b
Examples:
  genode depot extract alice/pkg/shop
  genode depot extract alice/src/shop alice/api/base --update-versions
  genode depot extract alice/pkg/shop --prepare-ports

A version that is in the depot is never removed or changed. Nothing is made whose sources are as
they were; `--force` makes everything anew, and restores versions that were damaged. The variables
of the original are understood, too: UPDATE_VERSIONS=1 FORCE=1 PREPARE_PORTS=1 VERSION_CMD=…

Exit codes: 0 done, 1 a recipe failed, 2 wrong input or environment, such as content that is
no longer what the recipe's hash stands for.
"""


@click.command("extract", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@extraction_options
@jobs_option("Prepare N ports at a time.", 1)
@json_option("the archives")
@depot_option
@output_options
@pass_arguments(ExtractionChoices)
def command(
    invocation: Invocation,
    choices: ExtractionChoices,
    words: tuple[str, ...],
    jobs: int,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Make archives from the recipes of the tree, with all that they need.

    ARCHIVE is named without version. A binary package stands for its package, a binary for its
    source.
    """
    from genode_tool.cli.depot_extraction import ExtractionCall, extract
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.option_lists import variable_names, with_variables

    variables, paths = depot_words(words, variable_names(ExtractionChoices))
    place = depot_place(variables, depot_dir)
    archives = [place.archive(path, versioned=False) for path in paths]
    call = ExtractionCall(archives, with_variables(choices, variables), jobs)
    return extract(invocation, place, call, as_json=as_json)
