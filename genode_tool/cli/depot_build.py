"""Building binaries, on behalf of `genode depot build` and `create`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from genode_tool.cli.depot_extraction import plain
from genode_tool.cli.invocation import Invocation

if TYPE_CHECKING:
    from genode_tool.cli.depot_place import DepotPlace
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.binaries.build import BinaryBuild
    from genode_tool.depot.events import ArchiveFinished

BUILD_VARIABLES = (
    *("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION", "CCACHE"),
    *("REBUILD", "KEEP_BUILD_DIR", "DBG"),
)
"""The variables of building; the first two are taken from the environment, too."""


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
) -> tuple[BinaryBuild, tuple[ArchiveFinished, ...]]:
    """Build the binaries among what some archives need, and report it.

    Return the work, and how each archive ended.
    """
    from genode_tool.depot.binaries.build import BinaryOptions
    from genode_tool.depot.binaries.build_options import build_variables, tools_conf
    from genode_tool.depot.creation import Creation
    from genode_tool.events import discard
    from genode_tool.report import build as build_voice
    from genode_tool.report.depot import DepotVoice
    from genode_tool.report.reporter import Reporter

    options = BinaryOptions(
        tools_conf(place.recipes.genode_dir, place.build_dir),
        build_variables(variables, os.environ),
        choices.jobs,
        rebuild=choices.rebuild or bool(variables.get("REBUILD")),
        debug_info=choices.debug_info or bool(variables.get("DBG")),
        keep=choices.keep or bool(variables.get("KEEP_BUILD_DIR")),
    )
    settings = invocation.output
    voices = (build_voice, DepotVoice())
    with Reporter(settings.screen(), settings.verbosity, voices) as reporter:
        sink = discard if as_json else reporter
        creation = Creation(place.recipes, place.depot, place.ports.contrib_dir, sink)
        work, finished = creation.build(archives, options)
    if as_json:
        click.echo(json.dumps([plain(one) for one in finished], indent=2))
    return work, finished
