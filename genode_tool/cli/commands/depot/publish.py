"""`genode depot publish`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import PublicationChoices, publication_options
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_arguments
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot publish alice/pkg/x86_64/shop/2026-01-28
  genode depot publish alice/index/26.04 --public-dir /srv/depot
  genode depot publish PUBLIC_DIR=/srv/depot DBG=1 alice/bin/x86_64/shop/2026-01-28

Each archive becomes USER/.../VERSION.tar.xz with a signature by the key of its user; the depot has
to have all that it needs. The bytes depend on the content alone: members are sorted, belong to
nobody, and have the time that the version or SOURCE_DATE_EPOCH says. A signed manifest.json of each
user binds names to contents. gpg needs the secret key.

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("publish", epilog=_EPILOG)
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
    """Compress and sign archives of the depot for a server.

    Publishes ARCHIVE, with its version, and all that it needs, unless it is published already.
    USER/index/NAME and USER/image/index name index files, USER/image/NAME a
    system image.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.depot_publishing import publish
    from genode_tool.cli.option_lists import variable_names, with_variables
    from genode_tool.depot.sculpt.names import parse_sculpt_name

    variables, paths = depot_words(words, variable_names(PublicationChoices))
    place = depot_place(variables, depot_dir)
    others = {path: parse_sculpt_name(path) for path in paths}
    return publish(
        invocation,
        place,
        [place.archive(path, versioned=True) for path, one in others.items() if one is None],
        [one for one in others.values() if one is not None],
        with_variables(choices, variables),
        as_json=as_json,
    )
