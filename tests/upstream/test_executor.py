"""Our executor, asked what it would do in a leaf, answers in make's words and order."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upstream.configurations import Configuration
from tests.upstream.conftest import Figure
from tests.upstream.dryrun import DryRuns
from tests.upstream.judge import run_make
from tests.upstream.original import Call, Original

_COUNT = 30
_SEED = 5
_ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(1800)
def test_the_executor_answers_as_make(
    tree: Path, work: Path, original: Original, configuration: Configuration, figure: Figure
) -> None:
    runs = DryRuns(original)
    # A recipe that calls make is run even when only asked for; such leaves stay out.
    found = {key: run for key, run in runs.all().items() if not run.failed}
    calls, environment = original.calls()
    usable = [call for call in calls if (call.kind, call.name) in found]
    chosen = random.Random(_SEED).sample(usable, min(_COUNT, len(usable)))
    runs.place_all()
    wrong = []
    lines = 0
    for call in chosen:
        runs.without(call)
        printed, complaints, status = run_make(
            ("-n", "-k", *call.arguments), original.build_dir, environment
        )
        ours = _run_ours(call, original.build_dir, environment)
        runs.again(call)
        lines += len(printed.splitlines())
        theirs = (printed.splitlines(), _messages(complaints), status)
        mine = (ours.stdout.splitlines(), _messages(ours.stderr), ours.returncode)
        if theirs != mine:
            wrong.append(f"{call.kind}:{call.name}: {_first_difference(theirs, mine)}")
    (work / f"{tree.name}-{configuration.name}-executor.txt").write_text("\n".join(wrong) + "\n")
    figure(f"{len(chosen)} leaves, {lines} lines, {len(wrong)} leaves differ")
    assert chosen
    assert wrong == []


def _run_ours(
    call: Call, build_dir: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "genode_tool.makefile", "-n", "-k", *call.arguments),
        cwd=build_dir,
        env={**environment, "PYTHONPATH": str(_ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=300,
        check=False,
    )


def _messages(text: str) -> list[str]:
    """Return the messages of make alone: programs that it starts print in an order of theirs."""
    return sorted(line for line in text.splitlines() if line.startswith("make: ***"))


def _first_difference(
    theirs: tuple[list[str], list[str], int], ours: tuple[list[str], list[str], int]
) -> str:
    if theirs[2] != ours[2]:
        return f"status {theirs[2]} / {ours[2]}: {theirs[1][:2]} / {ours[1][:2]}"
    for left, right in ((theirs[0], ours[0]), (theirs[1], ours[1])):
        for number, (one, other) in enumerate(zip(left, right, strict=False)):
            if one != other:
                return f"line {number + 1}: {one[:300]!r} / {other[:300]!r}"
        if len(left) != len(right):
            return f"{len(left)} lines / {len(right)} lines"
    return ""
