"""`genode depot publish`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

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
@click.option(
    "--public-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Publish into DIR (default: PUBLIC_DIR, or public in the tree).",
)
@click.option("--debug-info", is_flag=True, help="Publish the debug archives of binaries, too.")
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Compress N archives at a time (default: one per processor).",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of the files.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    public_dir: Path | None,
    debug_info: bool,
    jobs: int | None,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Compress and sign archives of the depot for a server.

    Publishes ARCHIVE, with its version, and all that it needs, unless it is published already.
    USER/index/NAME and USER/image/index name index files.
    """
    import os

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.depot_publishing import PublicationCall, public_directory, publish
    from genode_tool.depot.publishing.publish import parse_index

    variables, paths = depot_words(words, ("PUBLIC_DIR", "DBG"))
    place = depot_place(variables, depot_dir)
    indexes = {path: parse_index(path) for path in paths}
    call = PublicationCall(
        [place.archive(path, versioned=True) for path, one in indexes.items() if one is None],
        [one for one in indexes.values() if one is not None],
        public_directory(place, public_dir, variables.get("PUBLIC_DIR", "")),
        debug_info or bool(variables.get("DBG")),
        jobs or os.cpu_count() or 1,
    )
    return publish(invocation, place, call, as_json=as_json)
