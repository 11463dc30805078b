"""A worker: runs one scenario for `genode_tool.run.engine.parallel` and reports to it."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import time

from genode_tool.errors import GenodeError
from genode_tool.events import Event, Sink
from genode_tool.run.engine.parallel import Job, pack
from genode_tool.run.verdict import Outcome, Verdict


def main(pipe: int) -> int:
    """Run the job that stands on standard input, report to `pipe`; return the exit status."""
    job = pickle.load(sys.stdin.buffer)
    assert isinstance(job, Job)
    os.set_inheritable(pipe, False)  # no program of a script holds it open when we are gone
    started = time.monotonic()

    def report(message: Event | Verdict) -> None:
        data = pack(message)
        with contextlib.suppress(BrokenPipeError):  # the parent is gone, and we soon will be
            while data:
                data = data[os.write(pipe, data) :]

    try:
        report(_run(job, report))
    except KeyboardInterrupt:
        return 130
    except GenodeError as error:
        report(_refused(job, error, time.monotonic() - started))
    return 0


def _run(job: Job, report: Sink) -> Verdict:
    from genode_tool.run.engine.scenarios import run_scenarios
    from genode_tool.tree import BuildDirectory

    directory = BuildDirectory.open(job.build_dir, dict(job.overrides))
    (verdict,) = run_scenarios(directory, (job.name,), job.options, report)
    return verdict


def _refused(job: Job, error: GenodeError, seconds: float) -> Verdict:
    """Return the verdict for a scenario that could not even be started."""
    return Verdict(
        name=job.name.removeprefix("run/"),
        kernel=job.overrides.get("KERNEL", ""),
        board=job.overrides.get("BOARD", ""),
        outcome=Outcome.ERROR,
        exit_code=error.exit_code,
        reason=error.message,
        seconds=seconds,
        record=None,
        location=error.location,
        trail=error.trail,
        hint=error.hint,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
