"""One attempt after the other, each with a bound on its time."""

from __future__ import annotations

import itertools
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from genode_tool.errors import GenodeError
from genode_tool.sandbox.policy import Policy, confine_thread
from tests.attack.fuzz.subjects import Subject, subjects

NAMES = ("makefile", "hid", "xml", "port", "script")
"""The subjects."""

LONGEST_SECONDS = 10.0
_MEMORY = 4 << 30  # bytes


class TooSlow(BaseException):
    """An attempt took longer than `LONGEST_SECONDS` of the processor's time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What must not happen, and the input that made it happen."""

    what: str
    text: bytes


def fault_of(subject: Subject, text: bytes) -> Fault | None:
    """Return the fault that `text` shows: an exception of the wrong kind, or no end."""
    try:
        with _bounded():
            subject.attempt(text)
    except GenodeError as error:
        if "\n" in error.message.strip():
            return Fault(f"a message of several lines: {error.message!r}", text)
    except TooSlow:
        return Fault(f"no end: {_last_place()}", text)
    except Exception:
        return Fault(traceback.format_exc(), text)
    return None


def _last_place() -> str:
    return traceback.format_exc(limit=-12)


@contextmanager
def _bounded() -> Iterator[None]:
    """Bound the time of the processor, so that a busy machine does not make an attempt slow."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def confine(place: Path) -> None:
    """Let this process write nowhere but to `place` from now on, and bound its memory."""
    tempfile.tempdir = str(place)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    if not confine_thread(Policy((place,), attributes=False)).complete:
        raise SystemExit("this kernel cannot confine damaged inputs")


def attempt_part(
    name: str, first: int, count: int, top: str, kept: str = ""
) -> tuple[int, int, float]:
    """Try `count` inputs from seed `first` on; return how many, the faults, the longest time.

    Before them, the files in the directory `name` of `kept` are tried.
    """
    told: set[str] = set()
    faults, longest = 0, 0.0
    old = sorted(path for path in Path(kept, name).glob("*")) if kept else []
    texts: list[tuple[str, bytes]] = [(path.name, path.read_bytes()) for path in old]
    place = Path(top, f"{name}-{first}")
    place.mkdir()
    confine(place)
    subject = subjects(place)[name]
    damaged = ((str(seed), subject.damage.text(seed)) for seed in range(first, first + count))
    for source, text in itertools.chain(texts, damaged):
        began = time.process_time()
        fault = fault_of(subject, text)
        longest = max(longest, time.process_time() - began)
        if fault is None:
            continue
        faults += 1
        kind = fault.what[-300:]
        if kind not in told:
            told.add(kind)
            print(f"{name} {source}: {fault.what}\n{fault.text[:2000]!r}\n", flush=True)
    return count + len(texts), faults, longest
