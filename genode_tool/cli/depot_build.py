"""Building binaries, on behalf of `genode depot build` and `create`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from genode_tool.cli.depot_extraction import plain
from genode_tool.cli.invocation import Invocation

if TYPE_CHECKING:
    from genode_tool.cli.depot_options import BuildChoices
    from genode_tool.cli.depot_place import DepotPlace
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.binaries.build import BinaryBuild
    from genode_tool.depot.events import ArchiveFinished

COMPILER_VARIABLES = ("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION", "CCACHE")
"""Variables of building that are no options; the first two count in the environment, too."""


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
        rebuild=choices.rebuild,
        debug_info=choices.debug_info,
        keep=choices.keep,
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
