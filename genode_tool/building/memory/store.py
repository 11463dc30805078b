"""The one store of what is remembered between calls: sealed records below `var/genode`.

Its users are the evaluations (`evaluation_cache`), the plans of calls (`plan_cache`), the
replayed answers (`answers`) and the sources of build steps (`ninja.sources`). A record is plain
data together with its form: the version of the tool, or of the record's layout. A record of
another form, or a damaged one, counts as missing: everything here can be recomputed.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from genode_tool.files import make_directory, write_atomically
from genode_tool.recall import sealed, unsealed

STATE = "var/genode"
"""The directory of the store, relative to a build directory."""


class MemoryStore:
    """The records in one directory, by relative name."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def of(cls, build_dir: Path | str) -> MemoryStore:
        """Return the store of a build directory, which is created by the first record."""
        return cls(Path(build_dir) / STATE)

    def make_directory(self) -> None:
        """Create the directory. Raises `EnvironmentProblem` when that fails."""
        if not self.directory.is_dir():
            make_directory(self.directory, hint="is the build directory writable?")

    def read(self, name: str, form: str) -> Any:
        """Return the data of record `name`, None when it is missing or of another form."""
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            found, data = unsealed((self.directory / name).read_bytes())
            if found == form:
                return data
        return None

    def write(self, name: str, form: str, data: Any) -> None:
        """Replace record `name`. Raises `EnvironmentProblem` when it cannot be written."""
        write_atomically(self.directory / name, sealed((form, data)))

    def keep_newest(self, group: str, count: int) -> None:
        """Remove all but the `count` records of the sub-directory `group` written last."""

        def age(path: Path) -> float:
            with contextlib.suppress(OSError):
                return path.stat().st_mtime
            return 0.0

        for path in sorted((self.directory / group).iterdir(), key=age, reverse=True)[count:]:
            path.unlink(missing_ok=True)
