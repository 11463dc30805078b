"""Runs ninja, and turns its output into events.

Ninja prints one status line per finished step, then the step's output; a failing step adds
`FAILED: …` and its command. `NINJA_STATUS` puts a mark before each status line, so that
nothing a compiler prints is taken for one.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path

from genode_tool import process
from genode_tool.building.events import BuildStepFailed, BuildStepFinished
from genode_tool.building.ninja.jobserver import NO_JOBSERVER, is_client, jobserver, path_with_ninja
from genode_tool.building.ninja.program import own_ninja
from genode_tool.building.ninja.static_analysis import ANALYZER_PREFIX, under_analyzer
from genode_tool.building.ninja.syntax import LAUNCH, MANIFEST, QUIET
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Note, Sink
from genode_tool.record import field, record
from genode_tool.regex import regex
from genode_tool.tree.compiler_launcher import STEP_VARIABLE

_MARK = "\x1e"
_STATUS = f"{_MARK}%f {_MARK}%t {_MARK}%r {_MARK}"
_LINE = regex(f"{_MARK}(\\d+) {_MARK}(\\d+) {_MARK}(\\d+) {_MARK}(.*)", re.DOTALL)
_FAILED = regex(r"FAILED: (?:\[code=(\d+)\] )?(.*)")
_DESCRIPTION = regex(r"\[([^\]]*)\] (.*)", re.DOTALL)
_END_SECONDS = 20.0
_NO_COMPLAINTS = (
    "no work to do",
    "build stopped: subcommand",
    "Entering",
    "Jobserver mode",
    "warning: Jobserver",
)


SessionNote = Callable[[int], None]
"""Called with the session of the steps when it begins, and with 0 when it has ended."""


@record
class NinjaOutcome:
    """The outcome of a run of ninja: finished steps, failed steps, and ninja's own errors."""

    ok: bool
    steps: int
    failures: tuple[BuildStepFailed, ...]
    complaint: str


@record(frozen=False)
class _Step:
    leaf: str = ""
    text: str = ""
    number: int = 0
    total: int = 0
    running: int = 0
    output: list[str] = field(default_factory=list)
    command: str | None = None
    failed: bool = False
    code: int | None = None


class StatusReader:
    """Turns the lines that ninja prints into events."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._step: _Step | None = None
        self.steps = 0
        self.failures: list[BuildStepFailed] = []
        self.complaints: list[str] = []

    def feed(self, line: str) -> None:
        """Take one line, without its newline."""
        match = _LINE.fullmatch(line)
        if match:
            self._flush()
            number, total, running = (int(match.group(index)) for index in (1, 2, 3))
            leaf, text = split_description(match.group(4))
            self._step = _Step(leaf, text, number, total, running)
            return
        if line.startswith(ANALYZER_PREFIX):
            self._flush()
            self._sink(Note(line.removeprefix(ANALYZER_PREFIX)))
            return
        if line.startswith("ninja: "):
            self._flush()
            words = line.removeprefix("ninja: ")
            if not words.startswith(_NO_COMPLAINTS):
                self.complaints.append(words.removeprefix("error: "))
            return
        step = self._step
        if step is None:
            if line.strip():
                self.complaints.append(line)
            return
        failed = _FAILED.fullmatch(line)
        # Only the first such line is ninja's; a step may print one of its own, too.
        if failed and not step.failed:
            step.failed = True
            step.code = int(failed.group(1)) if failed.group(1) else None
        # ninja prints the command on the line after `FAILED:`.
        elif step.failed and step.command is None:
            step.command = line
        else:
            step.output.append(line)

    def finish(self) -> None:
        """Send the event of the last step."""
        self._flush()

    def _flush(self) -> None:
        step, self._step = self._step, None
        if step is None:
            return
        output = "\n".join(step.output)
        if step.failed:
            self.failures.append(
                BuildStepFailed(
                    step.leaf,
                    step.text.removeprefix(QUIET),
                    step.command or "",
                    output,
                    step.code,
                )
            )
            return
        self.steps += 1
        self._sink(
            BuildStepFinished(
                step.leaf,
                step.text.removeprefix(QUIET),
                step.number,
                step.total,
                step.running,
                output,
                step.text.startswith(QUIET),
            )
        )


def split_description(text: str) -> tuple[str, str]:
    """Return the leaf and the text of a step's description."""
    match = _DESCRIPTION.fullmatch(text)
    return (match.group(1), match.group(2)) if match else ("", text)


def ninja_program() -> str:
    """Return the path of ninja. Raises `EnvironmentProblem` when there is none."""
    own = own_ninja()
    if own is not None:
        return own.program
    found = process.find_program("ninja")
    if found is None:
        raise EnvironmentProblem(
            "the program `ninja` is missing", hint="`genode doctor` shows how to install it"
        )
    return str(found)


def run_ninja(
    build_dir: Path,
    targets: Iterable[str],
    environment: Mapping[str, str],
    sink: Sink,
    *,
    jobs: int,
    keep_going: bool = False,
    manifest: Path | None = None,
    verbose: bool = False,
    started: SessionNote | None = None,
) -> NinjaOutcome:
    """Bring `targets` of the build directory's ninja file up to date.

    At most `jobs` jobs run at a time, those that `make` and the like start within a step
    included. With `manifest`, another ninja file, steps are only told, with their commands (ninja's
    dry run). A `KeyboardInterrupt` lets ninja end its steps, then goes on to the caller.
    """
    dry_run = manifest is not None
    prefix, environment = ([], environment) if dry_run else under_analyzer(build_dir, environment)
    program = ninja_program()
    argv = [*prefix, program, "-f", str(manifest or MANIFEST)]
    argv += ["-k", "0"] if keep_going else []
    argv += ["-n"] if dry_run else []
    argv += ["-v"] if verbose or dry_run else []
    env = {**environment, "NINJA_STATUS": _STATUS, "TERM": "dumb"}
    serving = _takes_tokens() and not dry_run
    if serving:
        env["PATH"] = path_with_ninja(build_dir / "var/genode", program, env.get("PATH", ""))
    with jobserver(jobs) if serving else nullcontext(NO_JOBSERVER) as server:
        argv += [] if serving else ["-j", str(jobs)]  # with -j it would leave the jobserver
        child = process.spawn(
            [*argv, *targets],
            cwd=build_dir,
            env={**env, **server.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=server.descriptors,
            gated=True,
        )
        return _watched(child, sink, environment, started)


def _takes_tokens() -> bool:
    """Return whether ninja is a client of jobservers."""
    own = own_ninja()
    return own is not None and is_client(own.version)


def _watched(
    child: process.Child,
    sink: Sink,
    environment: Mapping[str, str],
    started: SessionNote | None,
) -> NinjaOutcome:
    """Follow a running ninja to its end."""
    if started is not None:
        started(child.pid)
    reader = StatusReader(sink)
    launcher = f"{environment[STEP_VARIABLE]} " if STEP_VARIABLE in environment else ""
    assert child.stdout is not None
    try:
        for raw in child.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            reader.feed(line.replace(LAUNCH, launcher))
        code = child.wait()
    except BaseException:
        # SIGINT first: ninja then deletes the outputs of the steps that it interrupts.
        process.kill_group(child, signal.SIGINT)
        try:
            child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill_group(child)
            child.wait()
        raise
    finally:
        if started is not None and child.poll() is not None:
            started(0)
    reader.finish()
    return NinjaOutcome(
        code == 0, reader.steps, tuple(reader.failures), "\n".join(reader.complaints)
    )
