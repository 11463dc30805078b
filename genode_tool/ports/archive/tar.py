"""Extraction of tar archives by GNU tar, behind the filter of `screen`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.archive.expanding import Damaged, Expander, Format
from genode_tool.ports.archive.headers import BadHeader
from genode_tool.ports.archive.names import BadArchive, MemberNames
from genode_tool.ports.archive.options import ExtractOptions, Limits
from genode_tool.ports.archive.screen import TarFilter, Totals, Truncated
from genode_tool.ports.fetch.problems import PortFailed, free_space
from genode_tool.ports.fetch.progress import Activity, ByteMeter, SourceProgress
from genode_tool.programs import how_to_get
from genode_tool.regex import regex

_PATIENCE = 600.0  # seconds in which tar has to take what it is given
_PIPE = 1 << 20
_NEEDS_SHELL = regex(r"[^\w\s@%+=:,./-]")
# Complaints after which tar continues; port descriptions of released trees provoke them.
_BEARABLE = (
    (regex(r"^tar: (.*): Not found in archive$"), "it has no member `{0}`"),
    (
        regex(r"^tar: (.*): Cannot hard link to .(.*).: No such file or directory$"),
        "`{0}` is a hard link to `{1}`, which is not extracted: left out",
    ),
)
_FULL = regex(r"No space left|Disk quota|Wrote only \d+ of")
_CONSEQUENCE = "tar: Exiting with failure status due to previous errors"


class _TarEnded(Exception):
    """tar accepts no more input: it has exited or hangs."""


def extract_tar(
    path: Path,
    kind: Format,
    stage: Path,
    options: ExtractOptions,
    limits: Limits,
    steps: SourceProgress,
    deadline: Deadline,
) -> tuple[Totals, tuple[str, ...]]:
    """Extract the archive at `path` into the empty directory `stage`.

    Returns the totals and the texts of warnings, such as members that the options name but the
    archive does not have.
    Raises `BadArchive`, `PortFailed` with tar's words, or `EnvironmentProblem`.
    """
    if process.find_program("tar") is None:
        raise EnvironmentProblem(
            "archives need GNU tar, which is not installed", hint=how_to_get("tar")
        )
    size = path.stat().st_size
    meter = ByteMeter(steps.sink, steps.source, Activity.EXTRACT)
    names = MemberNames(options.name or path.name, options.location)
    with tempfile.TemporaryFile() as errors, _pipe() as (reader, writer):
        child = process.spawn(
            _command(options, reader.fileno(), stage),
            cwd=options.cwd or path.absolute().parent,
            env=process.scrubbed_environment({"LC_ALL": "C"}),
            stderr=errors,
            stdout=subprocess.DEVNULL,
            pass_fds=(reader.fileno(),),
        )
        # Else tar's exit would go unnoticed: a pipe breaks when its last reader is gone.
        reader.close()
        status: int | None = None
        try:
            with Expander(path, kind) as chunks:

                def write(data: bytes) -> None:
                    _write(writer.fileno(), data, deadline)
                    meter.add(len(data))

                screen = TarFilter(iter(chunks), write, names, limits, size)
                with contextlib.suppress(_TarEnded):
                    _screen(screen, options, path)
            writer.close()
            status = child.wait(timeout=deadline.bounded(_PATIENCE))
        except subprocess.TimeoutExpired:
            raise EnvironmentProblem(f"tar did not finish with {path} in time") from None
        finally:
            if status is None:
                process.kill_group(child)
                child.wait()
        meter.end()
        errors.seek(0)
        warnings = _report_result(status, errors.read(), path, stage, options)
    return screen.totals, warnings


def _screen(screen: TarFilter, options: ExtractOptions, path: Path) -> None:
    """Run the filter; damage becomes an error that names the place."""
    try:
        screen.run()
    except Truncated:
        words = f"it ends {screen.place}, after {screen.totals.members} members"
    except BadHeader as error:
        words = (
            f"after {screen.totals.members} members, {screen.place}: a header is damaged: {error}"
        )
    except Damaged as error:
        words = f"{error}, {screen.place}"
    else:
        return
    raise BadArchive(
        f"{options.name or path.name}: the archive {path} is damaged: {words}",
        location=options.location,
        hint="was it downloaded completely?",
    )


@contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Yield the two ends of a roomy pipe; what is still open afterwards is closed."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", 0) as source, os.fdopen(writer, "wb", 0) as sink:
        with contextlib.suppress(OSError):
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
        # A blocking write to a tar that hangs could not be given up at the deadline.
        os.set_blocking(writer, False)
        yield source, sink


def _command(options: ExtractOptions, reader: int, stage: Path) -> list[str]:
    """Return the command line; options that need a shell (lists made on the fly) get one."""
    flags = "xB" if options.keep_times else "xmB"  # B: a pipe gives less than a block at times
    before = ["tar", f"{flags}f", f"/dev/fd/{reader}", "--no-same-owner", "-C", str(stage)]
    text = options.tar_options.strip()
    if not _NEEDS_SHELL.search(text):
        return [*before, *text.split()]
    return ["bash", "-c", f"exec {shlex.join(before)} {text}"]


def _write(fd: int, data: bytes, deadline: Deadline) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            if not select.select([], [fd], [], deadline.bounded(_PATIENCE))[1]:
                raise _TarEnded from None
        except BrokenPipeError:
            raise _TarEnded from None


def _report_result(
    status: int, errors: bytes, path: Path, stage: Path, options: ExtractOptions
) -> tuple[str, ...]:
    """Return the texts of warnings; raise for everything else that went wrong."""
    if status == 0:
        return ()
    text = errors.decode(errors="replace").strip()
    warnings, rest = [], []
    for line in text.splitlines():
        for pattern, words in _BEARABLE:
            if match := pattern.match(line):
                warnings.append(words.format(*match.groups()))
                break
        else:
            if line != _CONSEQUENCE:
                rest.append(line)
    if warnings and not rest:
        return tuple(warnings)
    words = "; ".join(line.removeprefix("tar: ") for line in rest) or f"tar ended with {status}"
    if _FULL.search(text):
        raise EnvironmentProblem(
            f"cannot extract {path}: {free_space(stage)}",
            hint="free some space and run the command again",
        )
    raise PortFailed(
        f"{options.name or path.name}: cannot extract {path}: {words}", location=options.location
    )
