"""`genode depot create`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import (
    BuildChoices,
    ExtractionChoices,
    build_options,
    extraction_options,
)
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_arguments

_EPILOG = """\b
Examples:
  genode depot create genode/pkg/x86_64/life
  genode depot create alice/bin/x86_64/shop alice/raw/goods --update-versions

This is `genode depot extract`, then `genode depot build` of the current versions.

Exit codes: 0 done, 1 a recipe or build failed, 2 wrong input or environment.
"""


@click.command("create", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@extraction_options
@build_options
@depot_option
@output_options
@pass_arguments(ExtractionChoices, BuildChoices)
def command(
    invocation: Invocation,
    extraction: ExtractionChoices,
    building: BuildChoices,
    words: tuple[str, ...],
    depot_dir: Path | None,
) -> int:
    """Make archives from recipes, and build binaries of them.

    ARCHIVE is named without version. A binary package is a package with its binaries.
    """
    import time
    from dataclasses import replace

    from genode_tool.cli.depot_build import COMPILER_VARIABLES, build
    from genode_tool.cli.depot_extraction import (
        ExtractionCall,
        exit_code,
        extract_reported,
        keep_answer,
    )
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.cli.option_lists import variable_names, with_variables

    more = (*variable_names(ExtractionChoices, BuildChoices), *COMPILER_VARIABLES)
    variables, paths = depot_words(words, more)
    place = depot_place(variables, depot_dir)
    archives = [place.archive(path, versioned=False) for path in paths]
    building = with_variables(building, variables)
    if "REBUILD" not in variables and variables.get("FORCE"):
        building = replace(building, rebuild=True)
    call = ExtractionCall(archives, with_variables(extraction, variables), building.jobs or 1)
    began = time.time_ns()
    result = extract_reported(invocation, place, call)
    if isinstance(result, int):
        return result
    work, finished = result
    if code := exit_code(finished):
        return code
    parts = [(work.observations(), finished)]
    if any(one.is_binary_package or not one.type.has_recipe for one in archives):
        binaries, built = build(invocation, place, archives, building, variables)
        parts.append((binaries.observations(), built))
    keep_answer(invocation, place, parts, began)
    return exit_code(parts[-1][1])
