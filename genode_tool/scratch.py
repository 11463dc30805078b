"""Scratch directories: gone when their work is over, also after a `kill -9`.

The keeper knows them from before they exist, and removes what is left when this process ends.
What is made beside its final place, to be renamed, is not scratch: see `genode_tool.files`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from genode_tool.files import remove_tree
from genode_tool.keeper import keeper


def make_scratch(purpose: str, within: Path | None = None) -> Path:
    """Return a new directory that only this user can read; `remove_scratch` ends it.

    It is in `within`, by default where temporary files go (TMPDIR); `purpose` is a part of its
    name. Raises `OSError`.
    """
    import tempfile  # most calls need no scratch directory

    top = Path(tempfile.gettempdir()) if within is None else within
    path = Path(os.path.abspath(top / f"genode-{purpose}-{os.urandom(8).hex()}"))  # noqa: PTH100
    keeper().made(path)
    try:
        path.mkdir(mode=0o700)
    except BaseException:
        keeper().removed(path)
        raise
    return path


def remove_scratch(path: Path) -> None:
    """Remove a directory of `make_scratch` with all it holds; fine if it was renamed."""
    with contextlib.suppress(FileNotFoundError):
        remove_tree(path)
    keeper().removed(path)


@contextlib.contextmanager
def scratch_directory(purpose: str, within: Path | None = None) -> Iterator[Path]:
    """Yield a directory that is removed when the block ends; arguments as for `make_scratch`."""
    path = make_scratch(purpose, within)
    try:
        yield path
    finally:
        remove_scratch(path)
