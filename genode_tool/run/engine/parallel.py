"""Runs several scenarios at a time, each in a copy of this process.

Scenarios of one name (on two kernels) never run at once: they share the directory of their record.
What all of them need is built before the first one starts, so that the workers' own builds find
nothing to do. Those that took longest the last time begin first.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import GenodeError
from genode_tool.events import Note, Sink, Warned, discard
from genode_tool.fork import Copy
from genode_tool.run.engine.worker import Job, start_worker, take, warm_up
from genode_tool.run.events import (
    PhaseEnded,
    PhaseStarted,
    RunEvent,
    ScenarioEnded,
    ScenarioStarted,
)
from genode_tool.run.record.run_record import last_seconds
from genode_tool.run.scenario.time_limit import backstop
from genode_tool.run.verdict import Outcome, Verdict

_END_SECONDS = 10.0
_QUEUE_BYTES = 65536
_OWN = (ScenarioStarted, ScenarioEnded)  # the pool itself reports them


@dataclass(slots=True)
class _Worker:
    job: Job
    index: int
    copy: Copy
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

    Ctrl-C ends all machines and raises `KeyboardInterrupt`.
    """
    for path, overrides in dict.fromkeys(_configuration(job) for job in jobs):
        _build_ahead([job for job in jobs if _configuration(job) == (path, overrides)], sink)
    warm_up(jobs)
    return _Pool(jobs, at_once, sink).run()


def _configuration(job: Job) -> tuple[Path, tuple[tuple[str, str], ...]]:
    return job.build_dir.path, tuple(sorted(job.build_dir.overrides.items()))


def _build_ahead(jobs: Sequence[Job], sink: Sink) -> None:
    """Build what the scenarios will ask for; errors are left to the workers' own builds."""
    from genode_tool.building import make
    from genode_tool.run.engine.scenarios import plan_scenarios

    directory, options = jobs[0].build_dir, jobs[0].options
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
        at_once: int,
        sink: Sink,
    ) -> None:
        # What nobody knows anything about may take long: it comes first.
        self._waiting = sorted(enumerate(jobs), key=_seconds_of_last_run, reverse=True)
        self._total = len(jobs)
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
        directory = job.build_dir
        self._sink(
            ScenarioStarted(
                *(job.short_name, job.script, directory.kernel, directory.board),
                *(index + 1, self._total),
            )
        )
        copy, pipe = start_worker(job)
        worker = _Worker(job, index, copy, pipe, time.monotonic())
        self._running.append(worker)
        self._selector.register(pipe, selectors.EVENT_READ, worker)

    def _timeout(self) -> float | None:
        """Return the seconds until the first worker is over, None when none ever is."""
        ends = [one.deadline for one in self._running if one.deadline is not None]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _end_the_hung(self) -> None:
        now = time.monotonic()
        for worker in tuple(self._running):
            if worker.deadline is not None and worker.deadline <= now:
                worker.hung = True
                process.kill_session(worker.copy.pid)
                self._end(worker)

    def _listen(self, worker: _Worker) -> None:
        data = os.read(worker.pipe, _QUEUE_BYTES)
        worker.pending += data
        while (message := take(worker.pending)) is not None:
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
        # The pipe closes before the process exits; killed too early, it would lose its status.
        worker.copy.wait(_END_SECONDS)
        process.kill_session(worker.copy.pid)
        verdict = worker.verdict or self._lost(worker)
        self._verdicts[worker.index] = verdict
        self._sink(ScenarioEnded(verdict.name, verdict))

    def _lost(self, worker: _Worker) -> Verdict:
        """Return the verdict for a worker that ended without giving one."""
        from genode_tool.run.machine.exit_status import describe_status

        directory = worker.job.build_dir
        status = worker.copy.poll()
        how = "closed its pipe but is still running" if status is None else describe_status(status)
        if worker.hung:
            how = f"hung in {worker.doing or 'the run script'} and did not react"
        outcome = Outcome.TIMEOUT if worker.hung else Outcome.ERROR
        return Verdict(
            name=worker.job.short_name,
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
            worker.copy.interrupt()
        deadline = Deadline.after(_END_SECONDS)
        for worker in self._running:
            worker.copy.wait(deadline.bounded(_END_SECONDS))
            process.kill_session(worker.copy.pid)
            os.close(worker.pipe)


def _place(job: Job) -> tuple[Path, str]:
    return job.build_dir.path, job.short_name


def _seconds_of_last_run(entry: tuple[int, Job]) -> float:
    _, job = entry
    return last_seconds(job.build_dir.path / "var/run" / job.short_name)
