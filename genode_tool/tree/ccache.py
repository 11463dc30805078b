"""`CCACHE := yes` in `etc/build.conf`: the compilers are called through ccache.

ccache(1), "RUN MODES": called by the name of a compiler, it looks for the real one of that name
in CCACHE_PATH or PATH. Links of these names in the build directory stand for the compilers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.makefile import Evaluation
from genode_tool.process import find_program


def compiler_cache(
    ev: Evaluation, build_dir: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that put ccache in front of the compilers of a configuration.

    Raises `EnvironmentProblem` when ccache is missing or the links cannot be made.
    """
    ccache = find_program("ccache")
    if ccache is None:
        raise EnvironmentProblem(
            "CCACHE is `yes`, but the program `ccache` is missing",
            hint="`genode doctor` tells how to get it; `CCACHE=` builds without it",
        )
    directory = Path(build_dir) / "var/tool/ccache"
    exported = {"CCACHE_NODIRECT": "1"}
    for variable in ("CUSTOM_CC", "CUSTOM_CXX"):
        compiler = ev.value(variable).strip()
        link = directory / compiler.rpartition("/")[2]
        try:
            directory.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink() or link.readlink() != ccache:
                link.unlink(missing_ok=True)
                with contextlib.suppress(FileExistsError):
                    link.symlink_to(ccache)
        except OSError as error:
            raise EnvironmentProblem(f"cannot create {link}: {error.strerror}") from error
        exported[variable] = str(link)
        if compiler.startswith("/"):
            path = environment.get("PATH", "")
            exported["CCACHE_PATH"] = f"{compiler.rpartition('/')[0]}:{path}"
    return exported
