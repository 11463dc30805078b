"""Applying a patch by GNU patch: completely, or not at all.

A dry run comes first. It judges each file by what is on the disk, so a patch that changes a file
twice may fail it wrongly; then copies of the files concerned are patched for real, elsewhere, and
that decides. It also yields the text of the rejected hunks.
"""

from __future__ import annotations

import codecs
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem, Location
from genode_tool.ports.fetch.problems import PortFailed, disk_problem
from genode_tool.programs import how_to_get
from genode_tool.regex import regex
from genode_tool.scratch import scratch_directory

_TIME = 600.0  # seconds for one run of patch
_MOST_LINES = 60  # of rejected hunks in a message
_CHECKED = regex(
    r"^(?:checking|patching) (?:file|symbolic link) (?P<file>.+?)"
    r"(?: \((?:renamed|copied) from (?P<other>.+?)\))?(?: using .*)?$"
)
_HUNK = regex(r"^Hunk #(\d+) (?:FAILED|NOT MERGED|ignored) at (\d+)")
_QUOTED = regex(r"^\|(?:\+\+\+|---|Index:|diff --git) (?:[ab]/)?(\S+)")


class PatchFailed(PortFailed):
    """A patch does not apply; `trail` holds what was rejected, line by line."""


@dataclass(frozen=True, slots=True)
class _Run:
    status: int
    lines: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the patch changes, creates, renames or copies from."""
        found = [match for line in self.lines if (match := _CHECKED.match(line))]
        names = [name for match in found for name in (match["file"], match["other"]) if name]
        return tuple(dict.fromkeys(map(_unescaped, names)))


def apply(
    patch: Path, directory: Path, options: Sequence[str], location: Location | None = None
) -> None:
    """Apply the file `patch` in `directory` with `options` of patch(1) (`-p1`, `-d DIR`, …).

    Raises `PatchFailed` naming patch, file and hunk, with nothing changed; `EnvironmentProblem`
    when GNU patch is not installed or the disk is full.
    """
    if process.find_program("patch") is None:
        raise EnvironmentProblem(
            "patches need GNU patch, which is not installed", hint=how_to_get("patch")
        )
    where, rest = _split(options)
    base = directory / where
    if not patch.is_file():
        raise PatchFailed(f"no such patch: {patch}", location=location)
    if not base.is_dir():
        raise PatchFailed(
            f"patch {patch} is for {base}, which is not a directory",
            location=location,
            hint="set it with `-d` in PATCH_OPT",
        )
    trial = _run(patch, base, ["--dry-run", *rest])
    _refuse_names_outside(patch, trial, location)
    if trial.status:
        _try_on_copies(patch, base, rest, trial, location)
    done = _run(patch, base, rest)
    _remove_links_to_outside(patch, done, base, directory, location)
    if done.status:
        text = " ".join(done.lines)
        if "No space left" in text or "Disk quota" in text:
            raise EnvironmentProblem(f"cannot apply {patch}: the file system of {base} is full")
        raise _failure(patch, done, (), location)


def _unescaped(name: str) -> str:
    """Return a file's name from patch's output (`--quoting-style=escape`)."""
    return os.fsdecode(codecs.escape_decode(os.fsencode(name))[0])


def _readable(text: str) -> str:
    """Return a line of patch's output without escapes, but for what cannot be printed."""
    plain = _unescaped(text)
    return plain if plain.isprintable() else text


def _refuse_names_outside(patch: Path, trial: _Run, location: Location | None) -> None:
    """Raise `PatchFailed` when the patch is for files outside.

    GNU patch says that it ignores such names, but 2.7.6 still removes a file that a patch removes.
    """
    found = [one for one in trial.files if one.startswith("/") or ".." in one.split("/")]
    if found:
        names = ", ".join(found).replace("\n", " ")
        raise PatchFailed(
            f"patch {patch} changes files outside of the port: {names}",
            location=location,
            hint="is its strip level right (PATCH_OPT)?",
        )


def _remove_links_to_outside(
    patch: Path, done: _Run, base: Path, boundary: Path, location: Location | None
) -> None:
    """Raise `PatchFailed` when the patch made symbolic links that lead out of `boundary`."""
    found = []
    for name in done.files:
        link = base / name
        if link.is_symlink() and not link.resolve().is_relative_to(boundary.resolve()):
            found.append(f"{name} -> {link.readlink()}")
            link.unlink()
    if found:
        raise PatchFailed(
            f"patch {patch} makes links to outside of the port: {', '.join(found)}",
            location=location,
            hint="nothing in a port may lead out of it",
        )


def _try_on_copies(
    patch: Path, base: Path, options: list[str], trial: _Run, location: Location | None
) -> None:
    """Return when the patch applies to copies of its files; raise `PatchFailed` otherwise."""
    with scratch_directory("patch") as scratch:
        copies = scratch / "tree"
        rejects = scratch / "rejects"
        copies.mkdir()
        for name in trial.files:
            source, target = base / name, copies / name
            if ".." in Path(name).parts or Path(name).is_absolute():
                continue  # patch itself refuses these
            try:
                if source.is_file():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, target, follow_symlinks=False)
            except OSError as error:
                raise disk_problem(error, target) from error
        done = _run(patch, copies, [*options, f"--reject-file={rejects}"])
        if done.status == 0:
            return
        text = rejects.read_text(errors="replace") if rejects.is_file() else ""
    raise _failure(patch, done if done.files else trial, tuple(text.splitlines()), location)


def _run(patch: Path, cwd: Path, options: list[str]) -> _Run:
    # --force: no questions, and no guess that a patch is reversed.
    command = ["patch", "--force", "--quoting-style=escape", *options, "-i", str(patch.absolute())]
    env = process.scrubbed_environment({"LC_ALL": "C"})
    done = process.run(command, cwd=cwd, env=env, timeout=_TIME)
    text = (done.stdout + done.stderr).decode(errors="replace")
    return _Run(done.returncode, tuple(text.splitlines()))


def _split(options: Sequence[str]) -> tuple[str, list[str]]:
    """Return the directory that the options name ("." for none), and the other options."""
    where, rest = ".", []
    words = iter(options)
    for word in words:
        if word in ("-d", "--directory"):
            where = next(words, ".")
        elif word.startswith("--directory="):
            where = word.partition("=")[2]
        elif word.startswith("-d"):
            where = word[2:]
        else:
            rest.append(word)
    return where, rest


def _failure(
    patch: Path, run: _Run, rejected: tuple[str, ...], location: Location | None
) -> PatchFailed:
    """Return the error for patch's output, on one line; the rejected hunks become the trail."""
    problems: list[str] = []
    current = ""
    for number, line in enumerate(run.lines):
        if match := _CHECKED.match(line):
            current = match["file"]
        elif match := _HUNK.match(line):
            problems.append(f"{current}: hunk {match[1]} (line {match[2]})")
        elif "previously applied" in line:
            problems.append(f"{current}: it seems to be applied already")
        elif line.startswith("can't find file to patch"):
            quoted = [m[1] for text in run.lines[number:] if (m := _QUOTED.match(text))]
            problems.append("no such file to patch" + (f": {quoted[-1]}" if quoted else ""))
        elif line.startswith("patch: ****"):
            problems.append(line.removeprefix("patch: **** "))
        elif (
            line.startswith(("Ignoring potentially dangerous", "File ")) or "not a regular" in line
        ):
            problems.append(line)
    shown = "; ".join(map(_readable, dict.fromkeys(problems))) or " ".join(run.lines[-2:])
    trail = rejected[:_MOST_LINES]
    if len(rejected) > _MOST_LINES:
        trail += (f"… {len(rejected) - _MOST_LINES} more lines",)
    return PatchFailed(
        f"patch {patch} does not apply: {shown}",
        location=location,
        trail=trail,
        hint="is the patch for this version, and is its strip level right (PATCH_OPT)?",
    )
