"""`genode port sbom`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options

_EPILOG = """\b
Examples:
  genode port sbom zlib                             a table
  genode port sbom zlib --format spdx-json > zlib.spdx.json
  genode port sbom                                  all prepared ports

The ports must be prepared. Content that a scenario imports from a depot is not listed.
"""


@click.command("sbom", epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="[SCENARIO] [VAR=value...]", shell_complete=complete_scenarios
)
@platform_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "spdx-json"]),
    default="table",
    show_default=True,
    help="Print the list in this format.",
)
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    form: str,
) -> int:
    """List the third-party code behind a scenario's image.

    The list has versions, licences, hashes, and the programs and libraries that use the code.
    """
    import json

    from genode_tool.cli.place import build_directory, port_collection
    from genode_tool.cli.words import split_words
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.ports.sbom import plain_data, prepared_materials, spdx_json, table_rows
    from genode_tool.report.table import table_lines
    from genode_tool.run.inspection.third_party import materials_of_scenario

    variables, names = split_words(words, kernels, board)
    if len(names) > 1:
        raise UserError(f"wanted one scenario, {len(names)} are given: {' '.join(names)}")
    if names:
        subject = names[0].removeprefix("run/")
        materials = materials_of_scenario(build_directory(variables, discard), names[0])
    else:
        subject, materials = "the prepared ports", prepared_materials(port_collection(variables))
    screen = invocation.screen()
    if form == "spdx-json":
        click.echo(spdx_json(subject, materials))
    elif form == "json":
        click.echo(json.dumps(plain_data(subject, materials), indent=2))
    elif not materials:
        screen.line(f"genode: no port is behind {subject}")
    else:
        headings, *rows = table_lines(table_rows(materials))
        screen.line(screen.paint(headings, "bold"))
        for row in rows:
            screen.line(row)
    return 0
