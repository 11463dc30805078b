"""Extracting archives and preparing ports, on behalf of commands about the depot."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from genode_tool.cli.invocation import Invocation, OutputOptions

if TYPE_CHECKING:
    from genode_tool.building.memory.observation import Observation
    from genode_tool.cli.depot_options import ExtractionChoices
    from genode_tool.cli.depot_place import DepotPlace
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.events import ArchiveFinished
    from genode_tool.depot.extraction.extract import Extraction
    from genode_tool.events import Sink


@dataclass(frozen=True, slots=True)
class ExtractionCall:
    """What a call wants to be extracted; `jobs` ports are prepared at a time."""

    archives: Sequence[Archive]
    choices: ExtractionChoices
    jobs: int = 1


def extract(
    invocation: Invocation, place: DepotPlace, call: ExtractionCall, *, as_json: bool = False
) -> int:
    """Extract archives, report it, and return the exit code."""
    began = time.time_ns()
    result = extract_reported(invocation, place, call, as_json=as_json)
    if isinstance(result, int):
        return result
    extraction, finished = result
    if as_json:
        click.echo(json.dumps([plain(one) for one in finished], indent=2))
    else:
        keep_answer(invocation, place, [(extraction.observations(), finished)], began)
    return exit_code(finished)


def extract_reported(
    invocation: Invocation, place: DepotPlace, call: ExtractionCall, *, as_json: bool = False
) -> int | tuple[Extraction, tuple[ArchiveFinished, ...]]:
    """Extract archives, and report it unless the answer is JSON.

    Return the extraction and how each archive ended; or the exit code when ports could not be
    prepared.
    """
    from genode_tool.depot.extraction.extract import MissingPorts
    from genode_tool.events import discard
    from genode_tool.report.depot import DepotVoice
    from genode_tool.report.reporter import Reporter

    settings = invocation.output
    with Reporter(settings.screen(), settings.verbosity, (DepotVoice(),)) as reporter:
        sink = discard if as_json else reporter
        try:
            return extracted(place, call, sink)
        except MissingPorts as error:
            if not call.choices.prepare_ports:
                raise
            quiet = Invocation(OutputOptions(settings.color, -1)) if as_json else invocation
            code = prepare_ports(quiet, place, error.ports, call.jobs)
            return code or extracted(place, call, sink)


def exit_code(finished: Sequence[ArchiveFinished]) -> int:
    """Return 0, or the code of the worst failure."""
    codes = [one.error.exit_code for one in finished if one.error is not None]
    return 1 if 1 in codes else max(codes, default=0)


def keep_answer(
    invocation: Invocation,
    place: DepotPlace,
    parts: Sequence[tuple[Sequence[Observation] | None, tuple[ArchiveFinished, ...]]],
    began: int,
) -> None:
    """Cache the answer of a call that had nothing to do in any of its `parts`.

    Each has the observations behind it, None when there was something to do, and the archives.
    `began` is when the call started (`time.time_ns`).
    """
    from genode_tool.building.memory.answers import observe_tool
    from genode_tool.cli.transcript import SecondsOfReplay, keep
    from genode_tool.depot.events import ArchivesFinished
    from genode_tool.report.depot import summary

    if invocation.output.verbosity != 0:
        return
    observations = [*place.observations(), *observe_tool(began)]
    text = ""
    for seen, finished in parts:
        if seen is None:
            return
        observations += seen
        text += f"{summary(ArchivesFinished(finished, SecondsOfReplay()), invocation.screen())}\n"
    keep(invocation, place.depot.path, observations, began, text)


def extracted(
    place: DepotPlace, call: ExtractionCall, sink: Sink
) -> tuple[Extraction, tuple[ArchiveFinished, ...]]:
    """Extract archives; return the extraction and how each ended. Raises `GenodeError`."""
    from genode_tool.depot.archive.proposed_version import proposed_version
    from genode_tool.depot.creation import Creation
    from genode_tool.depot.extraction.extract import ExtractionOptions

    command = call.choices.version_cmd or ""
    options = ExtractionOptions(
        lambda: proposed_version(command, place.recipes.genode_dir),
        update_versions=call.choices.update_versions,
        force=call.choices.force,
    )
    creation = Creation(place.recipes, place.depot, place.ports.contrib_dir, sink)
    return creation.extract(call.archives, options)


def plain(end: ArchiveFinished) -> dict[str, str]:
    """Return a result as data for JSON."""
    data = {"archive": str(end.archive), "outcome": end.outcome.value}
    if end.previous:
        data["previous_version"] = end.previous
    if end.error is not None:
        data["error"] = str(end.error)
    return data


def prepare_ports(
    invocation: Invocation, place: DepotPlace, names: Sequence[str], jobs: int
) -> int:
    """Prepare ports as `genode prepare` does; return its exit code."""
    from genode_tool.ports.preparation.port import PreparationOptions
    from genode_tool.ports.preparation.prepare import prepare
    from genode_tool.ports.preparation.tools import fetch_policy, tools_for
    from genode_tool.report.ports import PortVoice
    from genode_tool.report.reporter import Reporter

    policy = fetch_policy(place.ports.settings, offline=False, insecure=())
    settings = invocation.output
    with Reporter(settings.screen(), settings.verbosity, (PortVoice(len(names)),)) as sink:
        result = prepare(
            place.ports, names, tools_for(place.ports, policy), PreparationOptions(jobs), sink
        )
    return result.exit_code
