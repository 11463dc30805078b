"""Bringing a depot up to date with the source tree, before a scenario imports from it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from genode_tool.depot.archive.name import Archive, ArchiveType, parse_archive
from genode_tool.depot.events import ArchiveOutcome, ArchivesFinished
from genode_tool.errors import BuildFailed, GenodeError
from genode_tool.events import Event
from genode_tool.run.api.content.depot_archives import SWITCH
from genode_tool.run.context.build_side import PortsMissing
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import Phase
from genode_tool.run.scenario.progress import Progress


class DepotUpdate:
    """Creates the archives that a script names without version, each once in a run.

    Recipes whose content changed get a new version, as with `genode depot create
    --update-versions`: that writes their files `hash` in the source tree.
    """

    def __init__(self, context: ScenarioContext, progress: Progress) -> None:
        self._context = context
        self._progress = progress
        self._done: set[str] = set()

    @property
    def wanted(self) -> bool:
        """True when the switch is given."""
        return self._context.switches.has(SWITCH)

    def update(self, names: Iterable[str], depot: Path, spec: str) -> None:
        """Create what is needed of `names` in `depot`, for the instruction set `spec`.

        Raises `PortsMissing`, `BuildFailed` and other `GenodeError`.
        """
        fresh = dict.fromkeys(name for name in names if name not in self._done)
        archives = [one for name in fresh if (one := _created(name, spec)) is not None]
        if not archives:
            return
        with self._progress.phase(Phase.BUILD, "depot archives"):
            self._create(archives, depot)
        self._done.update(fresh)

    def _emit(self, event: Event) -> None:
        """Report what is created; nothing when there is nothing to do."""
        if isinstance(event, ArchivesFinished):
            outcomes = {one.outcome for one in event.finished}
            if outcomes <= {ArchiveOutcome.PRESENT}:
                return
        self._progress.emit(event)

    def _create(self, archives: list[Archive], depot: Path) -> None:
        # Most runs do without, and it is slow to import.
        from genode_tool.depot.binaries.build import BinaryOptions
        from genode_tool.depot.binaries.build_options import build_variables, tools_conf
        from genode_tool.depot.creation import Creation
        from genode_tool.depot.extraction.extract import ExtractionOptions, MissingPorts
        from genode_tool.depot.recipes.catalogue import Recipes
        from genode_tool.depot.store.depot import Depot

        context = self._context
        build, recipes = context.build, Recipes.of_tree(context.build.genode_dir)
        contrib = build.variable("CONTRIB_DIR") or str(build.genode_dir / "contrib")
        creation = Creation(recipes, Depot(depot), Path(contrib), self._emit)
        given = {
            name: value
            for name in ("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION")
            if (value := build.variable(name))
        }
        if context.switches.has("--ccache"):
            given["CCACHE"] = "yes"
        options = BinaryOptions(
            tools_conf(build.genode_dir, build.path),
            build_variables(given, os.environ),
            context.options.jobs or None,
        )
        try:
            _, extracted = creation.extract(archives, ExtractionOptions(update_versions=True))
        except MissingPorts as error:
            raise PortsMissing(error.message, error.ports) from error
        ended = [*extracted]
        if all(one.error is None for one in extracted):
            ended += creation.build(archives, options)[1]
        failed = [one for one in ended if one.error is not None]
        ports = {port for one in failed for port in getattr(one.error, "ports", ())}
        if ports:
            raise PortsMissing(f"missing ports: {' '.join(sorted(ports))}", tuple(sorted(ports)))
        if failed:
            names = ", ".join(str(one.archive) for one in failed)
            trail = tuple(str(one.error) for one in failed)
            raise BuildFailed(f"archives could not be created: {names}", trail=trail)


def _created(name: str, spec: str) -> Archive | None:
    """Return what to create for a name in a script; None for one with version, or a wrong one."""
    parts = name.split("/")
    if len(parts) != 3 or parts[1] not in ("pkg", "src", "raw"):
        return None
    try:
        archive = parse_archive(name, versioned=True)
    except GenodeError:
        return None
    return archive if archive.type is ArchiveType.RAW else archive.binary(spec)
