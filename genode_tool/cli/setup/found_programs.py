"""Notes in the private environment: the programs of a feature, found by an earlier call.

Reading the settings and looking up all programs takes longer than the rest of a start. As long as
the settings' files, the search path and the programs found are as noted, nothing has to be read.
"""

from __future__ import annotations

import contextlib
import marshal
import os
from collections.abc import Iterable
from pathlib import Path

from genode_tool.cli.setup.needs import Needs
from genode_tool.programs.kinds import Program

_PATHS = ("PATH", "CPATH")


def still_there(environment: Path, needs: Needs) -> bool:
    """Return whether all programs that `needs` names were found, and are where they were."""
    try:
        paths, settings, programs = marshal.loads(_note(environment, needs).read_bytes())
        return (
            paths == _search_paths()
            and all(_stamp(path) == stamp for path, stamp in settings)
            and all(os.access(path, os.F_OK) for path in programs)
        )
    except (OSError, ValueError, EOFError, TypeError):
        return False


def note(environment: Path, needs: Needs, programs: Iterable[Program]) -> None:
    """Note where `programs` are, for `still_there`; nothing when one is missing."""
    from genode_tool.settings.layered import settings_of

    found = [program.find() for program in programs]
    files = [str(path) for _, path in settings_of().files("programs")]
    if None in found:
        return
    content = (_search_paths(), [(path, _stamp(path)) for path in files], list(map(str, found)))
    place = _note(environment, needs)
    part = place.with_name(f"{place.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):  # an environment that cannot be written is slower
        place.parent.mkdir(exist_ok=True)
        part.write_bytes(marshal.dumps(content))
        part.replace(place)


def _note(environment: Path, needs: Needs) -> Path:
    names = [needs.feature, *needs.also, *needs.machines]
    return environment / "found" / "-".join(one.name.lower() for one in names)


def _search_paths() -> tuple[str, ...]:
    return tuple(os.environ.get(name, "") for name in _PATHS)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """Return the modification time (ns), size and inode of a file, None if it does not exist."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
