"""How a binary archive was built: rules, compiler and settings, beside what it was built from.

The original's hash of a binary covers the source and interfaces only. The record is kept beside it,
so that a changed rule or compiler is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genode_tool import process
from genode_tool.tree import BuildDirectory

_SECONDS = 60.0


def rules_digest(genode_dir: Path, tools: Path) -> str:
    """Return a digest of the rule makefiles and of `tools.conf`. Raises `OSError`."""
    digest = hashlib.sha256()
    top = genode_dir / "repos/base/mk"
    files = [path for path in sorted(top.rglob("*")) if path.is_file()]
    for path in [*files, *([tools] if tools.is_file() else [])]:
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def compiler_of(build_dir: BuildDirectory) -> dict[str, Any]:
    """Return the compiler of a build directory: its path, a stamp, and what it calls itself."""
    words = build_dir.variable("CUSTOM_CXX").split() or ["g++"]
    found = process.find_program(words[0])
    return _described(found) if found else {"path": words[0]}


def _described(path: Path) -> dict[str, Any]:
    done = process.run([str(path), "--version"], timeout=_SECONDS)
    version = done.stdout.decode(errors="replace").partition("\n")[0]
    return {"path": str(path), "stamp": _stamp(path), "version": version}


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_mtime_ns, found.st_size]


def same_compiler(recorded: Any) -> bool:
    """Return whether the recorded compiler is still the one at its path."""
    if not isinstance(recorded, Mapping) or "stamp" not in recorded:
        return True  # nothing is known of it
    path = Path(str(recorded["path"]))
    try:
        if _stamp(path) == recorded["stamp"]:
            return True
    except OSError:
        return False
    return bool(_described(path)["version"] == recorded["version"])
