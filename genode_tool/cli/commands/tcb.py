"""`genode tcb`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options

_EPILOG = """\b
Examples:
  genode tcb log test-log
  genode tcb subsystem 'outer -> inner -> server' --json
  genode tcb timer test-timer --kernel linux

Counted are the lines of sources and headers that the preprocessor leaves; in the total, each
of them counts once. A component that may be reached by a wildcard route counts as well.

Exit codes: 0 done, 1 the build failed, 2 no such scenario or component.
"""


@click.command("tcb", epilog=_EPILOG)
@click.argument(
    "words",
    nargs=-1,
    metavar="SCENARIO COMPONENT [VAR=value...]",
    shell_complete=complete_scenarios,
)
@platform_options
@click.option("--skip-build", is_flag=True, help="Use what was built before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "-j", "--jobs", metavar="N", type=click.IntRange(min=1), help="Default: one per core."
)
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    skip_build: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Count the code that a component has to trust.

    That is its own code, and that of its parents and servers, their libraries, and the kernel.
    Parents and servers follow from the configuration of the scenario, which is built first.
    """
    import json

    from genode_tool.cli.config_sources import subjects
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.words import split_words
    from genode_tool.config.routing.trust import find_component
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.report import build as build_voice
    from genode_tool.report import tcb
    from genode_tool.report.reporter import Reporter
    from genode_tool.run.context.tree_build import TreeBuild
    from genode_tool.run.inspection.tcb import trusted_base
    from genode_tool.run.options import RunOptions

    variables, names = split_words(words, kernels, board)
    if len(names) != 2:
        raise UserError(
            "wanted a scenario and a component", hint="for example `genode tcb log test-log`"
        )
    found = subjects(names[0], variables)[0]
    if found.plan is None:
        raise UserError(f"{names[0]} is a file, wanted a scenario")
    path = find_component(found.system, names[1])
    build_dir = build_directory(variables, discard)
    goals = tuple(found.plan.goals)
    screen = invocation.screen()
    if not skip_build:
        with Reporter(screen, min(invocation.output.verbosity, -1), (build_voice,)) as sink:
            TreeBuild(build_dir, RunOptions(jobs=jobs or 0), sink).make(goals)
    base = trusted_base(build_dir, goals, found.system, path, jobs=jobs or 0)
    if as_json:
        click.echo(json.dumps(tcb.base_data(base), indent=2))
        return 0
    for line in tcb.base_lines(base, screen):
        screen.line(line)
    return 0
