"""Preparing ports: several in parallel, each in its own directory, published when complete.

Ports do not depend on each other; each has a thread, a log, and a lock that other processes
respect. A failed port does not touch the others.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from genode_tool.events import Event, Sink, discard
from genode_tool.orphans import no_orphans
from genode_tool.ports.events import PortFinished, PortOutcome, PortsFinished
from genode_tool.ports.preparation.port import PortPreparation, PreparationOptions, ToolsFor
from genode_tool.ports.store.collection import Port, PortCollection

_USUAL = PreparationOptions()


@dataclass(frozen=True, slots=True)
class Prepared:
    """The results of a call, one per port, in the order of the call."""

    finished: tuple[PortFinished, ...]

    @property
    def ok(self) -> bool:
        """True if all ports are prepared."""
        return all(one.outcome is not PortOutcome.FAILED for one in self.finished)

    @property
    def exit_code(self) -> int:
        """0: all are prepared; 1: a port failed; 2: only the environment or the input is wrong."""
        codes = [one.error.exit_code for one in self.finished if one.error is not None]
        return 1 if 1 in codes else max(codes, default=0)


def prepare(
    collection: PortCollection,
    names: Sequence[str],
    tools: ToolsFor,
    options: PreparationOptions = _USUAL,
    sink: Sink = discard,
) -> Prepared:
    """Prepare the ports `names`, `options.jobs` at a time, and return how each ended.

    Raises `UserError` for a name that no port has, before anything is done.
    """
    ports = [collection.port(name) for name in dict.fromkeys(names)]
    with no_orphans():
        return _Call(collection, tools, options, sink).run(ports)


@dataclass(slots=True)
class _Call:
    collection: PortCollection
    tools: ToolsFor
    options: PreparationOptions
    sink: Sink
    ended: queue.SimpleQueue[Event | BaseException] = field(default_factory=queue.SimpleQueue)
    stop: bool = False

    def run(self, ports: Sequence[Port]) -> Prepared:
        began = time.monotonic()
        waiting = list(reversed(ports))
        finished: dict[str, PortFinished] = {}
        running = 0
        # The threads report to this one, so that the sink is called by one thread only.
        # They are daemons: when this thread is interrupted, the process ends and they with it.
        while running or (waiting and not self.stop):
            while waiting and not self.stop and running < max(1, self.options.jobs):
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
                self.stop = event.outcome is PortOutcome.FAILED and not self.options.keep_going
        ends = [one.outcome for one in finished.values()]
        self.sink(
            PortsFinished(
                ends.count(PortOutcome.PREPARED),
                ends.count(PortOutcome.PRESENT),
                tuple(p.name for p in ports if p.name in finished and _failed(finished[p.name])),
                time.monotonic() - began,
                tuple(port.name for port in ports if port.name not in finished),
                ends.count(PortOutcome.DOWNLOADED),
            )
        )
        return Prepared(tuple(finished[p.name] for p in ports if p.name in finished))

    def _work(self, port: Port) -> None:
        try:
            self.ended.put(
                PortPreparation(
                    self.collection, port, self.tools, self.options, self.ended.put
                ).run()
            )
        except BaseException as error:  # raised by the waiting thread
            self.ended.put(error)


def _failed(end: PortFinished) -> bool:
    return end.outcome is PortOutcome.FAILED
