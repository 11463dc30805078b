"""Runs several scenarios at a time, each in a process of its own.

A worker (`python -m genode_tool.run`) gets one scenario as a pickle on its standard input and sends
its events, and in the end the verdict, as pickles through a pipe. Scenarios of one name
(on two kernels) never run at once: they share the directory of their record. What all of them
need is built before the first one starts, so that the workers' own builds find nothing to do.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, GenodeError
from genode_tool.events import Event, Note, Sink, Warned, discard
from genode_tool.run.context.run_scripts import find_scenario
from genode_tool.run.events import (
    PhaseEnded,
    PhaseStarted,
    RunEvent,
    ScenarioEnded,
    ScenarioStarted,
)
from genode_tool.run.options import RunOptions
from genode_tool.run.scenario.time_limit import backstop
from genode_tool.run.verdict import Outcome, Verdict
from genode_tool.tree import BuildDirectory

_LENGTH_BYTES = 4
_END_SECONDS = 10.0
_QUEUE_BYTES = 65536
_OWN = (ScenarioStarted, ScenarioEnded)  # the pool itself reports them


@dataclass(frozen=True, slots=True)
class Job:
    """A scenario for a worker: where, with which variables of the configuration, and how."""

    build_dir: Path
    overrides: Mapping[str, str]
    name: str
    options: RunOptions


@dataclass(slots=True)
class _Worker:
    job: Job
    index: int
    child: process.Child
    pipe: int
    started: float
    pending: bytearray = field(default_factory=bytearray)
    verdict: Verdict | None = None
    doing: str = ""
    hung: bool = False

    @property
    def deadline(self) -> float | None:
        """When the worker is killed (`time.monotonic`); it should have exited long before."""
        seconds = backstop(self.job.options)
        return None if seconds is None else self.started + seconds


def run_jobs(jobs: Sequence[Job], at_once: int, sink: Sink) -> list[Verdict]:
    """Run scenarios, `at_once` at a time; return their verdicts in the order of `jobs`.

    Raises `UserError` for an unknown scenario, before any has started. Ctrl-C ends all
    machines and raises `KeyboardInterrupt`.
    """
    directories = {
        key: BuildDirectory.open(key[0], dict(key[1]))
        for key in dict.fromkeys(_key(job) for job in jobs)
    }
    for job in jobs:
        find_scenario(directories[_key(job)].repositories, job.name)
    for key, directory in directories.items():
        _build_ahead(directory, [job for job in jobs if _key(job) == key], sink)
    return _Pool(jobs, directories, at_once, sink).run()


_Key = tuple[Path, tuple[tuple[str, str], ...]]


def _key(job: Job) -> _Key:
    return job.build_dir, tuple(sorted(job.overrides.items()))


def _build_ahead(directory: BuildDirectory, jobs: Sequence[Job], sink: Sink) -> None:
    """Build what the scenarios will ask for; errors are left to the workers' own builds."""
    from genode_tool.building import make
    from genode_tool.run.engine.scenarios import plan_scenarios

    options = jobs[0].options
    if options.skip_build:
        return
    plans = plan_scenarios(directory, [job.name for job in jobs], options, discard)
    goals = dict.fromkeys(goal for _, plan in plans for goal in plan.goals)
    if goals:
        with contextlib.suppress(GenodeError):
            make(directory, tuple(goals), jobs=options.jobs or None, keep_going=True, sink=sink)


class _Pool:
    def __init__(
        self,
        jobs: Sequence[Job],
        directories: Mapping[_Key, BuildDirectory],
        at_once: int,
        sink: Sink,
    ) -> None:
        self._waiting = list(enumerate(jobs))
        self._total = len(jobs)
        self._directories = directories
        self._at_once = at_once
        self._sink = sink
        self._running: list[_Worker] = []
        self._verdicts: dict[int, Verdict] = {}
        self._selector = selectors.DefaultSelector()

    def run(self) -> list[Verdict]:
        try:
            while self._waiting or self._running:
                self._start_more()
                for key, _ in self._selector.select(self._timeout()):
                    self._listen(key.data)
                self._end_the_hung()
        except BaseException:
            self._abort()
            raise
        finally:
            self._selector.close()
        return [self._verdicts[index] for index in range(self._total)]

    def _start_more(self) -> None:
        for entry in tuple(self._waiting):
            if len(self._running) >= self._at_once:
                return
            index, job = entry
            if any(_place(one.job) == _place(job) for one in self._running):
                continue
            self._waiting.remove(entry)
            self._start(index, job)

    def _start(self, index: int, job: Job) -> None:
        directory = self._directories[_key(job)]
        script = find_scenario(directory.repositories, job.name)
        name = job.name.removeprefix("run/")
        self._sink(
            ScenarioStarted(name, script, directory.kernel, directory.board, index + 1, self._total)
        )
        ours, theirs = os.pipe()
        try:
            child = process.spawn(
                (sys.executable, "-m", "genode_tool.run", str(theirs)),
                # With the paths of this process, the worker imports the same tool as we did.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.PIPE,
                pass_fds=(theirs,),
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end is noticed on the other pipe
            child.stdin.write(pickle.dumps(job))
            child.stdin.close()
        worker = _Worker(job, index, child, ours, time.monotonic())
        self._running.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)

    def _timeout(self) -> float | None:
        """Return the seconds until the first worker is over, None when none ever is."""
        ends = [one.deadline for one in self._running if one.deadline is not None]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _end_the_hung(self) -> None:
        now = time.monotonic()
        for worker in tuple(self._running):
            if worker.deadline is not None and worker.deadline <= now:
                worker.hung = True
                process.kill_group(worker.child)
                self._end(worker)

    def _listen(self, worker: _Worker) -> None:
        data = os.read(worker.pipe, _QUEUE_BYTES)
        worker.pending += data
        while (message := _take(worker.pending)) is not None:
            if isinstance(message, Verdict):
                worker.verdict = message
            elif isinstance(message, RunEvent | Note | Warned) and not isinstance(message, _OWN):
                if isinstance(message, PhaseStarted | PhaseEnded):
                    worker.doing = message.phase.value if isinstance(message, PhaseStarted) else ""
                self._sink(message)  # the worker's build has nothing to report: all is built
        if not data:
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        self._running.remove(worker)
        with contextlib.suppress(subprocess.TimeoutExpired):
            # The pipe closes before the process exits; killed too early, it would lose its status.
            worker.child.wait(_END_SECONDS)
        process.kill_group(worker.child)
        verdict = worker.verdict or self._lost(worker)
        self._verdicts[worker.index] = verdict
        self._sink(ScenarioEnded(verdict.name, verdict))

    def _lost(self, worker: _Worker) -> Verdict:
        """Return the verdict for a worker that ended without giving one."""
        from genode_tool.run.machine.exit_status import describe_status

        directory = self._directories[_key(worker.job)]
        status = worker.child.poll()
        how = "closed its pipe but is still running" if status is None else describe_status(status)
        if worker.hung:
            how = f"hung in {worker.doing or 'the run script'} and did not react"
        outcome = Outcome.TIMEOUT if worker.hung else Outcome.ERROR
        return Verdict(
            name=worker.job.name.removeprefix("run/"),
            kernel=directory.kernel,
            board=directory.board,
            outcome=outcome,
            exit_code=outcome.exit_code,
            reason=f"the process that ran the scenario {how}",
            seconds=time.monotonic() - worker.started,
            record=None,
            hint="run the scenario alone to see its messages",
        )

    def _abort(self) -> None:
        for worker in self._running:
            with contextlib.suppress(ProcessLookupError):
                worker.child.send_signal(signal.SIGINT)
        deadline = Deadline.after(_END_SECONDS)
        for worker in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.child.wait(deadline.bounded(_END_SECONDS))
            process.kill_group(worker.child)
            os.close(worker.pipe)


def _place(job: Job) -> tuple[Path, str]:
    return job.build_dir, job.name.removeprefix("run/")


def pack(message: Event | Verdict) -> bytes:
    """Return a message of a worker as bytes: its length in four bytes, then the pickle."""
    data = pickle.dumps(message)
    return len(data).to_bytes(_LENGTH_BYTES, "little") + data


def _take(pending: bytearray) -> Event | Verdict | None:
    """Take the first complete message out of `pending`; None when there is none yet."""
    if len(pending) < _LENGTH_BYTES:
        return None
    end = _LENGTH_BYTES + int.from_bytes(pending[:_LENGTH_BYTES], "little")
    if len(pending) < end:
        return None
    # from a process of our own: nobody else has the other end of the pipe
    message = pickle.loads(pending[_LENGTH_BYTES:end])
    del pending[:end]
    if not isinstance(message, Event | Verdict):
        raise EnvironmentProblem(f"a worker sent {type(message).__name__}: wanted events")
    return message
