"""Runs a case under GNU make and under ours, and records the output and files of each.

A case file holds cases of one section of the manual. `=== NAME` starts a case; `--- Makefile`
and `--- file NAME` give files (later ones are newer), `--- dir NAME` a directory, `--- run ARGS`
one call (without any: one call without arguments), `--- env NAME=VALUE` the environment.
`--- words` compares standard error by its set of lines only, `--- nostderr` not at all.
An expression file (`.expr`) is a makefile, `---`, and lines that are each shown by `$(info)`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.makefile import ParseCache
from genode_tool.makefile.executor import run_make
from genode_tool.makefile.executor.output import Output

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = ParseCache()
OUR_MAKE = f"{shlex.quote(sys.executable)} -m genode_tool.makefile"
Said = tuple[int, str, str]
Call = Callable[[list[str], Path, dict[str, str]], Said]
_START = 1_600_000_000
_LONGEST_TICK_NS = 100_000_000
_REMOVED = re.compile(r"^rm (.*)$", re.MULTILINE)
# Both list their options in their own words.
_VERSION = re.compile(r"^GNU Make .*\nBuilt for .*\n(Copyright[\s\S]*?by law\.\n)?", re.MULTILINE)
_USAGE = re.compile(r"^Usage: [\s\S]*", re.MULTILINE)
_JOBS = re.compile(r" ?--jobserver-auth=[^\s\]']+| ?--sync-mutex=[^\s\]']+")


class JudgeCrashed(Exception):
    """GNU make itself died, such as at `$(let a b, ,…)`: it says nothing about what is right."""


@dataclass
class Case:
    """One makefile with its surroundings and the calls to compare."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    directories: list[str] = field(default_factory=list)
    runs: list[list[str]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    words: bool = False
    stderr: bool = True
    expression: bool = False


@dataclass(frozen=True)
class Result:
    """The results of the calls of a case."""

    runs: tuple[tuple[int, str, str], ...]
    files: dict[str, str]


def load(path: Path) -> Iterator[Case]:
    """Yield the cases of a case file."""
    case: Case | None = None
    current: list[str] | None = None
    name = ""

    def close() -> None:
        if case is not None and current is not None:
            case.files[name] = "\n".join(current) + ("\n" if current else "")

    for line in path.read_text().split("\n"):
        if line.startswith("=== "):
            close()
            if case is not None:
                yield case
            case, current = Case(line[4:].strip()), None
        elif line.startswith("--- ") and case is not None:
            close()
            current = None
            word, _, rest = line[4:].partition(" ")
            if word == "Makefile":
                name, current = "Makefile", []
            elif word == "file":
                name, current = rest.strip(), []
            elif word == "dir":
                case.directories.append(rest.strip())
            elif word == "run":
                case.runs.append(shlex.split(rest))
            elif word == "env":
                key, _, value = rest.partition("=")
                case.environ[key] = value
            elif word == "words":
                case.words = True
            elif word == "nostderr":
                case.stderr = False
            else:
                raise ValueError(f"{path}: {line}")
        elif current is not None:
            current.append(line)
    # The last line of a case file is empty; it is not part of the last file.
    if current and not current[-1]:
        current.pop()
    close()
    if case is not None:
        yield case


def load_expressions(path: Path) -> Iterator[Case]:
    """Yield one case for each line after `---`: it is shown with what stands before as makefile."""
    before, _, lines = path.read_text().partition("---\n")
    for line in lines.splitlines():
        if line and not line.startswith("// "):
            text = f"{before}$(info [{line}])\nall:;\n"
            files = {"Makefile": text, "a.c": "", "b.c": "", "d/e.c": ""}
            yield Case(line, files, expression=True)


def find_make() -> str | None:
    """Return the path of GNU make 4.4, the judge; None when it is not installed."""
    beside = Path(sys.executable).parent / "make"
    for candidate in (str(beside), shutil.which("make") or ""):
        if candidate and Path(candidate).exists():
            found = subprocess.run([candidate, "--version"], capture_output=True, text=True)
            if "GNU Make 4.4" in found.stdout:
                return candidate
    return None


def judge_name(make: str) -> str:
    """Return what the judge calls itself, such as "GNU make 4.4.1"."""
    said = subprocess.run([make, "--version"], capture_output=True, text=True).stdout
    return said.partition("\n")[0].replace("Make", "make")


def prepare(case: Case, directory: Path) -> None:
    """Write the files of a case, each newer than the one before."""
    for name in case.directories:
        (directory / name).mkdir(parents=True)
    for order, (name, content) in enumerate(case.files.items()):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, errors="surrogateescape")
        os.utime(path, (_START + order, _START + order))


def environment(case: Case, first: str) -> dict[str, str]:
    """Return the environment of both programs, alike but for where `make` is found."""
    return {
        "PATH": f"{first}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nowhere",
        "LC_ALL": "C",
        "PYTHONPATH": str(ROOT),
        **case.environ,
    }


def collect(directory: Path) -> dict[str, str]:
    """Return the files that a run left, with their contents."""
    result = {}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_dir():
            result[name + "/"] = ""
        elif path.is_file():
            result[name] = path.read_bytes().decode("utf-8", "surrogateescape")
    return result


def tidy(text: str, directory: Path) -> str:
    """Replace what differs from call to call: the directory, our name, job slots."""
    text = text.replace(str(directory), "/case").replace(OUR_MAKE, "make")
    # GNU make names the intermediate files that it deletes in the order of a hash table.
    text = _REMOVED.sub(lambda found: "rm " + " ".join(sorted(found.group(1).split())), text)
    return _JOBS.sub("", _USAGE.sub("Usage\n", _VERSION.sub("Version\n", text)))


def wait_for_newer(directory: Path, scratch: Path) -> None:
    """Return when a file that is written now gets a later time than each one in `directory`.

    File systems take their times from a clock that moves every few milliseconds; a call that
    begins within the tick of the one before would touch files without making them newer.
    """
    newest = max((path.lstat().st_mtime_ns for path in directory.rglob("*")), default=0)
    if newest > time.time_ns() + _LONGEST_TICK_NS:
        return  # a case that dates files in the future itself
    probe = scratch / "now"
    probe.touch()
    while probe.stat().st_mtime_ns <= newest:
        time.sleep(0.001)
        probe.touch()
    probe.unlink()


def run_case(case: Case, call: Call, first: str) -> Result:
    """Run all calls of a case in a fresh directory."""
    with (
        tempfile.TemporaryDirectory(prefix="case") as name,
        # GNU make names its FIFO by its process id; a killed one leaves it to a later one's id.
        tempfile.TemporaryDirectory(prefix="temporary") as temporary,
    ):
        directory = Path(name).resolve()
        prepare(case, directory)
        environ = {"TMPDIR": temporary, **environment(case, first)}
        runs: list[Said] = []
        for arguments in case.runs or [[]]:
            if runs:
                wait_for_newer(directory, Path(temporary))
            status, out, err = call(arguments, directory, environ)
            runs.append((status, tidy(out, directory), tidy(err, directory)))
        files = {n: tidy(text, directory) for n, text in collect(directory).items()}
        return Result(tuple(runs), files)


def theirs(make: str, limit: float = 300) -> Call:
    """Return a function that calls GNU make, for at most `limit` seconds."""

    def call(
        arguments: list[str], directory: Path, environ: dict[str, str]
    ) -> tuple[int, str, str]:
        done = subprocess.run(
            ["make", *arguments],
            executable=make,
            cwd=directory,
            env=environ,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=limit,
        )
        if done.returncode == -signal.SIGSEGV:
            raise JudgeCrashed(arguments)
        return (
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )

    return call


def ours(arguments: list[str], directory: Path, environ: dict[str, str]) -> tuple[int, str, str]:
    """Call our make, in this process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = run_make(
            arguments,
            cwd=str(directory),
            environ=environ,
            output=Output(out.fileno(), err.fileno()),
            make=OUR_MAKE,
            cache=CACHE,
        )
        out.seek(0)
        err.seek(0)
        return (
            status,
            out.read().decode("utf-8", "surrogateescape"),
            err.read().decode("utf-8", "surrogateescape"),
        )


def difference(case: Case, make: str) -> str:
    """Return what differs between the two programs on a case; "" when nothing does."""
    expected = run_case(case, theirs(make), str(Path(make).parent))
    got = run_case(case, ours, str(Path(make).parent))
    lines = []
    for number, (one, other) in enumerate(zip(expected.runs, got.runs, strict=True), 1):
        if one[0] != other[0]:
            lines.append(f"run {number}: exit status {one[0]} expected, got {other[0]}")
        if one[1] != other[1]:
            lines.append(f"run {number}: output\n{one[1]}--- but got\n{other[1]}")
        if case.stderr:
            first, second = one[2], other[2]
            if case.words:
                first = "\n".join(sorted(set(first.splitlines())))
                second = "\n".join(sorted(set(second.splitlines())))
            if first != second:
                lines.append(f"run {number}: errors\n{first}--- but got\n{second}")
    if expected.files != got.files:
        for name in sorted(set(expected.files) | set(got.files)):
            a, b = expected.files.get(name), got.files.get(name)
            if a != b:
                lines.append(f"file {name}: {a!r} expected, got {b!r}")
    return "\n".join(lines)
