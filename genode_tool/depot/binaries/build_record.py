"""How a binary archive was built: rules, compiler and settings, beside what it was built from.

The original's hash of a binary covers the source and interfaces only. The record is kept beside it,
so that a changed rule or compiler is noticed. Settings are the values of what `tools.conf` and
the call assign, wherever that is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genode_tool import process
from genode_tool.makefile import Evaluation, Inputs
from genode_tool.tree import BuildDirectory

_SECONDS = 60.0
_RULES = "repos/base/mk"
_NO_SETTINGS = frozenset(("CCACHE", "REQUIRED_GCC_VERSION", "MAKEFILE_LIST", "SPECS"))


def rule_files(genode_dir: Path) -> list[Path]:
    """Return the rule makefiles of a tree, sorted."""
    return [path for path in sorted((genode_dir / _RULES).rglob("*")) if path.is_file()]


def rule_directories(genode_dir: Path) -> list[Path]:
    """Return the directories of the rule makefiles of a tree, sorted."""
    top = genode_dir / _RULES
    return [top, *(path for path in sorted(top.rglob("*")) if path.is_dir())]


def rules_digest(genode_dir: Path) -> str:
    """Return a digest of the rule makefiles. Raises `OSError`."""
    digest = hashlib.sha256()
    for path in rule_files(genode_dir):
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def settings_of(
    tools: Path, spec: str, overrides: Mapping[str, str], inputs: Inputs
) -> dict[str, str]:
    """Return what `tools.conf` and `overrides` set for a spec, by name, sorted.

    A compiler cache, and the version that a compiler is compared with, change no binary. Raises
    `MakefileError`.
    """
    ev = Evaluation(
        inputs,
        cwd=str(tools.parent),
        variables={**overrides, "SPECS": f"genode {spec}"},
        environ=process.scrubbed_environment({}),
    )
    before = set(ev.variables)
    if inputs.stat(str(tools)) is not None:
        ev.include(str(tools))
    names = ({*ev.variables} - before) | {*overrides}
    found = {name: ev.value(name) for name in sorted(names - _NO_SETTINGS)}
    return {name: value for name, value in found.items() if value}


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
