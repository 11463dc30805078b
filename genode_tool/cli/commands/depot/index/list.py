"""`genode depot index list`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot index list
  genode depot index list alice/index/26.04
"""


@click.command("list", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[INDEX...]")
@json_option("the packages")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], as_json: bool, depot_dir: Path | None
) -> int:
    """List the index files of the depot, or the packages in some.

    INDEX is USER/index/VERSION.
    """
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.sculpt.forms import indexes_of, read_index
    from genode_tool.depot.sculpt.names import parse_index
    from genode_tool.depot.sculpt.package_index import architectures, offers
    from genode_tool.report.table import table_lines

    variables, paths = depot_words(words)
    depot = depot_place(variables, depot_dir).depot
    names = [parse_index(path, "index") for path in paths] or list(indexes_of(depot))
    roots = {name: read_index(depot.path / str(name)).root for name in names}
    if as_json:
        data = [
            {
                "index": str(name),
                "groups": list(one.groups),
                "package": one.path,
                "info": one.node.get("info"),
                "architectures": [one.arch] if one.arch else list(architectures(root)),
            }
            for name, root in roots.items()
            for one in offers(root)
        ]
        click.echo(json.dumps(data, indent=2))
        return 0
    screen = invocation.screen()
    if paths:
        rows = [
            (one.path, one.arch, " / ".join((*one.groups, one.node.get("info"))))
            for root in roots.values()
            for one in offers(root)
        ]
    else:
        rows = [
            (str(name), " ".join(architectures(root)), f"{sum(1 for _ in offers(root))} packages")
            for name, root in roots.items()
        ]
    for line in table_lines(rows):
        screen.line(line)
    return 0
