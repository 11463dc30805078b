"""`genode port sbom`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options

if TYPE_CHECKING:
    from genode_tool.ports.sbom import Material

_EPILOG = """\b
Examples:
  genode port sbom zlib                             a table
  genode port sbom zlib --format spdx-json > zlib.spdx.json
  genode port sbom                                  all ports that are prepared

The ports must be prepared. What a scenario only imports from a depot is not listed.
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
    help="How it is printed.",
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
    """List the third-party code behind a scenario's image, with versions and licences."""
    import json

    from genode_tool.cli.words import split_words
    from genode_tool.errors import UserError
    from genode_tool.ports.sbom import plain_data, spdx_json, table_rows

    variables, names = split_words(words, kernels, board)
    if len(names) > 1:
        raise UserError(f"one scenario at a time: {' '.join(names)}")
    if names:
        subject, materials = names[0].removeprefix("run/"), _of_scenario(names[0], variables)
    else:
        subject, materials = "the prepared ports", _prepared(variables)
    if form == "spdx-json":
        click.echo(spdx_json(subject, materials))
    elif form == "json":
        click.echo(json.dumps(plain_data(subject, materials), indent=2))
    elif not materials:
        invocation.screen().line(f"genode: no port is behind {subject}")
    else:
        rows = table_rows(materials)
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        screen = invocation.screen()
        for number, row in enumerate(rows):
            line = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            screen.line(screen.paint(line.rstrip(), "bold") if number == 0 else line.rstrip())
    return 0


def _of_scenario(name: str, variables: Mapping[str, str]) -> list[Material]:
    """Return the ports that the goals of a scenario use, and what of them."""
    from genode_tool.building.ask.third_party import contrib_use
    from genode_tool.cli.place import build_directory
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.ports.description.evaluate import describe
    from genode_tool.ports.sbom import Material
    from genode_tool.ports.store.collection import PortCollection
    from genode_tool.run import RunOptions, plan_scenarios

    build_dir = build_directory(variables, discard)
    ((verdict, plan),) = plan_scenarios(build_dir, (name,), RunOptions(), discard)
    if not verdict.outcome.good:
        raise UserError(f"scenario `{name}` cannot be planned: {verdict.reason}")
    collection = PortCollection.of_build_directory(build_dir)
    found = []
    for directory, users in contrib_use(build_dir, plan.goals).items():
        port, _, digest = directory.rpartition("-")
        found.append(Material(describe(collection, collection.port(port)), digest, users))
    return found


def _prepared(variables: Mapping[str, str]) -> list[Material]:
    """Return the ports whose current version is prepared."""
    from genode_tool.cli.place import port_collection
    from genode_tool.ports.description.evaluate import describe
    from genode_tool.ports.metadata import PortState, state_of
    from genode_tool.ports.sbom import Material

    collection = port_collection(variables)
    return [
        Material(describe(collection, port), port.recorded_hash)
        for port in collection.ports.values()
        if state_of(collection, port) is PortState.PREPARED
    ]
