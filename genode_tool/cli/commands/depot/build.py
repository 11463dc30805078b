"""`genode depot build`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import BuildChoices, build_options
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_arguments
from genode_tool.cli.option_lists import json_option

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
@json_option("the binaries")
@depot_option
@output_options
@pass_arguments(BuildChoices)
def command(
    invocation: Invocation,
    choices: BuildChoices,
    words: tuple[str, ...],
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Build binaries from sources in the depot.

    ARCHIVE is a binary or a binary package, with its version.
    """
    import time

    from genode_tool.cli.depot_build import COMPILER_VARIABLES, build
    from genode_tool.cli.depot_extraction import exit_code, keep_answer
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.option_lists import variable_names, with_variables
    from genode_tool.errors import UserError

    variables, paths = depot_words(words, (*variable_names(BuildChoices), *COMPILER_VARIABLES))
    place = depot_place(variables, depot_dir)
    archives = [place.archive(path, versioned=True) for path in paths]
    without = [str(one) for one in archives if not one.version]
    if without:
        raise UserError(
            f"no version is named: {' '.join(without)}",
            hint="`genode depot create` builds the current versions",
        )
    choices = with_variables(choices, variables)
    began = time.time_ns()
    work, finished = build(invocation, place, archives, choices, variables, as_json=as_json)
    if not as_json:
        keep_answer(invocation, place, [(work.observations(), finished)], began)
    return exit_code(finished)
