"""Building binaries, on behalf of `genode depot build` and `create`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from genode_tool.cli.depot_extraction import exit_code, plain
from genode_tool.cli.invocation import Invocation

if TYPE_CHECKING:
    from genode_tool.cli.depot_place import DepotPlace
    from genode_tool.depot.archive.name import Archive

BUILD_VARIABLES = (
    *("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION", "CCACHE"),
    *("REBUILD", "KEEP_BUILD_DIR", "DBG"),
)
"""The variables of building; the first two are taken from the environment, too."""

_FROM_ENVIRONMENT = ("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION")
_OVERRIDES = (*_FROM_ENVIRONMENT, "CCACHE")


@dataclass(frozen=True, slots=True)
class BuildChoices:
    """The options of building, by the names of their parameters."""

    rebuild: bool
    debug_info: bool
    keep: bool
    jobs: int | None


def build_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Accept `--rebuild`, `--debug-info`, `--keep` and `-j`."""
    options = (
        click.option("--rebuild", is_flag=True, help="Build what the depot has, too."),
        click.option("--debug-info", is_flag=True, help="Make archives of debug information, too."),
        click.option("--keep", is_flag=True, help="Leave the build directories, VERSION.build."),
        click.option(
            "-j",
            "--jobs",
            metavar="N",
            type=click.IntRange(min=1),
            help="Run N steps at a time (default: one per processor).",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def build(
    invocation: Invocation,
    place: DepotPlace,
    archives: Sequence[Archive],
    choices: BuildChoices,
    variables: Mapping[str, str],
    *,
    as_json: bool = False,
) -> int:
    """Build the binaries among what some archives need; report it, and return the exit code."""
    from genode_tool.cli.place import existing_build_directory
    from genode_tool.depot.binaries.build import BinaryBuild, BinaryOptions
    from genode_tool.depot.store.writer import DepotWriter
    from genode_tool.events import discard
    from genode_tool.report import build as build_voice
    from genode_tool.report.depot import DepotVoice
    from genode_tool.report.reporter import Reporter

    given = {name: os.environ[name] for name in _FROM_ENVIRONMENT if name in os.environ}
    given |= {name: variables[name] for name in _OVERRIDES if variables.get(name)}
    build_dir = existing_build_directory(variables)
    tools = place.recipes.genode_dir / "repos/base/etc/tools.conf"
    if build_dir and (build_dir.path / "etc/tools.conf").is_file():
        tools = build_dir.path / "etc/tools.conf"
    options = BinaryOptions(
        tools,
        given,
        choices.jobs,
        rebuild=choices.rebuild or bool(variables.get("REBUILD")),
        debug_info=choices.debug_info or bool(variables.get("DBG")),
        keep=choices.keep or bool(variables.get("KEEP_BUILD_DIR")),
    )
    settings = invocation.output
    voices = (build_voice, DepotVoice())
    with Reporter(settings.screen(), settings.verbosity, voices) as reporter:
        work = BinaryBuild(
            place.recipes.genode_dir,
            DepotWriter(place.depot),
            options,
            discard if as_json else reporter,
        )
        finished = work.run(archives)
    if as_json:
        click.echo(json.dumps([plain(one) for one in finished], indent=2))
    return exit_code(finished)
