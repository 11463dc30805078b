"""`genode prepare`."""

from __future__ import annotations

import os

import click

from genode_tool.cli.completers import complete_ports
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode prepare PKG=libc
  genode prepare libc zlib libpng -j4
  genode prepare --all-missing             what the last build could not find
  genode prepare zlib --offline            from the cache and local mirrors only

\b
Environment:
  GENODE_CONTRIB_MIRRORS  directories, URLs and rules FROM=>TO that are tried
                          before the address in the description
  GENODE_CONTRIB_CACHE    where downloads are kept; default: contrib/cache
  CONTRIB_DIR             where ports go; default: contrib in the tree

A port that was interrupted goes on where it was. Each has a log in contrib/var.

Exit codes: 0 all are there, 1 a port failed, 2 wrong input or environment.
"""


@click.command("prepare", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[PKG=NAME] [NAME...]", shell_complete=complete_ports)
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Ports at a time; default: 1.",
)
@click.option("--all-missing", is_flag=True, help="The ports that the last build asked for.")
@click.option("--download-only", is_flag=True, help="Fill the cache, and do nothing else.")
@click.option("--offline", is_flag=True, help="Ask no server.")
@click.option("-k", "--keep-going", is_flag=True, help="Go on with other ports after a failure.")
@click.option("--force", is_flag=True, help="Prepare anew what is prepared already.")
@click.option(
    "--insecure",
    "insecure",
    metavar="HOST",
    multiple=True,
    help="Do not check the certificate of HOST; the hash of each file still is.",
)
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    jobs: int,
    all_missing: bool,
    download_only: bool,
    offline: bool,
    keep_going: bool,
    force: bool,
    insecure: tuple[str, ...],
) -> int:
    """Download, verify, unpack and patch third-party code: the ports NAME.

    Works in a build directory and anywhere in a tree. The result is contrib/NAME-HASH.
    """
    from genode_tool.building.ask.missing_ports import missing_ports
    from genode_tool.cli.place import last_build, port_collection
    from genode_tool.cli.words import port_names, split_words
    from genode_tool.errors import UserError
    from genode_tool.ports.older_trees.makefile_tree import OlderTree
    from genode_tool.ports.older_trees.shims import Shims
    from genode_tool.ports.preparation.port import PreparationOptions
    from genode_tool.ports.preparation.prepare import prepare
    from genode_tool.ports.preparation.tools import fetch_policy, tools_for
    from genode_tool.report.ports import PortVoice
    from genode_tool.report.reporter import Reporter

    _without_input()
    variables, others = split_words(words)
    names = port_names(others, variables)
    if all_missing:
        names = tuple(dict.fromkeys((*names, *missing_ports(last_build(variables)))))
    elif not names:
        raise UserError(
            "no port is named", hint="`genode prepare PKG=NAME`; `genode port list` lists them"
        )
    collection = port_collection(variables)
    policy = fetch_policy(collection.settings, offline=offline, insecure=insecure)
    check_hash = variables.get("CHECK_HASH") != "no"
    options = PreparationOptions(jobs, keep_going, force, check_hash, download_only)
    older = OlderTree(collection)
    if older.packages and download_only:
        raise UserError("--download-only needs port descriptions, which this tree does not have")
    settings = invocation.output
    with Reporter(settings.screen(), settings.verbosity, (PortVoice(len(names)),)) as sink:
        if older.packages:
            result = older.prepare(names, Shims.of(collection, policy).environment, options, sink)
        else:
            result = prepare(collection, names, tools_for(collection, policy), options, sink)
    return result.exit_code


def _without_input() -> None:
    """Let recipes that ask questions meet the end of the input instead of waiting for ever."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
