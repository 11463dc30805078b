"""Counts the lines of code that went into programs and libraries.

Counted are the lines of source files and headers on which the preprocessor leaves something:
no comments, no blank lines, nothing that conditionals take out. A line counts once, however
often its file is included. The preprocessor is run as in the compile commands; line markers in
its output give the origin of each line (GNU CPP manual, "Preprocessor Output").
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.process import run, scrubbed_environment
from genode_tool.regex import regex

Lines = frozenset[tuple[str, int]]
"""Places of lines: the real path of a file, and the line number."""

_MARKER = regex(rb'# (\d+) "((?:[^"\\]|\\.)*)"')
_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ"}
_WITHOUT = {"-c", "-S", "-MMD", "-MD", "-MP", "-MM", "-M", "-pipe"}
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """One entry of `compile_commands.json`."""

    directory: str
    file: str
    words: tuple[str, ...]

    @property
    def preprocess(self) -> tuple[str, ...]:
        """The command that prints the preprocessed source."""
        kept: list[str] = []
        words = iter(self.words)
        for word in words:
            if word in _WITH_VALUE:
                next(words, None)
            elif word not in _WITHOUT and not word.startswith(("-o", "-MF")):
                kept.append(word)
        return (*kept, "-E")


def read_commands(build_dir: Path) -> list[CompileCommand]:
    """Return the compile commands of a build directory. Raises `UserError` without a build."""
    path = build_dir / "compile_commands.json"
    try:
        entries = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise UserError(
            f"{build_dir} has no compile commands", hint="build the scenario first"
        ) from error
    except (OSError, ValueError) as error:
        raise EnvironmentProblem(f"cannot read {path}: {error}") from error
    return [
        CompileCommand(one["directory"], one["file"], tuple(shlex.split(one["command"])))
        for one in entries
    ]


def count_lines(
    commands: Iterable[CompileCommand], jobs: int = 0, done: Callable[[str], None] | None = None
) -> Mapping[str, Lines]:
    """Return the lines compiled in each working directory of `commands`.

    `done` is called with each file that was counted. Raises `EnvironmentProblem` when a compiler
    cannot be run, `UserError` when a file cannot be preprocessed any more.
    """
    found: dict[str, set[tuple[str, int]]] = {}
    listed = list(commands)
    # Threads are enough: the work is that of the preprocessors.
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        for command, lines in zip(listed, pool.map(_lines_of, listed), strict=True):
            found.setdefault(command.directory, set()).update(lines)
            if done:
                done(command.file)
    return {directory: frozenset(lines) for directory, lines in found.items()}


def _lines_of(command: CompileCommand) -> Lines:
    if command.file.endswith(".s"):
        return _assembly(command)
    ended = run(
        command.preprocess,
        cwd=command.directory,
        env=scrubbed_environment(),
        timeout=_SECONDS,
    )
    if ended.returncode:
        errors = ended.stderr.decode(errors="replace").splitlines()
        raise UserError(
            f"{command.file} cannot be preprocessed: {errors[0] if errors else 'no reason given'}",
            hint="build the scenario again",
        )
    return _marked(ended.stdout, Path(command.directory))


def _marked(text: bytes, directory: Path) -> Lines:
    """Return the lines on which the preprocessor left something, by its line markers."""
    found: set[tuple[str, int]] = set()
    names: dict[bytes, str] = {}
    name, number = "", 0
    for line in text.split(b"\n"):
        marker = _MARKER.match(line)
        if marker:
            number = int(marker[1])
            raw = marker[2]
            if raw not in names:
                shown = re.sub(rb"\\(.)", rb"\1", raw).decode(errors="surrogateescape")
                # `<built-in>`, `<command-line>`; the working directory has `//` at its end.
                built_in = shown.startswith("<") or shown.endswith("//")
                names[raw] = "" if built_in else os.path.realpath(directory / shown)
            name = names[raw]
            continue
        if name and line.strip():
            found.add((name, number))
        number += 1
    return frozenset(found)


def _assembly(command: CompileCommand) -> Lines:
    """Return the lines of assembly that no preprocessor sees, without comments of whole lines."""
    path = Path(command.directory, command.file)
    # The newlines of comments stay, and so do the numbers of the lines after them.
    text = re.sub(rb"/\*.*?\*/", lambda m: b"\n" * m[0].count(b"\n"), path.read_bytes(), flags=re.S)
    name = os.path.realpath(path)
    return frozenset(
        (name, number)
        for number, line in enumerate(text.split(b"\n"), 1)
        if line.strip() and not line.strip().startswith((b"#", b"//"))
    )
