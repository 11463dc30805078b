"""`genode config routes`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options


@click.command("routes")
@click.argument(
    "words", nargs=-1, metavar="FILE|SCENARIO [VAR=value...]", shell_complete=complete_scenarios
)
@platform_options
@click.option(
    "--from",
    "client",
    metavar="NAME",
    help="Show the routes of this child, or of the child at `outer -> inner`.",
)
@click.option("--service", metavar="S", help="Show the routes of this service only.")
@click.option(
    "--label", metavar="L", help="Follow a session with this label through all instances of init."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    client: str | None,
    service: str | None,
    label: str | None,
    as_json: bool,
) -> int:
    """Show which server answers each session request, and by which rule.

    With -v, also shows the targets that were considered and did not match.
    """
    import json

    from genode_tool.cli.config_sources import one_system
    from genode_tool.cli.words import split_words
    from genode_tool.config.routing.selection import select_routes, trace_session
    from genode_tool.errors import UserError
    from genode_tool.report import config

    variables, names = split_words(words, kernels, board)
    system = one_system(names, variables)
    screen = invocation.screen()
    if label is not None:
        if not client or not service:
            raise UserError("--label needs --from and --service")
        for line in config.trace_lines(trace_session(system, client, service, label), screen):
            screen.line(line)
        return 0
    selected = select_routes(system, client or "", service or "")
    if as_json:
        data = [config.route_data(one.system, route) for one in selected for route in one.routes]
        click.echo(json.dumps(data, indent=2))
        return 0
    detailed = invocation.output.verbosity > 0
    for one in selected:
        if one.routes:
            for line in config.route_lines(one.system, one.routes, screen, detailed=detailed):
                screen.line(line)
    return 0
