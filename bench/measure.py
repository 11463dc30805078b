"""Measure commands side by side: the peers take turns, medians are compared, ratios printed.

Needs nothing but the standard library, so that a benchmark's own start-up does not depend on
what it measures. Times are in seconds: wall time, processor time of the command and all its
children, and the part of it spent in user mode, which depends least on what else runs. Memory is
in KiB (the largest resident set that any process of the command reached, as wait4(2) reports it).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

RATIOS = ("wall", "cpu", "user")
RESULTS = "GENODE_BENCH_RESULTS"
"""The variable that names a file to which each case adds a line of JSON; see `bench/all.py`."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One of the commands to compare. `prepare` runs untimed before each measured call."""

    name: str
    argv: Sequence[str]
    cwd: Path
    prepare: Callable[[], None] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured call."""

    seconds: float
    cpu_seconds: float
    peak_kib: int
    user_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured, and by whom; the first peer is the yardstick of the ratios."""

    title: str
    peers: Sequence[Peer]
    rounds: int = 5


def _environment() -> dict[str, str]:
    """Return our environment without what keeps Python from remembering compiled modules."""
    return {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}


def call(peer: Peer) -> Sample:
    """Run the command once and return what it cost. Ends the program if the command fails."""
    if peer.prepare:
        peer.prepare()
    start = time.monotonic()
    child = subprocess.Popen(
        peer.argv,
        cwd=peer.cwd,
        env={**_environment(), **peer.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.stderr.write(output.decode(errors="replace"))
        sys.exit(f"`{' '.join(peer.argv)}` failed with {child.returncode}: nothing to compare")
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, usage.ru_utime)


def compare(case: Case) -> dict[str, list[Sample]]:
    """Measure all peers of `case` in turn, print one row for each, return the samples."""
    samples: dict[str, list[Sample]] = {peer.name: [] for peer in case.peers}
    for _ in range(case.rounds):
        for peer in case.peers:
            samples[peer.name].append(call(peer))
    report(f"{case.title} (median of {case.rounds})", samples)
    keep(case.title, samples)
    return samples


def keep(title: str, samples: Mapping[str, Sequence[Sample]]) -> None:
    """Add the medians of a case to the file of results, if there is one."""
    if RESULTS not in os.environ:
        return
    peers = []
    for name, taken in samples.items():
        wall, cpu, user, peak = _medians(taken)
        peers.append({"name": name, "wall": wall, "cpu": cpu, "user": user, "peak": peak})
    rounds = max(len(taken) for taken in samples.values())
    with Path(os.environ[RESULTS]).open("a") as file:
        file.write(json.dumps({"title": title, "rounds": rounds, "peers": peers}) + "\n")


def _medians(taken: Sequence[Sample]) -> tuple[float, float, float, float]:
    """Return wall time, processor time and the part in user mode in seconds, memory in MiB."""
    return (
        statistics.median(one.seconds for one in taken),
        statistics.median(one.cpu_seconds for one in taken),
        statistics.median(one.user_seconds for one in taken),
        statistics.median(one.peak_kib for one in taken) / 1024,
    )


def report(title: str, samples: Mapping[str, Sequence[Sample]]) -> None:
    """Print medians and their ratios; the first peer is the yardstick."""
    print(f"\n{title}")
    heads = ("wall s", "cpu s", "user s", "peak MiB")
    print(f"  {'':24}", *(f"{head:>9}" for head in heads), *(f"{head:>8}" for head in RATIOS))
    first: tuple[float, ...] | None = None
    for name, taken in samples.items():
        wall, cpu, user, peak = _medians(taken)
        mine = (wall, cpu, user)
        first = first or mine
        ratios = " ".join(f"{_ratio(one, of):>8}" for one, of in zip(mine, first, strict=True))
        print(f"  {name:24} {wall:9.3f} {cpu:9.3f} {user:9.3f} {peak:9.1f} {ratios}")
    sys.stdout.flush()


def _ratio(mine: float, yardstick: float) -> str:
    """Return how a figure relates to the yardstick; a small part as 1/N."""
    if mine and yardstick / mine >= 3:
        return f"1/{yardstick / mine:.1f}"
    return f"{mine / yardstick:.2f}" if yardstick else "-"
