"""Preparing one port: from its description to its place in the contrib directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, GenodeError, Location, UserError
from genode_tool.events import Event, Note, Sink
from genode_tool.files import remove_tree
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.rules.files import File
from genode_tool.ports.description import template as frame
from genode_tool.ports.description.evaluate import PortDescription, describe, evaluate
from genode_tool.ports.description.requirements import check_tools
from genode_tool.ports.events import (
    PortEvent,
    PortFinished,
    PortOutcome,
    PortStarted,
    PortStep,
)
from genode_tool.ports.fetch.problems import PortFailed, disk_problem
from genode_tool.ports.preparation import recipes
from genode_tool.ports.preparation.confinement import ERRORS, OutsideTools, serve
from genode_tool.ports.preparation.recipe_environment import recipe_environment
from genode_tool.ports.preparation.steps import PortSteps, PortTools
from genode_tool.ports.store.collection import Port, PortCollection
from genode_tool.ports.store.contrib_directory import ContribDirectory, ContribSlot
from genode_tool.ports.store.journal import Journal
from genode_tool.sandbox.copy import run_in_copy
from genode_tool.sandbox.kernel import weaknesses
from genode_tool.sandbox.policy import Policy
from genode_tool.scratch import scratch_directory

_LOCK_SECONDS = 4 * 3600.0
_PORT_SECONDS = 12 * 3600.0
_TAIL = 12


class RecipeFailed(PortFailed):
    """A rule of the description failed; `trail` is the end of the log."""


@dataclass(frozen=True, slots=True)
class PreparationOptions:
    """Options of a call that prepares ports.

    `check_hash` false accepts an outdated hash file. `download_only` fills the cache and does
    nothing else.
    """

    jobs: int = 1
    keep_going: bool = False
    force: bool = False
    check_hash: bool = True
    download_only: bool = False


ToolsFor = Callable[[PortDescription, Sink], PortTools]
"""Creates the tools for one port; the sink takes the events of its downloads."""


@dataclass(slots=True)
class PortPreparation:
    """The preparation of one port, from its description to its place."""

    collection: PortCollection
    port: Port
    tools: ToolsFor
    options: PreparationOptions
    sink: Sink
    began: float = field(default_factory=time.monotonic)
    log: Path | None = None

    def run(self) -> PortFinished:
        """Prepare the port; a failure is part of the result."""
        store = ContribDirectory(self.collection.contrib_dir)
        try:
            path = self.collection.directory(self.port)
            only = self.options.download_only
            if path.is_dir() and not self.options.force and not only:
                return self._finished(PortOutcome.PRESENT, path)
            description = describe(self.collection, self.port)
            self._check_hash(description)
            if only:
                self._download(description)
                return self._finished(PortOutcome.DOWNLOADED, None)
            check_tools(description)
            with store.locked(self.port.name, path, self.sink, _LOCK_SECONDS) as slot:
                if slot.complete and not self.options.force:
                    return self._finished(PortOutcome.PRESENT, path)
                self.log = slot.log
                self._make(description, slot)
                self._forget_other_attempts(store)
        except GenodeError as error:
            return self._finished(PortOutcome.FAILED, None, error)
        except OSError as error:
            where = Path(error.filename) if error.filename else self.collection.contrib_dir
            return self._finished(PortOutcome.FAILED, None, disk_problem(error, where))
        return self._finished(PortOutcome.PREPARED, path)

    def _finished(
        self, outcome: PortOutcome, path: Path | None, error: GenodeError | None = None
    ) -> PortFinished:
        seconds = time.monotonic() - self.began
        return PortFinished(self.port.name, outcome, path, seconds, error, self.log)

    def _download(self, description: PortDescription) -> None:
        """Get all sources of the port into the cache."""
        tools = self.tools(description, lambda event: self.sink(PortEvent(self.port.name, event)))
        for source in description.sources:
            self.sink(PortStep(self.port.name, "download", source.url))
            if source.kind.is_file:
                tools.fetch_file(source)
            else:
                self.collection.cache_dir.mkdir(parents=True, exist_ok=True)
                with scratch_directory("fetch", self.collection.cache_dir) as scratch:
                    tools.fetch_checkout(source, scratch / "checkout")

    def _forget_other_attempts(self, store: ContribDirectory) -> None:
        """Remove unfinished work on other versions; their downloads stay in the cache."""
        for path in self.collection.versions(self.port.name):
            if path.suffix == ".incomplete":
                remove_tree(path)
                store.journal_of(path.with_suffix("")).unlink(missing_ok=True)

    def _check_hash(self, description: PortDescription) -> None:
        computed, recorded = description.computed_hash(), self.port.recorded_hash
        if computed != recorded and self.options.check_hash:
            raise UserError(
                f"port `{self.port.name}`: the hash file has {recorded}, but the description "
                f"and its patches hash to {computed}",
                location=Location(str(self.port.hash_file)),
                hint=f"after an intended change, run `genode port update-hash {self.port.name}`",
            )

    # --- the work itself ----------------------------------------------------------------------

    def _make(self, description: PortDescription, slot: ContribSlot) -> None:
        places = {str(one): one.directory for one in description.sources}
        journal = slot.journal()
        private = slot.log.with_name(f"{self.port.name}.tmp")
        output = Output(slot.descriptor, slot.descriptor)

        def hear(event: Event) -> None:
            if isinstance(event, Note):
                output.out(f"   {event.text}")
            self.sink(PortEvent(self.port.name, event))

        try:
            journal.open(description.computed_hash(), places)
            self.sink(PortStarted(self.port.name, description.version, journal.finished))
            if private.exists():
                remove_tree(private)
            private.mkdir()
            tools = self.tools(description, hear)
            run_in_copy(
                Policy((slot.incomplete, private, slot.log), isolated=True),
                lambda ask: self._follow(description, slot, journal, private, OutsideTools(ask)),
                lambda question: serve(tools, self.sink, question),
                errors=(*ERRORS, RecipeFailed),
                keep=(slot.descriptor, journal.descriptor),
            )
            if missing := weaknesses():
                output.out(
                    f"== recipes were less confined: this kernel has no {' and no '.join(missing)}"
                )
            slot.publish(journal)
        except GenodeError as error:
            # The output of a recipe is in the log already.
            trail = () if isinstance(error, RecipeFailed) else error.trail
            hint = (f"hint: {error.hint}",) if error.hint else ()
            output.out("\n   ".join((f"== {error}", *trail, *hint)))
            raise
        finally:
            journal.close()
            if private.exists():
                remove_tree(private)

    def _follow(
        self,
        description: PortDescription,
        slot: ContribSlot,
        journal: Journal,
        private: Path,
        tools: OutsideTools,
    ) -> None:
        """Carry out the rules of the description, in the confined process."""
        output = Output(slot.descriptor, slot.descriptor)
        environ = recipe_environment(self.collection, private)
        # A shell trusts it, and so keeps to the path without blanks.
        environ["PWD"] = str(slot.incomplete)
        ev = evaluate(self.port, cwd=slot.incomplete, environ=environ)
        steps = PortSteps(
            description,
            slot.incomplete,
            self.collection.genode_dir,
            ev,
            tools,
            tools.hear,
            output.out,
        )

        def announce(target: str) -> None:
            directory = target.removeprefix(frame.DIRECTORY)
            if directory == target:
                tools.hear(PortStep(self.port.name, "make", target))
            else:
                steps.check_content(directory)
                tools.hear(PortStep(self.port.name, "install", directory))

        check = _deadline(self.port.name)
        status, failed = recipes.run(ev, journal, output, steps.perform, announce, check)
        if status:
            raise self._recipe_failed(slot, failed)

    def _recipe_failed(self, slot: ContribSlot, failed: File | None) -> RecipeFailed:
        lines = slot.log.read_text(errors="replace").splitlines()
        tail = [line for line in lines if line.strip()][-_TAIL:]
        if failed is None or failed.recipe is None:
            reason = f"no rule makes `{failed.name}`" if failed else "a rule failed"
            if failed and failed.parent:
                reason += f", needed by `{failed.parent.name}`"
            return RecipeFailed(
                f"port `{self.port.name}`: {reason}",
                location=Location(str(self.port.path)),
                hint=f"the unfinished work is in {slot.incomplete}",
            )
        place = failed.recipe.location
        where = "DIRS" if place.file == frame.NAME else f"`{failed.name}`"
        return RecipeFailed(
            f"port `{self.port.name}`: making {where} failed"
            + (f" ({failed.name.removeprefix(frame.DIRECTORY)})" if where == "DIRS" else ""),
            location=Location(str(self.port.path)) if place.file == frame.NAME else place,
            trail=tuple(tail),
            hint=f"the unfinished work is in {slot.incomplete}",
        )


def _deadline(name: str) -> Callable[[], None]:
    deadline = Deadline.after(_PORT_SECONDS)

    def check() -> None:
        if deadline.expired:
            raise EnvironmentProblem(
                f"port `{name}`: timed out after {_PORT_SECONDS / 3600:g} hours"
            )

    return check
