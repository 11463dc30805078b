"""The major version of a GCC, which names of packages and of directories contain."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from genode_tool.programs.distribution import host_ids
from genode_tool.settings.layered import settings_of

NATIVE = "gcc"
_OLDEST = "12"
_DIRECTORIES = ("lib", "lib64", "libexec")


def gcc_major(*compilers: str) -> str:
    """Return the major version of the first of `compilers` that is installed.

    These are names of one compiler on different distributions, by default the host's. Before any
    is installed, it is the version of the distribution.

    Several versions can be installed beside it, and a compiler for another machine need not have
    the version of the host's. It is found without starting the compiler: the launcher and hints
    read the list of programs.
    """
    found = ((one, shutil.which(one)) for one in compilers or (NATIVE,))
    majors = (_major(Path(path), name) for name, path in found if path)
    return next((major for major in majors if major), "") or _default()


def _major(path: Path, compiler: str) -> str:
    """Return the major version of the compiler at `path`; "" when its files do not say."""
    real = path.resolve()
    named = re.search(r"-(\d+)$", real.name)
    if named:
        return named[1]  # Debian's names have it
    triplet = compiler.removesuffix(NATIVE).removesuffix("-") or f"{os.uname().machine}-*"
    versions = [
        int(one.name.partition(".")[0])  # 15, or 15.2.1 on Arch
        for directory in _DIRECTORIES
        for one in (real.parent.parent / directory).glob(f"gcc*/{triplet}/[1-9]*")
        if one.name.replace(".", "").isdigit()
    ]
    return str(max(versions)) if versions else ""


def _default() -> str:
    known = settings_of().programs.default_gcc
    return next((known[one] for one in host_ids() if one in known), _OLDEST)
