"""`genode depot download`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import debug_info_option
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import jobs_option, json_option

_EPILOG = """\b
Examples:
  genode depot download alice/pkg/x86_64/shop/2026-01-28
  genode depot download alice/index/26.04

An archive is verified by its user's key and, where the user publishes one, by the signed manifest;
it is unpacked beside its place, and its directory has to be that of the version. What fails is
reported, and the rest still arrives. Mirrors and proxies are those of `genode prepare`.

Exit codes: 0 done, 1 something could not be downloaded or is not genuine, 2 wrong input or
environment.
"""


@click.command("download", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@debug_info_option("Get the debug archives of binaries, too.")
@click.option("--offline", is_flag=True, help="Contact no server; use mirrors in directories.")
@jobs_option("Get N archives at a time.", 4)
@json_option("the archives")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    debug_info: bool,
    offline: bool,
    jobs: int,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Get, verify and unpack archives that others publish, with all that they need.

    ARCHIVE is named with its version. USER/index/NAME and USER/image/index name index files,
    USER/image/NAME a system image.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.depot_publishing import result
    from genode_tool.depot.publishing.download import Download
    from genode_tool.depot.publishing.users import DepotUsers
    from genode_tool.depot.sculpt.names import parse_sculpt_name
    from genode_tool.depot.store.writer import DepotWriter
    from genode_tool.events import discard
    from genode_tool.ports.preparation.tools import fetch_policy
    from genode_tool.report.depot_transfers import TransferVoice
    from genode_tool.report.ports import PortVoice
    from genode_tool.report.reporter import Reporter

    variables, paths = depot_words(words, ("DBG", "PUBLIC_DIR"))
    place = depot_place(variables, depot_dir)
    names = {path: parse_sculpt_name(path) for path in paths}
    archives = [place.archive(path, versioned=True) for path, one in names.items() if one is None]
    policy = fetch_policy(place.ports.settings, offline=offline)
    users = DepotUsers(place.depot.path, place.recipes.repositories)
    settings = invocation.output
    voices = (TransferVoice(), PortVoice(0))
    with Reporter(settings.screen(), settings.verbosity, voices) as reporter:
        sink = discard if as_json else reporter
        download = Download(DepotWriter(place.depot), users, place.recipes, policy, jobs, sink)
        finished = download.run(
            archives,
            [one for one in names.values() if one is not None],
            debug=debug_info or bool(variables.get("DBG")),
        )
    return result(finished, as_json=as_json)
