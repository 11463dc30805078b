"""`genode depot index write`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot index write alice/index/26.04
  genode depot index write alice/index/26.04 --from offers
  genode depot index write alice/index/26.04 alice/pkg/shop alice/pkg/till --group Shopping

A template is an index that has names of packages where a path has USER/pkg/NAME/VERSION; it is
written out with the versions that recipes have now. Without --from, it is run/sculpt/index of the
first repository that has one. An index of PACKAGEs has a line of each README.

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("write", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="INDEX [PACKAGE...]")
@click.option(
    "--from", "template", metavar="FILE", type=click.Path(path_type=Path), help="The template."
)
@click.option(
    "--arch",
    "architectures",
    metavar="SPEC",
    multiple=True,
    default=["x86_64"],
    show_default=True,
    help="An architecture that the PACKAGEs are for; may be given several times.",
)
@click.option("--group", metavar="NAME", default="", help="Put the PACKAGEs into a group.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["xml", "hid"]),
    default="xml",
    show_default=True,
    help="The syntax for PACKAGEs; releases before 26.02 read XML only.",
)
@click.option("--force", is_flag=True, help="Replace an index with another content.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    template: Path | None,
    architectures: tuple[str, ...],
    group: str,
    form: str,
    force: bool,
    depot_dir: Path | None,
) -> int:
    """Write an index of packages.

    INDEX is USER/index/VERSION with the version of Sculpt. A PACKAGE without version is meant in
    that of its recipe.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.config.syntax.document import Syntax
    from genode_tool.config.syntax.read import read_document
    from genode_tool.depot.sculpt.forms import read_index, require_good, write_index
    from genode_tool.depot.sculpt.index_sources import from_packages, from_template, template_of
    from genode_tool.depot.sculpt.names import parse_index
    from genode_tool.depot.sculpt.package_index import form_findings, offers
    from genode_tool.depot.store.writer import DepotWriter
    from genode_tool.errors import UserError

    variables, (path, *packages) = depot_words(words)
    index = parse_index(path, "index")
    place = depot_place(variables, depot_dir)
    if packages and template:
        raise UserError("give either a template or packages")
    if packages:
        archives = [place.archive(one, versioned=one.count("/") == 3) for one in packages]
        syntax = Syntax(form)
        text = from_packages(archives, place.recipes, place.depot, architectures, group, syntax)
    else:
        source = template or template_of(place.recipes)
        text = from_template(read_index(source), index.user, place.recipes)
    into = place.depot.path / str(index)
    document = read_document(text, str(into))
    require_good(form_findings(document), f"cannot write {index}")
    with DepotWriter(place.depot).locked():
        changed = write_index(into, text, force=force)
    if invocation.output.verbosity >= 0:
        count = sum(1 for _ in offers(document.root))
        word = "wrote" if changed else "up to date:"
        invocation.screen().line(f"genode: {word} {index}, {count} package{'s' * (count != 1)}")
    return 0
