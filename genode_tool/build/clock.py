"""Sources whose time went backwards: restored from an archive, or edited after the clock was set.

Ninja rebuilds what is older than its inputs, so a source that changed but carries an older time
than before goes unnoticed. The times of all sources at the end of each build are remembered;
what depends on a source that has an earlier one now is removed, so that ninja makes it again.

The sources are those that ninja knows: absolute names in the ninja file and in its dependency
log (format: `deps_log.h` of ninja, version 4).
"""

from __future__ import annotations

import contextlib
import marshal
import os
import re
import struct
from collections.abc import Iterable
from pathlib import Path

from genode_tool.build.clean import remove_stale
from genode_tool.build.engine import ninja_program
from genode_tool.build.files import write_atomically
from genode_tool.build.ownstamp import tool_stamp
from genode_tool.process import run, scrubbed_environment

_SIGNATURE = b"# ninjadeps\n"
_VERSION = 4
_DEPS_RECORD = 0x80000000
_BUILD = re.compile(r"^build ((?:[^:$\n]|\$.)*): (?:run|compile|phony)([^\n]*)", re.MULTILINE)
_ABSOLUTE = re.compile(r"(?<= )/(?:[^ $|]|\$.)+")


def remember_times(path: Path) -> None:
    """Remember the times of all sources of the build directory at `path`."""
    times = {source: time for source in _sources(path) if (time := _time(source)) is not None}
    write_atomically(_file(path), marshal.dumps((tool_stamp(), times)))


def drop_outdated(path: Path) -> None:
    """Remove what was made from sources that are older now than when it was made."""
    times: dict[str, int] = {}
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        form, times = marshal.loads(_file(path).read_bytes())
        if form != tool_stamp():
            return
    older = {
        source
        for source, before in times.items()
        if (now := _time(source)) is not None and now < before
    }
    if older:
        remove_stale(path, sorted(_made_from(path, older)))


def _file(path: Path) -> Path:
    return path / "var/genode/times"


def _time(source: str) -> int | None:
    try:
        return os.stat(source).st_mtime_ns  # noqa: PTH116
    except OSError:
        return None


def _sources(path: Path) -> set[str]:
    found = set(_logged_paths(path / "var/genode/.ninja_deps"))
    with contextlib.suppress(OSError):
        for _, rest in _BUILD.findall(
            (path / "var/genode/build.ninja").read_text(errors="surrogateescape")
        ):
            found.update(_plain(name) for name in _ABSOLUTE.findall(rest))
    return found


def _logged_paths(log: Path) -> Iterable[str]:
    """Yield the absolute paths in ninja's dependency log."""
    try:
        data = log.read_bytes()
    except OSError:
        return
    start = len(_SIGNATURE) + 4
    if not data.startswith(_SIGNATURE) or data[start - 4 : start] != struct.pack("<i", _VERSION):
        return
    while start + 4 <= len(data):
        (size,) = struct.unpack_from("<I", data, start)
        start += 4
        if not size & _DEPS_RECORD and data[start : start + 1] == b"/":
            # the path, up to three bytes of padding, a checksum of four bytes
            yield data[start : start + size - 4].rstrip(b"\0").decode(errors="surrogateescape")
        start += size & ~_DEPS_RECORD


def _made_from(path: Path, sources: set[str]) -> set[str]:
    """Return the outputs that depend on one of `sources`, as ninja names them."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for outputs, rest in _BUILD.findall(
            (path / "var/genode/build.ninja").read_text(errors="surrogateescape")
        ):
            if any(_plain(name) in sources for name in _ABSOLUTE.findall(rest)):
                found.update(_plain(name) for name in re.split(r"(?<!\$) ", outputs))
    argv = [ninja_program(), "-f", "var/genode/build.ninja", "-t", "deps"]
    done = run(argv, cwd=path, env=scrubbed_environment(), timeout=600)
    output = ""
    for line in done.stdout.decode(errors="surrogateescape").splitlines():
        if not line.startswith(" "):
            output = line.partition(": #deps")[0]
        elif line.strip() in sources:
            found.add(output)
    return found


def _plain(name: str) -> str:
    return re.sub(r"\$(.)", r"\1", name)
