"""`genode config` and the commands below it."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from genode_tool.cli.commands.config_text import TEXT_COMMANDS
from genode_tool.cli.settings import Session, pass_session, talk_options

_EPILOG = """\b
Examples:
  genode config check routing                      the configuration that a scenario writes
  genode config check my.config --strict           no wildcard at all
  genode config routes routing --from client-2     who answers what
  genode config graph routing --format svg > routing.svg
  genode config convert my.xml                     XML to HID, HID to XML
  genode config get 'config | + start | : name' my.hid
  genode config set -i 'config | + start vfs | : ram: 16M' my.hid

FILE is `-` for standard input. A path of nodes is written as in the framework's `hid` tool,
for files of either syntax.
"""

_FORMATS = ("svg", "dot", "json", "html")


def _complete(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from genode_tool.cli.completing import complete_scenarios

    return complete_scenarios(ctx, parameter, incomplete)


@click.group("config", epilog=_EPILOG)
def command() -> None:
    """Check, explain, draw, convert and edit configurations."""


@command.command("check")
@click.argument(
    "words", nargs=-1, metavar="FILE|SCENARIO... [VAR=value...]", shell_complete=_complete
)
@click.option("--strict", is_flag=True, help="Wildcards and routes that lead nowhere are errors.")
@click.option("--binary", metavar="NAME", default="", help="The program that a FILE is for.")
@click.option(
    "--init",
    type=click.Choice(["own", "framework"]),
    default=None,
    help="Whose init reads a FILE; default: that of the tree.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@talk_options
@pass_session
def check(
    session: Session,
    words: tuple[str, ...],
    strict: bool,
    binary: str,
    init: str | None,
    as_json: bool,
) -> int:
    """Check configurations: syntax, schemas, routes. Builds nothing.

    Exit codes: 0 no errors, 1 errors were found, 2 there is no such file or scenario.
    """
    import json

    from genode_tool.cli.configuring import subject
    from genode_tool.cli.variables import split_words
    from genode_tool.errors import UserError
    from genode_tool.report import config

    variables, names = split_words(words)
    if not names:
        raise UserError("wanted a file or a scenario", hint="`genode config check routing`")
    screen = session.settings.screen()
    failed, data = False, []
    for name in names:
        for one in subject(name, variables, strict=strict, binary=binary, init=init or ""):
            found = one.examination.findings
            failed = failed or bool(one.examination.errors)
            if as_json:
                data += [{"of": one.name, **config.finding_data(item)} for item in found]
                continue
            for line in config.finding_lines(found, screen):
                screen.line(line)
            if session.settings.verbosity >= 0:
                screen.line(config.count_line(one.name, found))
    if as_json:
        click.echo(json.dumps(data, indent=2))
    return 1 if failed else 0


@command.command("routes")
@click.argument("words", nargs=-1, metavar="FILE|SCENARIO [VAR=value...]", shell_complete=_complete)
@click.option("--from", "client", metavar="NAME", help="Of this child, or `outer -> inner` path.")
@click.option("--service", metavar="S", help="Of this service only.")
@click.option("--label", metavar="L", help="With this label, through all instances of init.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@talk_options
@pass_session
def routes(
    session: Session,
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
    from genode_tool.cli.variables import split_words
    from genode_tool.config.routing.resolution import resolutions, trace
    from genode_tool.errors import UserError
    from genode_tool.report import config

    variables, names = split_words(words)
    system = one_system(names, variables)
    systems = {one.path: one for one in system.instances()}
    screen = session.settings.screen()
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
            detailed = session.settings.verbosity > 0
            for line in config.route_lines(one, found, screen, detailed=detailed):
                screen.line(line)
    if wanted and not met:
        from genode_tool.nearest import did_you_mean

        known = [start.name for one in systems.values() for start in one.starts]
        raise UserError(f"there is no child `{client}`", hint=did_you_mean(wanted[-1], known))
    if as_json:
        click.echo(json.dumps(data, indent=2))
    return 0


@command.command("graph")
@click.argument("words", nargs=-1, metavar="FILE|SCENARIO [VAR=value...]", shell_complete=_complete)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="svg",
    show_default=True,
    help="How it is drawn; html has the picture and the table of routes.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where it goes; default: standard output.",
)
@talk_options
@pass_session
def graph(session: Session, words: tuple[str, ...], form: str, output: Path | None) -> int:
    """Draw components, services and who depends on whom.

    Full lines are explicit routes, dashed ones come from wildcards; what nobody answers is red.
    """
    from genode_tool.cli.configuring import one_system
    from genode_tool.cli.variables import split_words
    from genode_tool.config.routing.chart import read_chart
    from genode_tool.files import write_atomically
    from genode_tool.report import config_graph

    variables, names = split_words(words)
    system = one_system(names, variables)
    text = config_graph.render(read_chart(system), form, names[0].removeprefix("run/"))
    if output is None:
        click.echo(text, nl=False)
        return 0
    write_atomically(output.absolute(), text.encode())
    if session.settings.verbosity >= 0:
        session.settings.screen().line(f"genode: wrote {output}")
    return 0


for _one in TEXT_COMMANDS:
    command.add_command(_one)
