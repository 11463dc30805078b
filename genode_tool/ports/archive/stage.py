"""The directory in which an archive is extracted before its content goes where it belongs.

It starts empty, so nothing that was there before can lead an extraction astray, and a refused or
damaged archive leaves nothing behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.files import remove_tree
from genode_tool.ports.archive.names import BadArchive, is_suspicious
from genode_tool.ports.fetch.problems import disk_problem


@contextmanager
def staging(into: Path, key: str) -> Iterator[Path]:
    """Yield an empty directory inside of `into` (which is made), removed afterwards.

    `key` distinguishes archives that are extracted into the same directory. Left-overs of a
    killed extraction of the same archive are removed first.
    """
    stage = into / f".extracting-{key}"
    try:
        remove_tree(stage)
        stage.mkdir(parents=True)
    except OSError as error:
        raise disk_problem(error, stage) from error
    try:
        yield stage
    finally:
        remove_tree(stage)


def settle(stage: Path, into: Path, archive: str) -> None:
    """Move the content of `stage` into `into`: directories merge, other things replace.

    Raises `BadArchive` when something is to be a file that is a directory in `into`.
    """
    for entry in list(os.scandir(stage)):
        target = into / entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                if target.is_dir() and not target.is_symlink():
                    settle(Path(entry.path), target, archive)
                    continue
                if target.is_symlink() or target.exists():
                    target.unlink()
            elif target.is_dir() and not target.is_symlink():
                raise BadArchive(f"{archive}: `{entry.name}` is a directory in {into} already")
            Path(entry.path).rename(target)
        except OSError as error:
            raise EnvironmentProblem(f"cannot make {target}: {error.strerror}") from error


def suspicious_links(stage: Path) -> list[Path]:
    """Return the symbolic links below `stage`, relative to it, that may lead out of it."""
    found = []
    for directory, directories, names in os.walk(stage):
        for name in (*directories, *names):
            path = Path(directory, name)
            if path.is_symlink() and is_suspicious(os.fsencode(path.readlink())):
                found.append(path.relative_to(stage))
    return found


def leads_outside(link: Path, boundary: Path) -> bool:
    """Return whether `link` leads out of the directory `boundary`, to something or nothing."""
    top = os.path.realpath(boundary)
    target = os.path.realpath(link)
    return target != top and not target.startswith(f"{top}/")
