"""Paths without blanks for trees that lie below a directory with a blank in its name.

Makefiles separate names with blanks, so nothing below such a directory can be named in one.
A symbolic link stands for the directory instead; it lies in the user's cache directory, or in
a private directory below `/tmp` when that has a blank in its name as well.
"""

from __future__ import annotations

import os
from _blake2 import blake2b  # `hashlib` would load OpenSSL
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.files import replace_link


def without_blanks(path: Path) -> Path:
    """Return a path to the same place without blanks: `path` itself if it has none.

    Raises `EnvironmentProblem` when no link can be made.
    """
    if not _has_blank(path):
        return path
    # The last one: there may be several, and the link stands for all that is in front of it, too.
    blank = next(one for one in (path, *path.parents) if _has_blank(Path(one.name)))
    name = blake2b(os.fsencode(blank), digest_size=6).hexdigest()
    for directory in _places():
        if _has_blank(directory):
            continue
        link = directory / name
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if directory.stat().st_uid != os.getuid():
                continue
            if not link.is_symlink() or link.readlink() != blank:
                replace_link(link, blank)
        except OSError:
            continue
        return link / path.relative_to(blank)
    raise EnvironmentProblem(
        f"`{path}` has a blank in its name, which makefiles cannot handle",
        hint="move it to a directory without blanks",
    )


def _places() -> tuple[Path, ...]:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    private = f"genode-{os.getuid()}"
    import tempfile  # few places have a blank in their name

    return (Path(cache) / "genode/places", Path(tempfile.gettempdir()) / private)


def _has_blank(path: Path) -> bool:
    return any(character.isspace() for character in str(path))
