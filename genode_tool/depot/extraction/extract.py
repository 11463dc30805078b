"""Extracting archives: from the recipes of a tree into a depot.

First, everything that the archives need is found, and which of it is up to date by the records
of earlier calls. The `content.mk` files of the others are evaluated, so that all missing ports are
known before anything is made. Then each archive is made beside its place; its hash decides what
happens. A version that is in the depot is never removed or changed, except that
`force` restores the content that the recipe's hash stands for.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from genode_tool.building.memory.observation import Observation, observe_kind
from genode_tool.depot.archive.closure import Closure, closure_of, work_order
from genode_tool.depot.archive.content import content_hash
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.archive.proposed_version import current_date
from genode_tool.depot.archive.version import next_version
from genode_tool.depot.events import (
    ArchiveFinished,
    ArchiveOutcome,
    ArchivesFinished,
    ArchiveStarted,
)
from genode_tool.depot.extraction.record import ExtractionRecord, ExtractionRecords, observations_of
from genode_tool.depot.extraction.staging import StagedArchive, StagingArea
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.recipes.recipe import Recipe
from genode_tool.depot.recipes.references import RecipeReferences
from genode_tool.depot.store.writer import DepotWriter
from genode_tool.errors import Diagnostic, GenodeError, Location, Severity, UserError
from genode_tool.events import Sink, Warned, discard
from genode_tool.files import cannot_write, remove_parts, write_atomically

_RECORD_FORMAT = 1


@dataclass(frozen=True, slots=True)
class ExtractionOptions:
    """Options of a call.

    `propose_version` returns the version for changed content; `update_versions` gives it to
    recipes. `force` makes everything anew and restores damaged versions.
    """

    propose_version: Callable[[], str] = current_date
    update_versions: bool = False
    force: bool = False


class MissingPorts(UserError):
    """Ports are needed that are not prepared; `ports` are their names, sorted."""

    def __init__(self, ports: Sequence[str]) -> None:
        super().__init__(
            f"missing ports: {' '.join(ports)}",
            hint=f"run `genode prepare {' '.join(ports)}`, or extract with --prepare-ports",
        )
        self.ports = tuple(ports)


class HashMismatch(UserError):
    """The content of a recipe is not what its hash stands for; `hash` is that of the content."""

    def __init__(self, recipe: Recipe, version: str, digest: str) -> None:
        super().__init__(
            f"the content of {recipe} changed: it is no longer version {recipe.version}",
            location=Location(str(recipe.hash_file)),
            hint=f"`echo {version} {digest} > {recipe.hash_file}` makes it version {version}, "
            "as --update-versions does",
        )
        self.hash = digest


class Extraction:
    """One call."""

    def __init__(
        self,
        recipes: Recipes,
        writer: DepotWriter,
        area: StagingArea,
        options: ExtractionOptions,
        sink: Sink = discard,
    ) -> None:
        self._recipes = recipes
        self._writer = writer
        self._depot = writer.depot
        self._area = area
        self._options = options
        self._sink = sink
        self._records = ExtractionRecords(writer.depot.path)
        self._staged: dict[Archive, StagedArchive] = {}
        self._as_they_are: list[Archive] = []
        self._known: dict[Archive, ExtractionRecord] = {}
        self._finished: dict[Archive, ArchiveFinished] = {}

    def run(self, archives: Iterable[Archive]) -> tuple[ArchiveFinished, ...]:
        """Extract archives with all that they need; return how each ended, in order.

        Raises `MissingPorts` before anything is made, other `UserError` for wrong recipes, and
        `EnvironmentProblem` when the depot cannot be written. Wrong content is in the result.
        """
        began = time.monotonic()
        closure = self._closure(archives)
        order = work_order(closure)
        with self._writer.locked(self._sink), _without_collections():
            try:
                self._evaluate(order)
                for number, archive in enumerate(order, 1):
                    self._sink(ArchiveStarted(archive, number, len(order)))
                    self._finish(self._work(closure, archive))
            finally:
                for archive, staged in self._staged.items():
                    staged.discard()
                    self._writer.forget_empty(archive)
        finished = tuple(self._finished[archive] for archive in order)
        self._sink(ArchivesFinished(finished, time.monotonic() - began))
        return finished

    def observations(self) -> list[Observation] | None:
        """Return what the result rests on, if everything was up to date; None otherwise."""
        ends = self._finished.values()
        if any(one.outcome is not ArchiveOutcome.PRESENT or one.previous for one in ends):
            return None
        if set(self._finished) != set(self._known):
            return None
        there = (observe_kind(str(self._depot.place(one))) for one in self._as_they_are)
        return [*there, *observations_of(self._depot, self._recipes, self._known)]

    def _closure(self, archives: Iterable[Archive]) -> Closure:
        """Return what has to be made. An archive in another version has to be in the depot."""
        roots = []
        for archive in archives:
            source = archive.source
            if source.version and source.version != self._recipes.current_version(source):
                if not self._depot.has(source):
                    raise UserError(
                        f"{source} is neither in the depot nor the version of a recipe",
                        hint=f"the recipe has {self._recipes.current_version(source)}"
                        if self._recipes.of_archive(source)
                        else "",
                    )
                self._as_they_are.append(source)
                continue
            roots.append(archive.at(""))
        closure = closure_of(roots, RecipeReferences(self._recipes))
        self._as_they_are += [one for one in closure.sorted() if one.version]
        for one in closure.sorted():
            if one.version and not self._depot.has(one):
                users = closure.needed_by(one)
                raise UserError(
                    f"{one} is not in the depot, needed by {', '.join(map(str, users))}",
                    hint="download it, or extract it from the tree that has its recipe",
                )
            if not one.version and not self._options.update_versions:
                self._recipes.get(*one.recipe).checked()
        return closure

    def _evaluate(self, order: Sequence[Archive]) -> None:
        """Read the recipes whose sources changed. Raises `MissingPorts`, `GenodeError`."""
        missing: set[str] = set()
        for archive in order:
            recipe = self._recipes.get(*archive.recipe)
            record = None if self._options.force else self._records.read(archive)
            if record is not None and record.sources_unchanged(recipe):
                self._known[archive] = record
            elif archive.type is not ArchiveType.PKG:
                staged = self._area.archive(archive)
                self._staged[archive] = staged
                try:
                    staged.evaluate()
                except GenodeError as error:
                    staged.discard()
                    self._finish(ArchiveFinished(archive, ArchiveOutcome.FAILED, error=error))
                missing.update(staged.missing_ports)
        if missing:
            raise MissingPorts(sorted(missing))

    def _finish(self, end: ArchiveFinished) -> None:
        key = end.archive.at("")
        if key not in self._finished:
            self._finished[key] = end
            self._sink(end)

    # --- one archive --------------------------------------------------------------------------

    def _work(self, closure: Closure, archive: Archive) -> ArchiveFinished:
        if archive in self._finished:
            return self._finished[archive]
        for other in closure.needs[archive]:
            end = self._finished.get(other)
            if end is not None and end.outcome in (ArchiveOutcome.FAILED, ArchiveOutcome.UNTRIED):
                return ArchiveFinished(archive, ArchiveOutcome.UNTRIED)
        try:
            known = self._known.get(archive)
            if known is not None and known.uses == self._area.uses_of(archive):
                end = self._from_record(archive, known)
                if end is not None:
                    return end
            staged = self._staged.pop(archive, None) or self._area.archive(archive)
            with staged:
                return self._make(archive, staged)
        except GenodeError as error:
            self._writer.forget_empty(archive)
            return ArchiveFinished(archive, ArchiveOutcome.FAILED, error=error)
        except OSError as error:
            place = self._depot.place(archive)
            return ArchiveFinished(
                archive, ArchiveOutcome.FAILED, error=cannot_write(error.filename or place, error)
            )

    def _from_record(self, archive: Archive, known: ExtractionRecord) -> ArchiveFinished | None:
        """Return the result if nothing has to be made; None otherwise."""
        recipe = self._recipes.get(*archive.recipe)
        if known.hash != recipe.hash:
            if not self._options.update_versions:
                raise self._mismatch(recipe, archive, known.hash)
            return None
        current = archive.at(recipe.version)
        if self._depot.has(current) and self._depot.hash_of(current) == known.hash:
            return ArchiveFinished(current, ArchiveOutcome.PRESENT)
        return None

    def _make(self, archive: Archive, staged: StagedArchive) -> ArchiveFinished:
        staged.make()
        recipe = staged.recipe
        digest = staged.content.hash
        previous = ""
        if digest != recipe.hash or not recipe.version:
            if not self._options.update_versions:
                raise self._mismatch(recipe, archive, digest)
            previous = recipe.version or "none"
        version = self._next_version(recipe, archive, digest) if previous else recipe.version
        current = archive.at(version)
        outcome = self._place(current, staged)
        if previous:
            remove_parts(recipe.directory)
            write_atomically(recipe.hash_file, f"{version} {digest}\n")
            self._recipes.note_version(recipe, version, digest)
        record = staged.record()
        if record is not None:
            self._records.write(archive, record)
        return ArchiveFinished(current, outcome, previous)

    def _place(self, archive: Archive, staged: StagedArchive) -> ArchiveOutcome:
        """Put the made archive into the depot unless that has it."""
        depot, content = self._depot, staged.content
        outcome = ArchiveOutcome.CREATED
        if depot.has(archive):
            there = depot.hash_of(archive)
            if there == content.hash and not self._options.force:
                return ArchiveOutcome.PRESENT
            same = there in ("", content.hash) and (
                _digest_of(archive, self._writer) == content.digest
            )
            if same and there:
                return ArchiveOutcome.PRESENT
            if same:  # the original was ended before it wrote the hash
                self._writer.add_hash(archive, content.hash)
                return ArchiveOutcome.RESTORED
            if not self._options.force:
                raise UserError(
                    f"the depot has {archive} with another content than the recipe's "
                    f"({there or 'without hash'} instead of {content.hash})",
                    location=Location(str(depot.place(archive))),
                    hint="give the recipe a new version, or restore this one with --force",
                )
            outcome = ArchiveOutcome.RESTORED
        if not staged.has_license:
            text = f"{archive} has no LICENSE"
            place = Location(str(staged.recipe.content_file))
            self._sink(Warned(Diagnostic(Severity.WARNING, text, place)))
        record = {"format": _RECORD_FORMAT, "digest": f"sha256:{content.digest}"}
        self._writer.add(staged.directory, archive, content.hash, record)
        return outcome

    def _mismatch(self, recipe: Recipe, archive: Archive, digest: str) -> HashMismatch:
        return HashMismatch(recipe, self._next_version(recipe, archive, digest), digest)

    def _next_version(self, recipe: Recipe, archive: Archive, digest: str) -> str:
        """Return the version for a new content."""
        return next_version(
            recipe.version,
            self._options.propose_version(),
            lambda version: self._depot.may_be(archive.at(version), digest),
        )


def _digest_of(archive: Archive, writer: DepotWriter) -> str:
    """Return the digest of an archive's content as it is in the depot."""
    return content_hash(str(writer.depot.place(archive))).digest


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Keep Python from looking for cycles: hundreds of evaluations have few, and many objects."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
