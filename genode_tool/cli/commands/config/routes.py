"""`genode config routes`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation


@click.command("routes")
@click.argument(
    "words", nargs=-1, metavar="FILE|SCENARIO [VAR=value...]", shell_complete=complete_scenarios
)
@click.option("--from", "client", metavar="NAME", help="Of this child, or `outer -> inner` path.")
@click.option("--service", metavar="S", help="Of this service only.")
@click.option("--label", metavar="L", help="With this label, through all instances of init.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    client: str | None,
    service: str | None,
    label: str | None,
    as_json: bool,
) -> int:
    """Tell who answers whose requests, and by which rule.

    With -v also the targets that were considered and did not fit.
    """
    import json

    from genode_tool.cli.configuring import one_system
    from genode_tool.cli.words import split_words
    from genode_tool.config.routing.resolution import resolutions, trace
    from genode_tool.errors import UserError
    from genode_tool.report import config

    variables, names = split_words(words)
    system = one_system(names, variables)
    systems = {one.path: one for one in system.instances()}
    screen = invocation.screen()
    wanted = tuple(part.strip() for part in (client or "").split("->") if part.strip())
    if wanted and wanted[0] != system.path[0]:
        wanted = (*system.path, *wanted)
    if label is not None:
        if not wanted or not service:
            raise UserError("--label goes with --from and --service")
        for line in config.trace_lines(trace(systems, wanted, service, label), screen):
            screen.line(line)
        return 0
    data = []
    met = False
    for one in systems.values():
        found = [
            item
            for start in one.starts
            if not wanted or (*one.path, start.name) == wanted or (start.name,) == wanted[1:]
            for item in resolutions(one, start, service or "")
        ]
        met = met or any(not wanted or (start.name == wanted[-1]) for start in one.starts)
        if as_json:
            data += [config.route_data(one, item) for item in found]
        elif found:
            detailed = invocation.output.verbosity > 0
            for line in config.route_lines(one, found, screen, detailed=detailed):
                screen.line(line)
    if wanted and not met:
        from genode_tool.nearest import did_you_mean

        known = [start.name for one in systems.values() for start in one.starts]
        raise UserError(f"there is no child `{client}`", hint=did_you_mean(wanted[-1], known))
    if as_json:
        click.echo(json.dumps(data, indent=2))
    return 0
