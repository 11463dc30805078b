"""`genode config check`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options


@click.command("check")
@click.argument(
    "words", nargs=-1, metavar="FILE|SCENARIO... [VAR=value...]", shell_complete=complete_scenarios
)
@platform_options
@click.option(
    "--strict", is_flag=True, help="Treat wildcards, and routes that lead nowhere, as errors."
)
@click.option(
    "--binary", metavar="NAME", default="", help="Check FILE as the configuration of this program."
)
@click.option(
    "--init",
    type=click.Choice(["own", "framework"]),
    default=None,
    show_default="that of the tree",
    help="Check FILE as a configuration of our own init, or of the framework's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    strict: bool,
    binary: str,
    init: str | None,
    as_json: bool,
) -> int:
    """Check configurations: syntax, schemas, routes.

    Builds nothing.

    Exit codes: 0 no errors, 1 errors were found, 2 no such file or scenario.
    """
    import json

    from genode_tool.cli.config_sources import subjects
    from genode_tool.cli.words import split_words
    from genode_tool.config.system.model import Dialect
    from genode_tool.errors import UserError
    from genode_tool.report import config

    variables, names = split_words(words, kernels, board)
    if not names:
        raise UserError("wanted a file or a scenario", hint="`genode config check routing`")
    dialect = Dialect(init) if init else None
    screen = invocation.screen()
    failed, data = False, []
    for name in names:
        for one in subjects(name, variables, strict=strict, binary=binary, dialect=dialect):
            found = one.examination.findings
            failed = failed or bool(one.examination.errors)
            if as_json:
                data += [{"of": one.name, **config.finding_data(item)} for item in found]
                continue
            for line in config.finding_lines(found, screen):
                screen.line(line)
            if invocation.output.verbosity >= 0:
                screen.line(config.count_line(one.name, found))
    if as_json:
        click.echo(json.dumps(data, indent=2))
    return 1 if failed else 0
