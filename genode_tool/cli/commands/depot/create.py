"""`genode depot create`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_build import BUILD_VARIABLES, build_options
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot create genode/pkg/x86_64/life
  genode depot create alice/bin/x86_64/shop alice/raw/goods --update-versions

This is `genode depot extract`, then `genode depot build` of the current versions.

Exit codes: 0 done, 1 a recipe or build failed, 2 wrong input or environment.
"""


@click.command("create", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@click.option(
    "--update-versions", is_flag=True, help="Give recipes with changed content a new version."
)
@click.option("--version-cmd", metavar="COMMAND", help="New versions are what COMMAND prints.")
@click.option("--prepare-ports", is_flag=True, help="Prepare ports that are needed.")
@click.option("--force", is_flag=True, help="Make everything anew; restore damaged versions.")
@build_options
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    update_versions: bool,
    version_cmd: str | None,
    prepare_ports: bool,
    force: bool,
    rebuild: bool,
    debug_info: bool,
    keep: bool,
    jobs: int | None,
    depot_dir: Path | None,
) -> int:
    """Make archives from recipes, and build binaries of them.

    ARCHIVE is named without version. A binary package is a package with its binaries.
    """
    import time

    from genode_tool.cli.depot_build import BuildChoices, build
    from genode_tool.cli.depot_extraction import (
        ExtractionCall,
        exit_code,
        extract_reported,
        keep_answer,
    )
    from genode_tool.cli.depot_place import depot_place, depot_words

    more = ("FORCE", "UPDATE_VERSIONS", "PREPARE_PORTS", "VERSION_CMD", *BUILD_VARIABLES)
    variables, paths = depot_words(words, more)
    place = depot_place(variables, depot_dir)
    archives = [place.archive(path, versioned=False) for path in paths]
    call = ExtractionCall(
        archives,
        update_versions=update_versions or bool(variables.get("UPDATE_VERSIONS")),
        force=force or bool(variables.get("FORCE")),
        prepare_ports=prepare_ports or bool(variables.get("PREPARE_PORTS")),
        version_command=version_cmd or variables.get("VERSION_CMD", ""),
        jobs=jobs or 1,
    )
    began = time.time_ns()
    result = extract_reported(invocation, place, call)
    if isinstance(result, int):
        return result
    extraction, finished = result
    if code := exit_code(finished):
        return code
    rebuild = rebuild or ("REBUILD" not in variables and bool(variables.get("FORCE")))
    choices = BuildChoices(rebuild, debug_info, keep, jobs)
    parts = [(extraction.observations(), finished)]
    if any(one.is_binary_package or not one.type.has_recipe for one in archives):
        work, built = build(invocation, place, archives, choices, variables)
        parts.append((work.observations(), built))
    keep_answer(invocation, place, parts, began)
    return exit_code(parts[-1][1])
