"""`genode depot build`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_build import BUILD_VARIABLES, build_options
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot build alice/bin/x86_64/shop/2026-01-28
  genode depot build alice/pkg/x86_64/shop/2026-01-28 --debug-info

A binary is built again when its source or an interface, a rule makefile, the compiler or
CROSS_DEV_PREFIX changed. The variables of the original are understood, too: REBUILD=1
KEEP_BUILD_DIR=1 CCACHE=1 DBG=1 CROSS_DEV_PREFIX=… REQUIRED_GCC_VERSION=…

Exit codes: 0 done, 1 a build failed, 2 wrong input or environment.
"""


@click.command("build", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@build_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of the binaries.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    rebuild: bool,
    debug_info: bool,
    keep: bool,
    jobs: int | None,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Build binaries from sources in the depot.

    ARCHIVE is a binary or a binary package, with its version.
    """
    import time

    from genode_tool.cli.depot_build import BuildChoices, build
    from genode_tool.cli.depot_extraction import exit_code, keep_answer
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.errors import UserError

    variables, paths = depot_words(words, BUILD_VARIABLES)
    place = depot_place(variables, depot_dir)
    archives = [place.archive(path, versioned=True) for path in paths]
    without = [str(one) for one in archives if not one.version]
    if without:
        raise UserError(
            f"no version is named: {' '.join(without)}",
            hint="`genode depot create` builds the current versions",
        )
    choices = BuildChoices(rebuild, debug_info, keep, jobs)
    began = time.time_ns()
    work, finished = build(invocation, place, archives, choices, variables, as_json=as_json)
    if not as_json:
        keep_answer(invocation, place, [(work.observations(), finished)], began)
    return exit_code(finished)
