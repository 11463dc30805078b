"""`genode selftest`."""

from __future__ import annotations

import click

from genode_tool.cli.invocation import Invocation, pass_invocation

_EPILOG = """\b
Examples:
  genode selftest                     everything: lint, types, tests on all cores
  genode selftest -k parser           the tests whose names match
  genode selftest -n 0 -- -x --pdb    further words go to pytest

The last lines are pytest's own. Exit codes: pytest's; 1 when only lint or types failed.
"""


@click.command("selftest", epilog=_EPILOG)
@click.option("-k", "expression", metavar="EXPR", help="Only tests whose names match EXPR.")
@click.option(
    "-n", "jobs", metavar="N", type=click.IntRange(min=0), help="Processes; default: all cores."
)
@click.argument("words", nargs=-1, metavar="[-- PYTEST_ARGUMENT...]")
@pass_invocation
def command(
    invocation: Invocation, expression: str | None, jobs: int | None, words: tuple[str, ...]
) -> int:
    """Check the tool itself: ruff, mypy, then pytest."""
    from genode_tool.report.reporter import Reporter
    from genode_tool.selftest import check

    with Reporter(invocation.screen(), invocation.output.verbosity, ()) as sink:
        return check(sink, expression=expression, jobs=jobs, words=words)
