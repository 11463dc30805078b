"""A worker of `parallel`: runs one scenario in a copy of that process and reports to it.

Its events and, in the end, the verdict go through a pipe as pickles.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, GenodeError
from genode_tool.events import Event, discard
from genode_tool.fork import Copy, start_copy
from genode_tool.run.engine.frontend import is_python
from genode_tool.run.engine.scenarios import run_scenarios
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Outcome, Verdict
from genode_tool.tree import BuildDirectory

_LENGTH_BYTES = 4
_IN_EVERY_RUN = (
    "genode_tool.config.syntax.xml_reader",
    "genode_tool.run.console.streams",
    "lxml.etree",
    "elftools.elf.elffile",
)


@dataclass(frozen=True, slots=True)
class Job:
    """A scenario for a worker: where, the file that describes it, and how to run it."""

    build_dir: BuildDirectory
    name: str
    script: Path
    options: RunOptions

    @property
    def short_name(self) -> str:
        """The scenario's name in reports and records."""
        return self.name.removeprefix("run/")


def warm_up(jobs: Sequence[Job]) -> None:
    """Import what workers need, so that their copies of this process have it."""
    from genode_tool.run.boot.select import select_style
    from genode_tool.run.context.tree_build import TreeBuild

    for name in _IN_EVERY_RUN:
        import_module(name)
    for job in {one.build_dir.kernel: one for one in jobs}.values():
        with contextlib.suppress(GenodeError):  # which its own worker tells
            select_style(TreeBuild(job.build_dir, job.options, discard))
    if not all(is_python(job.script) for job in jobs):
        import_module("genode_tool.run.tcl.frontend")
        with contextlib.suppress(ImportError):  # so, too
            import_module("tkinter")


def start_worker(job: Job) -> tuple[Copy, int]:
    """Start a worker; return it and the descriptor of the pipe that its messages come through.

    Raises `OSError` when there are no more processes or descriptors.
    """
    ours, theirs = os.pipe()
    try:
        return start_copy(partial(_work, job, theirs), keep=(theirs,)), ours
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)


def take(pending: bytearray) -> Event | Verdict | None:
    """Take a worker's first complete message out of `pending`; None when there is none yet."""
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


def _work(job: Job, pipe: int) -> int:
    """Run the job, report to `pipe`; return the exit status."""
    started = time.monotonic()

    def report(message: Event | Verdict) -> None:
        data = pickle.dumps(message)
        data = len(data).to_bytes(_LENGTH_BYTES, "little") + data
        with contextlib.suppress(BrokenPipeError):  # the parent is gone, and we soon will be
            while data:
                data = data[os.write(pipe, data) :]

    try:
        (verdict,) = run_scenarios(job.build_dir, (job.name,), job.options, report)
    except GenodeError as error:
        verdict = _refused(job, error, time.monotonic() - started)
    report(verdict)
    return 0


def _refused(job: Job, error: GenodeError, seconds: float) -> Verdict:
    """Return the verdict for a scenario that could not even be started."""
    return Verdict(
        name=job.short_name,
        kernel=job.build_dir.kernel,
        board=job.build_dir.board,
        outcome=Outcome.ERROR,
        exit_code=error.exit_code,
        reason=error.message,
        seconds=seconds,
        record=None,
        location=error.location,
        trail=error.trail,
        hint=error.hint,
    )
