"""`genode timeline`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode timeline                    writes var/timeline.html of the build directory
  genode timeline -o last-build.html

For a trace viewer (ui.perfetto.dev, chrome://tracing), the same is in var/trace.json.
"""


@click.command("timeline", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[BUILD_DIR=DIR]")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="var/timeline.html of the build directory",
    help="Write the page to FILE.",
)
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...], output: Path | None) -> int:
    """Write a page that shows when the steps of the last build ran.

    It marks the chain of steps that the build had to wait for.
    """
    from genode_tool.building.ninja.syntax import read_manifest
    from genode_tool.building.ninja.timeline import read_trace
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.words import split_words
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.files import write_atomically
    from genode_tool.report.timeline import page, summary_lines

    variables, others = split_words(words)
    if others:
        raise UserError(f"unexpected word `{others[0]}`: wanted BUILD_DIR=DIR")
    build_dir = build_directory(variables, discard).path
    timeline = read_trace(build_dir)
    edges = read_manifest(build_dir)
    path = (output or build_dir / "var/timeline.html").absolute()
    write_atomically(path, page(timeline, edges))
    screen = invocation.screen()
    if invocation.output.verbosity >= 0:
        for line in summary_lines(timeline, edges, screen):
            screen.line(line)
    screen.line(f"genode: wrote {path}")
    return 0
