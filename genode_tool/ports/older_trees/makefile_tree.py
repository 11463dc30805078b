"""Trees before 14.05: a repository's own Makefile prepares third-party code.

`make prepare PKG=NAME` in the repository whose `ports/NAME.mk` describes the package; kernel
repositories have a Makefile without packages and are prepared as a whole. Our make executor
reads these files; the recipes work inside of the repository, as they always did.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, GenodeError, Location
from genode_tool.events import Sink
from genode_tool.makefile.executor import run_make
from genode_tool.makefile.executor.output import Output
from genode_tool.ports.events import (
    PortFinished,
    PortOutcome,
    PortsFinished,
    PortStarted,
    PortStep,
)
from genode_tool.ports.fetch.problems import PortFailed
from genode_tool.ports.preparation.confinement import ERRORS
from genode_tool.ports.preparation.port import PreparationOptions
from genode_tool.ports.preparation.prepare import Prepared
from genode_tool.ports.preparation.recipe_environment import recipe_environment
from genode_tool.ports.store.collection import PortCollection, unknown_port
from genode_tool.ports.store.contrib_directory import ContribDirectory, ContribSlot
from genode_tool.sandbox.copy import run_in_copy
from genode_tool.sandbox.policy import Policy

_LOCK_SECONDS = 4 * 3600.0
_PACKAGE_SECONDS = 12 * 3600.0
_TAIL = 12

Environment = Callable[[Path], dict[str, str]]
"""Puts programs for downloading into the given directory; returns variables for recipes."""


@dataclass(frozen=True, slots=True)
class Package:
    """A unit of preparation; `pkg` is "" where the Makefile has no packages."""

    name: str
    repository: Path
    pkg: str

    def goal(self, verb: str) -> list[str]:
        """Return the arguments of make for `prepare` or `clean`."""
        return [verb, f"PKG={self.pkg}"] if self.pkg else [verb]


@dataclass(frozen=True)
class OlderTree:
    """The packages of a tree; none when it has port descriptions of the newer kind."""

    collection: PortCollection

    @cached_property
    def packages(self) -> dict[str, Package]:
        """All packages by name, sorted; a kernel's repository under its own name, too."""
        if self.collection.ports:
            return {}
        found: dict[str, Package] = {}
        for repository in self.collection.repositories:
            makefile = repository / "Makefile"
            # Other repositories may have a Makefile as well, for other purposes.
            if not makefile.is_file() or "prepare" not in makefile.read_text(errors="replace"):
                continue
            described = sorted((repository / "ports").glob("*.mk"))
            for path in described:
                found.setdefault(path.stem, Package(path.stem, repository, path.stem))
            if not described:
                # Users call a kernel by its own name, such as `nova` for `base-nova`.
                for name in (repository.name, repository.name.removeprefix("base-")):
                    found.setdefault(name, Package(name, repository, ""))
        return dict(sorted(found.items()))

    def package(self, name: str) -> Package:
        """Return the package `name`; raises `UserError` that names similar ones."""
        found = self.packages.get(name)
        if found is None:
            raise unknown_port(name, self.packages)
        return found

    def prepare(
        self, names: Sequence[str], tools: Environment, options: PreparationOptions, sink: Sink
    ) -> Prepared:
        """Prepare the packages `names`, one after the other, and return how each ended.

        Raises `UserError` for an unknown name, before anything is done.
        """
        packages = [self.package(name) for name in dict.fromkeys(names)]
        began = time.monotonic()
        ends: list[PortFinished] = []
        for package in packages:
            end = self._prepare(package, tools, options, sink)
            sink(end)
            ends.append(end)
            if end.outcome is PortOutcome.FAILED and not options.keep_going:
                break
        failed = tuple(one.port for one in ends if one.outcome is PortOutcome.FAILED)
        untried = tuple(one.name for one in packages[len(ends) :])
        seconds = time.monotonic() - began
        sink(PortsFinished(len(ends) - len(failed), 0, failed, seconds, untried))
        return Prepared(tuple(ends))

    def _prepare(
        self, package: Package, tools: Environment, options: PreparationOptions, sink: Sink
    ) -> PortFinished:
        began = time.monotonic()
        store = ContribDirectory(self.collection.contrib_dir)
        error: GenodeError | None = None
        try:
            if options.force:
                self._make(package, "clean", store, tools, sink)
            self._make(package, "prepare", store, tools, sink)
        except GenodeError as failure:
            error = failure
        outcome = PortOutcome.FAILED if error else PortOutcome.PREPARED
        log = store.log_of(package.repository.name)
        seconds = time.monotonic() - began
        path = package.repository
        return PortFinished(package.name, outcome, path, seconds, error, log)

    def clean(self, names: Sequence[str], tools: Environment, sink: Sink) -> tuple[Path, ...]:
        """Remove the packages `names` as their Makefiles say; return the repositories."""
        packages = [self.package(name) for name in dict.fromkeys(names)]
        for package in packages:
            self._make(package, "clean", ContribDirectory(self.collection.contrib_dir), tools, sink)
        return tuple(dict.fromkeys(package.repository for package in packages))

    def _make(
        self, package: Package, verb: str, store: ContribDirectory, tools: Environment, sink: Sink
    ) -> None:
        repository = package.repository
        with store.locked(repository.name, repository, sink, _LOCK_SECONDS) as slot:
            sink(PortStarted(package.name, ""))
            goal = package.goal(verb)
            sink(PortStep(package.name, "make", " ".join((*goal, "in", repository.name))))
            private = slot.log.with_name(f"{repository.name}.tmp")
            shutil.rmtree(private, ignore_errors=True)
            private.mkdir()
            try:
                environ = {**recipe_environment(self.collection, private), **tools(private)}
                # These belong to newer trees; the Makefiles have variables of the same names.
                for name in ("CONTRIB_DIR", "GENODE_CONTRIB_CACHE"):
                    environ.pop(name, None)
                writable = (repository, private, slot.log, self.collection.cache_dir)
                self.collection.cache_dir.mkdir(parents=True, exist_ok=True)
                status = run_in_copy(
                    Policy(writable, network=True, isolated=True),
                    lambda _: self._run(repository, goal, environ, slot),
                    lambda _: None,
                    errors=ERRORS,
                    keep=(slot.descriptor,),
                )
            finally:
                shutil.rmtree(private, ignore_errors=True)
            if status:
                raise _failed(package, goal, slot)

    def _run(
        self, repository: Path, goal: list[str], environ: dict[str, str], slot: ContribSlot
    ) -> int:
        deadline = Deadline.after(_PACKAGE_SECONDS)

        def check() -> None:
            if deadline.expired:
                hours = _PACKAGE_SECONDS / 3600
                raise EnvironmentProblem(
                    f"`make {' '.join(goal)}` did not finish within {hours:g} hours"
                )

        return run_make(
            goal,
            cwd=os.fspath(repository),
            environ=environ,
            output=Output(slot.descriptor, slot.descriptor),
            check=check,
        )


def _failed(package: Package, goal: list[str], slot: ContribSlot) -> PortFailed:
    lines = [one for one in slot.log.read_text(errors="replace").splitlines() if one.strip()]
    return PortFailed(
        f"`make {' '.join(goal)}` failed",
        location=Location(str(package.repository / "Makefile")),
        trail=tuple(lines[-_TAIL:]),
        hint="fix it in the repository itself and run the command again",
    )
