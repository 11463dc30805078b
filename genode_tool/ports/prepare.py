"""Preparing ports: several at once, each in its own place, nothing half-made left behind.

Ports do not depend on each other; each has a thread, a log, and a lock that other processes
respect. A failed port does not touch the others.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, GenodeError, Location, UserError
from genode_tool.events import Event, Sink, discard
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.graph import File
from genode_tool.ports import confine, frame, recipes
from genode_tool.ports.description import PortDescription, describe, evaluate
from genode_tool.ports.events import (
    Outcome,
    PortEvent,
    PortFinished,
    PortsFinished,
    PortStarted,
    PortStep,
    PortWaiting,
)
from genode_tool.ports.fetch.problems import PortFailed, disk_problem
from genode_tool.ports.journal import remove_tree
from genode_tool.ports.scrubbed import recipe_environment
from genode_tool.ports.steps import Hands, Steps
from genode_tool.ports.store import Slot, Store
from genode_tool.ports.toolcheck import check_tools
from genode_tool.ports.world import Port, PortWorld

_LOCK_SECONDS = 4 * 3600.0
_PORT_SECONDS = 12 * 3600.0
_TAIL = 12


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a call wants ports prepared. `check_hash` false accepts an outdated hash file."""

    jobs: int = 1
    keep_going: bool = False
    force: bool = False
    check_hash: bool = True


@dataclass(frozen=True, slots=True)
class Prepared:
    """How the ports of a call ended, in the order of the call."""

    finished: tuple[PortFinished, ...]

    @property
    def ok(self) -> bool:
        """Whether all ports are there."""
        return all(one.outcome is not Outcome.FAILED for one in self.finished)

    @property
    def exit_code(self) -> int:
        """0: all are there; 1: a port failed; 2: only the environment or the input is wrong."""
        codes = [one.error.exit_code for one in self.finished if one.error is not None]
        return 1 if 1 in codes else max(codes, default=0)


HandsOf = Callable[[PortDescription, Sink], Hands]
"""Makes the hands for one port; the sink takes the events of its downloads."""


def prepare(
    world: PortWorld,
    names: Sequence[str],
    hands: HandsOf,
    wishes: Wishes = Wishes(),
    sink: Sink = discard,
) -> Prepared:
    """Prepare the ports `names`, `wishes.jobs` at a time, and tell how each ended.

    Raises `UserError` for a name that no port has, before anything is done.
    """
    ports = [world.port(name) for name in dict.fromkeys(names)]
    return _Call(world, hands, wishes, sink).run(ports)


@dataclass(slots=True)
class _Call:
    world: PortWorld
    hands: HandsOf
    wishes: Wishes
    sink: Sink
    ended: queue.SimpleQueue[Event | BaseException] = field(default_factory=queue.SimpleQueue)
    stop: bool = False

    def run(self, ports: Sequence[Port]) -> Prepared:
        began = time.monotonic()
        waiting = list(reversed(ports))
        finished: dict[str, PortFinished] = {}
        running = 0
        # The threads tell this one what happens, so that the sink is called by one thread only.
        # They are daemons: when this thread is interrupted, the process ends and they with it.
        while running or (waiting and not self.stop):
            while waiting and not self.stop and running < max(1, self.wishes.jobs):
                port = waiting.pop()
                thread = threading.Thread(target=self._work, args=(port,), daemon=True)
                thread.start()
                running += 1
            event = self.ended.get()
            if isinstance(event, BaseException):
                raise event
            self.sink(event)
            if isinstance(event, PortFinished):
                running -= 1
                finished[event.port] = event
                self.stop = event.outcome is Outcome.FAILED and not self.wishes.keep_going
        ends = [one.outcome for one in finished.values()]
        self.sink(
            PortsFinished(
                ends.count(Outcome.PREPARED),
                ends.count(Outcome.PRESENT),
                tuple(p.name for p in ports if p.name in finished and _failed(finished[p.name])),
                time.monotonic() - began,
                tuple(port.name for port in ports if port.name not in finished),
            )
        )
        return Prepared(tuple(finished[p.name] for p in ports if p.name in finished))

    def _work(self, port: Port) -> None:
        try:
            self.ended.put(
                PortPreparation(self.world, port, self.hands, self.wishes, self.ended.put).run()
            )
        except BaseException as error:  # the waiting thread must learn of it, whatever it is
            self.ended.put(error)


def _failed(end: PortFinished) -> bool:
    return end.outcome is Outcome.FAILED


@dataclass(slots=True)
class PortPreparation:
    """The preparation of one port, from its description to its place."""

    world: PortWorld
    port: Port
    hands: HandsOf
    wishes: Wishes
    sink: Sink
    began: float = field(default_factory=time.monotonic)

    def run(self) -> PortFinished:
        """Prepare the port; a failure is part of the result."""
        store = Store(self.world.contrib_dir)
        log = store.log_of(self.port.name)
        try:
            path = self.world.directory(self.port)
            if path.is_dir() and not self.wishes.force:
                return self._finished(Outcome.PRESENT, path)
            description = describe(self.world, self.port)
            self._check_hash(description)
            check_tools(description)
            with store.locked(self.port.name, path, self._waiting, _LOCK_SECONDS) as slot:
                if slot.complete and not self.wishes.force:
                    return self._finished(Outcome.PRESENT, path)
                self._make(description, slot)
        except GenodeError as error:
            return self._finished(Outcome.FAILED, None, error, log if log.is_file() else None)
        except OSError as error:
            where = Path(error.filename) if error.filename else self.world.contrib_dir
            problem = disk_problem(error, where)
            return self._finished(Outcome.FAILED, None, problem, log if log.is_file() else None)
        return self._finished(Outcome.PREPARED, path, None, log)

    def _finished(
        self,
        outcome: Outcome,
        path: Path | None,
        error: GenodeError | None = None,
        log: Path | None = None,
    ) -> PortFinished:
        seconds = time.monotonic() - self.began
        return PortFinished(self.port.name, outcome, path, seconds, error, log)

    def _waiting(self, owner: int) -> None:
        self.sink(PortWaiting(self.port.name, owner))

    def _check_hash(self, description: PortDescription) -> None:
        computed, recorded = description.computed_hash(), self.port.recorded_hash
        if computed != recorded and self.wishes.check_hash:
            raise UserError(
                f"port `{self.port.name}`: the hash file says {recorded}, the description and its "
                f"patches are {computed}",
                location=Location(str(self.port.hash_file)),
                hint=f"`genode port update-hash {self.port.name}` writes it, after a change that "
                "is meant",
            )

    # --- the work itself ----------------------------------------------------------------------

    def _make(self, description: PortDescription, slot: Slot) -> None:
        places = {str(one): one.directory for one in description.sources}
        journal = slot.journal()
        private = slot.log.with_name(f"{self.port.name}.tmp")
        try:
            journal.open(description.computed_hash(), places)
            self.sink(PortStarted(self.port.name, description.version, journal.finished))
            if private.exists():
                remove_tree(private)
            private.mkdir()
            environ = recipe_environment(self.world, private)
            output = Output(slot.descriptor, slot.descriptor)
            ev = evaluate(self.port, cwd=slot.incomplete, environ=environ)
            steps = Steps(
                description,
                slot.incomplete,
                self.world.genode_dir,
                ev,
                self.hands(description, self._fetch_event),
                self.sink,
                output.out,
            )
            with confine.Bench((slot.incomplete, private, slot.log)) as bench:
                status, failed = bench.run(
                    lambda: recipes.run(
                        ev,
                        journal,
                        output,
                        lambda target: bench.outside(lambda: steps.perform(target)),
                        lambda target: self.sink(PortStep(self.port.name, "make", target)),
                        _deadline(self.port.name),
                    )
                )
            if status:
                raise self._recipe_failed(slot, failed)
            slot.publish(journal)
        finally:
            journal.close()
            if private.exists():
                remove_tree(private)

    def _fetch_event(self, event: Event) -> None:
        self.sink(PortEvent(self.port.name, event))

    def _recipe_failed(self, slot: Slot, failed: File | None) -> PortFailed:
        lines = slot.log.read_text(errors="replace").splitlines()
        told = [line for line in lines if line.strip()][-_TAIL:]
        if failed is None or failed.recipe is None:
            reason = next((line for line in reversed(told) if "***" in line), "a rule failed")
            reason = reason.partition("*** ")[2] or reason
            return PortFailed(
                f"port `{self.port.name}`: {reason.rstrip()}",
                location=Location(str(self.port.path)),
                hint=f"{slot.incomplete} is the work so far",
            )
        place = failed.recipe.location
        where = "DIRS" if place.file == frame.NAME else f"`{failed.name}`"
        return PortFailed(
            f"port `{self.port.name}`: making {where} failed"
            + (f" ({failed.name.removeprefix('phony/dirs/')})" if where == "DIRS" else ""),
            location=Location(str(self.port.path)) if place.file == frame.NAME else place,
            trail=tuple(told),
            hint=f"{slot.incomplete} is the work so far",
        )


def _deadline(name: str) -> Callable[[], None]:
    end = time.monotonic() + _PORT_SECONDS

    def check() -> None:
        if time.monotonic() > end:
            raise EnvironmentProblem(
                f"port `{name}` is not prepared after {_PORT_SECONDS / 3600:g} hours"
            )

    return check
