"""`genode depot index check`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot index check alice/index/26.04
  genode depot index check

Exit codes: 0 good, 1 an index has an error, 2 wrong input or environment.
"""


@click.command("check", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[INDEX...]")
@depot_option
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...], depot_dir: Path | None) -> int:
    """Check index files, and that the depot has what they offer.

    INDEX is USER/index/VERSION; without any, all of the depot are checked. What Sculpt would not
    show as it is meant is an error, missing binaries of an architecture are a warning.
    """
    from genode_tool.cli.depot_findings import report
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.sculpt.forms import indexes_of, read_index
    from genode_tool.depot.sculpt.names import parse_index
    from genode_tool.depot.sculpt.package_index import depot_findings, form_findings

    variables, paths = depot_words(words)
    depot = depot_place(variables, depot_dir).depot
    names = [parse_index(path, "index") for path in paths] or list(indexes_of(depot))
    findings = {}
    for name in names:
        document = read_index(depot.path / str(name))
        found = (*form_findings(document), *depot_findings(document, depot))
        findings[str(name)] = found
    return report(invocation, findings)
