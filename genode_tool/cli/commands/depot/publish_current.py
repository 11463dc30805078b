"""`genode depot publish-current`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Example:
  genode depot publish-current alice/pkg/x86_64/shop alice/src/shop

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("publish-current", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@click.option(
    "--public-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Publish into DIR (default: PUBLIC_DIR, or public in the tree).",
)
@click.option("--debug-info", is_flag=True, help="Publish the debug archives of binaries, too.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of the files.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    public_dir: Path | None,
    debug_info: bool,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Publish archives in the versions that recipes have now.

    ARCHIVE is named without version, such as USER/pkg/x86_64/NAME or USER/src/NAME.
    """
    import os

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.depot_publishing import PublicationCall, public_directory, publish

    variables, paths = depot_words(words, ("PUBLIC_DIR", "DBG"))
    place = depot_place(variables, depot_dir)
    archives = []
    for path in paths:
        archive = place.archive(path, versioned=False)
        recipe = place.recipes.get(*archive.recipe)
        archives.append(archive.at(recipe.version))
    call = PublicationCall(
        archives,
        (),
        public_directory(place, public_dir, variables.get("PUBLIC_DIR", "")),
        debug_info or bool(variables.get("DBG")),
        os.cpu_count() or 1,
    )
    return publish(invocation, place, call, as_json=as_json)
