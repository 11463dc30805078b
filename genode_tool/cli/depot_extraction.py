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
    from genode_tool.cli.depot_place import DepotPlace
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.events import ArchiveFinished
    from genode_tool.depot.extraction.extract import Extraction
    from genode_tool.events import Sink


@dataclass(frozen=True, slots=True)
class ExtractionCall:
    """What a call wants to be extracted. `version_command` prints versions, "" means the date."""

    archives: Sequence[Archive]
    update_versions: bool = False
    force: bool = False
    prepare_ports: bool = False
    version_command: str = ""
    jobs: int = 1


def extract(
    invocation: Invocation, place: DepotPlace, call: ExtractionCall, *, as_json: bool = False
) -> int:
    """Extract archives, report it, and return the exit code."""
    from genode_tool.depot.extraction.extract import MissingPorts
    from genode_tool.events import discard
    from genode_tool.report.depot import DepotVoice
    from genode_tool.report.reporter import Reporter

    began = time.time_ns()
    settings = invocation.output
    with Reporter(settings.screen(), settings.verbosity, (DepotVoice(),)) as reporter:
        sink = discard if as_json else reporter
        try:
            extraction, finished = extracted(place, call, sink)
        except MissingPorts as error:
            if not call.prepare_ports:
                raise
            quiet = Invocation(OutputOptions(settings.color, -1)) if as_json else invocation
            code = prepare_ports(quiet, place, error.ports, call.jobs)
            if code:
                return code
            extraction, finished = extracted(place, call, sink)
    if as_json:
        click.echo(json.dumps([plain(one) for one in finished], indent=2))
    else:
        _keep(invocation, place, extraction, finished, began)
    return exit_code(finished)


def exit_code(finished: Sequence[ArchiveFinished]) -> int:
    """Return 0, or the code of the worst failure."""
    codes = [one.error.exit_code for one in finished if one.error is not None]
    return 1 if 1 in codes else max(codes, default=0)


def _keep(
    invocation: Invocation,
    place: DepotPlace,
    extraction: Extraction,
    finished: tuple[ArchiveFinished, ...],
    began: int,
) -> None:
    """Cache the answer of a call that had nothing to do."""
    from genode_tool.building.memory.answers import observe_tool
    from genode_tool.cli.transcript import SecondsOfReplay, keep
    from genode_tool.depot.events import ArchivesFinished
    from genode_tool.report.depot import summary

    observations = extraction.observations() if invocation.output.verbosity == 0 else None
    if observations is not None:
        text = summary(ArchivesFinished(finished, SecondsOfReplay()), invocation.screen())
        observations += observe_tool(began)
        keep(invocation, place.depot.path, observations, began, f"{text}\n")


def extracted(
    place: DepotPlace, call: ExtractionCall, sink: Sink
) -> tuple[Extraction, tuple[ArchiveFinished, ...]]:
    """Extract archives; return the extraction and how each ended. Raises `GenodeError`."""
    import tempfile
    from pathlib import Path

    from genode_tool.depot.archive.proposed_version import proposed_version
    from genode_tool.depot.extraction.extract import Extraction, ExtractionOptions
    from genode_tool.depot.extraction.staging import StagingArea
    from genode_tool.depot.store.writer import DepotWriter

    writer = DepotWriter(place.depot)
    options = ExtractionOptions(
        lambda: proposed_version(call.version_command, place.recipes.genode_dir),
        update_versions=call.update_versions,
        force=call.force,
    )
    with tempfile.TemporaryDirectory() as private:
        area = StagingArea(
            place.recipes, place.ports.contrib_dir, Path(private), writer.new_directory
        )
        extraction = Extraction(place.recipes, writer, area, options, sink)
        return extraction, extraction.run(call.archives)


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
