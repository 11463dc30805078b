"""One limit for all jobs of a build, those of sub-builds included: a GNU make jobserver.

GNU make manual, "Sharing Job Slots with GNU make": a pipe holds one token for each job beyond
the first; whoever starts another job takes one, and puts it back afterwards. ninja is a
client then, and so is each `make`, `cargo`, `ninja` and link-time optimizer that a step starts.

cmake passes the jobserver on to the make or ninja that it calls. Older ninjas know no jobserver, so
steps find ours first in PATH. SCons is not a client; without `-j` it runs one job at a time.

The pipe has no name, so none is left behind by a build that is killed, and makes before 4.4,
which know no other kind, understand it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from genode_tool.files import make_directory
from genode_tool.record import record
from genode_tool.regex import regex

_FIRST_CLIENT = (1, 13)
_SUB_BUILD = regex(r"(?:^|[;&|(]\s*)(?:\S*/)?(?:(?:g?make|ninja)\s|cmake\s+--build\s)[^;&|]*")
_OWN_LIMIT = regex(r"\s+(?:-j(?:\s*\d+)?|--jobs(?:=\d+)?|--parallel(?:[ =]\d+)?)(?=\s|$)")


@record
class JobserverAccess:
    """The means of a client: variables of the environment, and descriptors to inherit."""

    environment: Mapping[str, str]
    descriptors: tuple[int, ...]


NO_JOBSERVER = JobserverAccess({}, ())
"""The access of a client without a jobserver."""


@contextmanager
def jobserver(jobs: int) -> Iterator[JobserverAccess]:
    """Serve `jobs` jobs (at least 1) until the context is left."""
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        tokens = jobs - 1  # the first job needs none
        while tokens > 0:
            try:
                tokens -= os.write(writer, b"+" * tokens)
            except BlockingIOError:
                break  # more than a pipe holds: enough for every machine
        # The mode belongs to the pipe, not to our descriptor: clients expect that writes succeed.
        os.set_blocking(writer, True)
        flags = f" -j{jobs} --jobserver-auth={reader},{writer}"
        yield JobserverAccess({"MAKEFLAGS": flags}, (reader, writer))
    finally:
        os.close(reader)
        os.close(writer)


def is_client(version: str) -> bool:
    """Return whether a version of PyPI's ninja takes part; earlier ones know no pipes."""
    numbers = re.findall(r"\d+", version)[:2]
    return tuple(int(number) for number in numbers) >= _FIRST_CLIENT


def path_with_ninja(state: Path, program: str, path: str) -> str:
    """Return a search path where `ninja` is `program`, by way of a link in `state`/tools."""
    link = state / "tools/ninja"
    with contextlib.suppress(OSError):
        if os.readlink(link) != program:  # noqa: PTH115 - each build, also an idle one
            # The link is that of another installation of the tool.
            link.unlink()
    if not link.is_symlink():
        make_directory(link.parent)
        link.symlink_to(program)
    return f"{link.parent}{os.pathsep}{path}"


def without_own_limit(text: str) -> str:
    """Return a recipe line whose sub-builds respect the limit of the build.

    A make that is given `-j` leaves the jobserver and starts that many jobs of its own.
    """
    if "-j" not in text and "--parallel" not in text:
        return text
    return _SUB_BUILD.sub(lambda match: _OWN_LIMIT.sub("", match.group()), text)
