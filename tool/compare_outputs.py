"""Compares what two checkouts of the tool print for the same calls.

    python tool/compare_outputs.py BEFORE AFTER [--only TEXT] [--full]

Development tool, standard library only. Both checkouts, in copies, run the script
`compare_outputs.txt` in turn, each in its own copy of one source tree (that of BEFORE, so that
only the tools differ). Paths, durations, dates and process numbers are replaced before texts are
compared. Run it with a Python that has the packages of `tool/requirements.txt`.

A line of the script is `DIRECTORY$ [NAME=VALUE...] genode WORDS... [< FILE]`, a call that is
compared, or `DIRECTORY! COMMAND`, a shell command that prepares the next calls. Directories are
relative to the scratch directory, which holds the copy of the source tree as `tree` and an empty
directory `empty`. `#` begins a comment.

For each call the verdict is one of

- equal: same exit code, same text on both streams;
- wording: same exit code, same number of lines on each stream (for JSON, the same structure; for
  help texts, at least the same options and commands);
- structure: anything else.

Differences are printed as diffs; at the end stands the number of calls with each verdict. The
exit code is 1 when a structure differs.
"""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".txt")
CALL_SECONDS = 600
NOT_COPIED = ("__pycache__", ".*", "build", "contrib", "*.egg-info")

# What differs between two runs of one program: places, times, numbers of processes and ports.
VOLATILE = (
    (re.compile(r"\b\d+(\.\d+)? ?(ms|s|seconds)\b"), "N s"),
    (re.compile(r'("(?:seconds|duration|started|start|time|at)": )[\d.]+'), r"\1N"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "DATE"),
    (re.compile(r"genode-(crash|[a-z]+)-[\w-]+"), r"genode-\1-X"),
    (re.compile(r"\bpid \d+"), "pid N"),
    (re.compile(r"\d+(\.\d+)? (%|MHz)"), "N"),
    (re.compile(r"\b\d+\.\d{3}\b"), "N"),  # seconds in JSON
    (re.compile(r" +\d+\.\d( +\d+)$", re.MULTILINE), r" N\1"),  # and in the table of scenarios
)


class Verdict(Enum):
    """How the outputs of a call relate."""

    EQUAL = "equal"
    WORDING = "wording differs"
    STRUCTURE = "structure differs"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the script. `text` is the command; `compared` says that it is a call."""

    number: int
    directory: str
    text: str
    compared: bool


@dataclass(frozen=True, slots=True)
class Output:
    """What a call left; texts are normalised."""

    exit_code: int
    streams: tuple[str, str]


def read_script(path: Path) -> Iterator[Line]:
    """Yield the lines of the script; raises `SystemExit` for one that is malformed."""
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        match = re.fullmatch(r"([\w./-]+)([$!]) (.+)", text)
        if match is None:
            raise SystemExit(f"{path}:{number}: wanted `DIRECTORY$ …` or `DIRECTORY! …`")
        yield Line(number, match[1], match[3], match[2] == "$")


def prepare(scratch: Path, checkout: Path, tree: Path) -> None:
    """Make the scratch directory, with copies of the checkout and of the source tree."""
    for name in ("home", "empty", "bin"):
        (scratch / name).mkdir(parents=True)
    for source, name in ((checkout, "checkout"), (tree, "tree")):
        shutil.copytree(source, scratch / name, symlinks=True, ignore=Ignored(source))
    launcher = scratch / "bin/genode"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m genode_tool "$@"\n')
    launcher.chmod(0o755)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Tells `shutil.copytree` what to leave out: products everywhere, more at the top."""

    top: Path

    def __call__(self, directory: str, names: list[str]) -> set[str]:
        """Return those of `names` that are not copied."""
        patterns = NOT_COPIED if Path(directory) == self.top else NOT_COPIED[:1]
        return {name for name in names for one in patterns if fnmatch.fnmatchcase(name, one)}


def environment(scratch: Path) -> dict[str, str]:
    """Return the environment of all calls: nothing of the user's own settings."""
    return {
        "PATH": f"{scratch / 'bin'}:{os.environ['PATH']}",
        "HOME": str(scratch / "home"),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "GENODE_NO_INSTALL": "1",
        "PYTHONPATH": str(scratch / "checkout"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_script(lines: Sequence[Line], scratch: Path) -> dict[int, Output]:
    """Run all lines; return the outputs of the calls by their line numbers."""
    env = environment(scratch)
    outputs = {}
    for count, line in enumerate(lines, 1):
        progress(f"{scratch.name}: {count} of {len(lines)}: {line.text}")
        done = subprocess.run(
            ["bash", "-c", line.text],
            cwd=scratch / line.directory,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CALL_SECONDS,
            check=False,
        )
        if line.compared:
            streams = [normalised(text, scratch) for text in (done.stdout, done.stderr)]
            outputs[line.number] = Output(done.returncode, (streams[0], streams[1]))
        elif done.returncode:
            raise SystemExit(f"{SCRIPT}:{line.number}: {line.text}: {done.stderr.decode()}")
    progress("")
    return outputs


def progress(text: str) -> None:
    """Show on a terminal what is being done."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text[:100]}")
        sys.stderr.flush()


def normalised(text: bytes, scratch: Path) -> str:
    """Return output as text without what differs between two runs."""
    shown = text.decode(errors="backslashreplace")
    for path, name in ((scratch / "checkout", "CHECKOUT"), (scratch, "SCRATCH")):
        shown = shown.replace(str(path), name)
    for pattern, replacement in VOLATILE:
        shown = pattern.sub(replacement, shown)
    return shown


def verdict_of(before: Output, after: Output) -> Verdict:
    """Compare the outputs of a call."""
    if before == after:
        return Verdict.EQUAL
    if before.exit_code != after.exit_code:
        return Verdict.STRUCTURE
    same = all(same_shape(*texts) for texts in zip(before.streams, after.streams, strict=True))
    return Verdict.WORDING if same else Verdict.STRUCTURE


def same_shape(before: str, after: str) -> bool:
    """Return whether two texts differ in their wording alone."""
    if before.startswith("Usage: ") and after.startswith("Usage: "):
        return help_entries(before) <= help_entries(after)
    shapes = json_shape(before), json_shape(after)
    if None in shapes:
        return len(before.splitlines()) == len(after.splitlines())
    return shapes[0] == shapes[1]


def help_entries(text: str) -> set[str]:
    """Return the options and commands that a help text lists."""
    options = re.findall(r"^  (?:-\w, )?(?:--[\w-]+, )*(--[\w-]+)", text, re.MULTILINE)
    _, _, listed = text.partition("ommands:\n")
    return {*options, *re.findall(r"^  (\w[\w-]*)  ", listed.partition("\n\n")[0], re.MULTILINE)}


def json_shape(text: str) -> object:
    """Return the keys and types of a JSON text, None for another text."""

    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {key: shape(one) for key, one in value.items()}
        if isinstance(value, list):
            return [shape(one) for one in value]
        return type(value).__name__

    try:
        return shape(json.loads(text)) if text.lstrip()[:1] in ("{", "[") else None
    except ValueError:
        return None


def difference(before: Output, after: Output) -> Iterator[str]:
    """Yield the lines of a diff of all that a call left."""

    def lines_of(output: Output) -> list[str]:
        out, err = output.streams
        shown = [*out.splitlines(), *(f"stderr: {line}" for line in err.splitlines())]
        return [*shown, f"exit code {output.exit_code}"]

    for line in difflib.unified_diff(lines_of(before), lines_of(after), lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield f"    {line}"


def main() -> int:
    """Run the script for both checkouts and print the comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--only", default="", help="print calls whose line contains TEXT only")
    parser.add_argument("--full", action="store_true", help="print the outputs of equal calls, too")
    parser.add_argument("--script", type=Path, default=SCRIPT, help="another list of calls")
    given = parser.parse_args()
    lines = list(read_script(given.script))
    outputs = []
    with tempfile.TemporaryDirectory(prefix="compare-outputs-") as directory:
        # Names of one length: the widths of columns must not differ.
        for name, checkout in (("1-old", given.before), ("2-new", given.after)):
            scratch = Path(directory).resolve() / name
            prepare(scratch, checkout.resolve(), given.before.resolve())
            outputs.append(run_script(lines, scratch))
    counts: Counter[Verdict] = Counter()
    for line in lines:
        if not line.compared:
            continue
        before, after = (one[line.number] for one in outputs)
        verdict = verdict_of(before, after)
        counts[verdict] += 1
        if given.only in line.text and (verdict is not Verdict.EQUAL or given.full):
            print(f"{verdict.value}: {line.directory}$ {line.text}")
            print("\n".join(difference(before, after)))
            if given.full:
                print("\n".join(f"    {text}" for text in "".join(before.streams).splitlines()))
    print(f"{sum(counts.values())} calls: " + ", ".join(f"{counts[v]} {v.value}" for v in Verdict))
    return 1 if counts[Verdict.STRUCTURE] else 0


if __name__ == "__main__":
    sys.exit(main())
