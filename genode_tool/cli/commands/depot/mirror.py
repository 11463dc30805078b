"""`genode depot mirror`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import debug_info_option, public_dir_option
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import jobs_option, json_option

_EPILOG = """\b
Examples:
  genode depot mirror alice --public-dir /srv/depot
  genode depot mirror alice/pkg/x86_64/shop/2026-01-28 alice/index/26.04

Files are copied as they are published, with their signatures, each after it was verified. What is
there already is not asked for again, interrupted downloads resume. All that a user publishes is
known where the user publishes a manifest; otherwise, archives are named.

Exit codes: 0 done, 1 something could not be got or is not genuine, 2 wrong input or environment.
"""


@click.command("mirror", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="USER|ARCHIVE...")
@public_dir_option
@debug_info_option("Mirror the debug archives of binaries, too.")
@click.option("--offline", is_flag=True, help="Contact no server; use mirrors in directories.")
@jobs_option("Get N files at a time.", 4)
@json_option("the files")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    public_dir: Path | None,
    debug_info: bool,
    offline: bool,
    jobs: int,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Copy what others publish into a public directory of one's own, verified.

    USER stands for all that the user publishes, ARCHIVE, with its version, for itself and all that
    it needs. USER/index/NAME and USER/image/index name index files, USER/image/NAME a system image.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.depot_publishing import public_directory, result
    from genode_tool.depot.publishing.mirror import Mirror
    from genode_tool.depot.publishing.users import DepotUsers
    from genode_tool.depot.sculpt.names import parse_sculpt_name
    from genode_tool.events import discard
    from genode_tool.ports.preparation.tools import fetch_policy
    from genode_tool.report.depot_transfers import TransferVoice
    from genode_tool.report.ports import PortVoice
    from genode_tool.report.reporter import Reporter

    variables, names = depot_words(words, ("DBG", "PUBLIC_DIR"))
    place = depot_place(variables, depot_dir)
    named = variables.get("PUBLIC_DIR")
    public = public_directory(place, public_dir or (Path(named) if named else None))
    known = {name: parse_sculpt_name(name) for name in names if "/" in name}
    archives = [place.archive(name, versioned=True) for name, one in known.items() if one is None]
    users = DepotUsers(place.depot.path, place.recipes.repositories)
    policy = fetch_policy(place.ports.settings, offline=offline)
    settings = invocation.output
    voices = (TransferVoice(), PortVoice(0))
    with Reporter(settings.screen(), settings.verbosity, voices) as reporter:
        sink = discard if as_json else reporter
        finished = Mirror(public, users, policy, jobs, sink).run(
            [name for name in names if "/" not in name],
            archives,
            [one for one in known.values() if one is not None],
            debug=debug_info or bool(variables.get("DBG")),
        )
    return result(finished, as_json=as_json)
