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
  genode prepare --all-missing             the ports that the last build did not find
  genode prepare zlib --offline            from the cache and local mirrors only

\b
Environment:
  GENODE_CONTRIB_MIRRORS  directories, URLs and rules FROM=>TO that are tried
                          before the URL in the description
  GENODE_CONTRIB_CACHE    the cache of downloads (default: contrib/cache)
  CONTRIB_DIR             the contrib directory (default: contrib in the tree)

An interrupted preparation continues where it stopped. The logs are in contrib/var.

Exit codes: 0 all ports are prepared, 1 a port failed, 2 wrong input or environment.
"""


@click.command("prepare", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[PKG=NAME] [NAME...]", shell_complete=complete_ports)
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Prepare N ports at a time.",
)
@click.option(
    "--all-missing", is_flag=True, help="Prepare the ports that the last build did not find."
)
@click.option("--download-only", is_flag=True, help="Download into the cache, and do nothing else.")
@click.option("--offline", is_flag=True, help="Use the cache and local mirrors only.")
@click.option("-k", "--keep-going", is_flag=True, help="Continue with other ports after a failure.")
@click.option("--force", is_flag=True, help="Prepare again what is already prepared.")
@click.option(
    "--insecure",
    "insecure",
    metavar="HOST",
    multiple=True,
    help="Do not check the certificate of HOST; hashes of files are still checked.",
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
    """Download, verify, unpack and patch third-party code.

    NAME is a port. Works in a build directory and anywhere in a tree; the result is
    contrib/NAME-HASH.
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
            "no port is named",
            hint="`genode prepare NAME` prepares a port, `genode port list` lists them",
        )
    collection = port_collection(variables)
    policy = fetch_policy(collection.settings, offline=offline, insecure=insecure)
    check_hash = variables.get("CHECK_HASH") != "no"
    options = PreparationOptions(jobs, keep_going, force, check_hash, download_only)
    older = OlderTree(collection)
    if older.packages and download_only:
        raise UserError("--download-only needs port descriptions; this tree has none")
    settings = invocation.output
    with Reporter(settings.screen(), settings.verbosity, (PortVoice(len(names)),)) as sink:
        if older.packages:
            result = older.prepare(names, Shims.of(collection, policy).environment, options, sink)
        else:
            result = prepare(collection, names, tools_for(collection, policy), options, sink)
    return result.exit_code


def _without_input() -> None:
    """Close standard input, so that recipes that ask questions fail instead of waiting forever."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
