"""`genode selftest`."""

from __future__ import annotations

import click

from genode_tool.cli.invocation import Invocation, pass_invocation

_EPILOG = """\b
Examples:
  genode selftest                     lint, types, dead code, all tests
  genode selftest -k parser           only the tests whose names match
  genode selftest -n 0 -- -x --pdb    pass further arguments to pytest

The last lines are those of pytest, and so is the exit code; 1 if only other checks failed.
"""


@click.command("selftest", epilog=_EPILOG)
@click.option("-k", "expression", metavar="EXPR", help="Run only tests whose names match EXPR.")
@click.option(
    "-n",
    "jobs",
    metavar="N",
    type=click.IntRange(min=0),
    show_default="one per core",
    help="Run N processes at a time.",
)
@click.argument("words", nargs=-1, metavar="[-- PYTEST_ARGUMENT...]")
@pass_invocation
def command(
    invocation: Invocation, expression: str | None, jobs: int | None, words: tuple[str, ...]
) -> int:
    """Check the tool itself: lint, types, dead code, tests."""
    from genode_tool.report.reporter import Reporter
    from genode_tool.selftest import check

    with Reporter(invocation.screen(), invocation.output.verbosity, ()) as sink:
        return check(sink, expression=expression, jobs=jobs, words=words)
