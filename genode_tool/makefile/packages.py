"""What a call of `pkg-config` depends on: `.pc` files, and the directories that may have them.

pkg-config(1), "Environment Variables" and "Metadata File Syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from genode_tool.makefile.inputs import Inputs

NAMES = frozenset(("pkg-config", "pkgconf"))
VARIABLES = (
    "PKG_CONFIG_PATH",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_SYSROOT_DIR",
    "PKG_CONFIG_DISABLE_UNINSTALLED",
    "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS",
    "PKG_CONFIG_ALLOW_SYSTEM_LIBS",
    "PKG_CONFIG_SYSTEM_INCLUDE_PATH",
    "PKG_CONFIG_SYSTEM_LIBRARY_PATH",
    "PKG_CONFIG_TOP_BUILD_DIR",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "LIBRARY_PATH",
)
_OPTION = re.compile(
    r"--(?:cflags|libs|static|exists|modversion|silence-errors|print-errors|short-errors|"
    r"errors-to-stdout|(?:cflags|libs)-only-\w+(?:-\w+)?|variable=[\w-]+|version|"
    r"(?:atleast|exact|max)-version=\S+)"
)
_REQUIRES = re.compile(r"^Requires(?:\.\w+)?[ \t]*:(.*)$", re.MULTILINE)
_VERSIONED = re.compile(r"[<>=!]=?\s*\S+")
_SEPARATORS = re.compile(r"[\s,]+")


def files(
    inputs: Inputs, words: list[str], shell: str, cwd: str, env: Mapping[str, str]
) -> Iterator[str] | None:
    """Return the directories and candidate files of a call, None when it is not understood."""
    packages = []
    for word in words[1:]:
        if not word.startswith("-"):
            packages.append(word)
        elif not _OPTION.fullmatch(word):
            return None
    if "PKG_CONFIG_LIBDIR" in env:
        standard = env["PKG_CONFIG_LIBDIR"]
    else:
        # Built into the program, so it changes with the program alone.
        told = inputs.shell(
            f"{words[0]} --variable pc_path pkg-config",
            shell=shell,
            flags=("-c",),
            cwd=cwd,
            env=env,
        )
        if told.status:
            return None
        standard = told.stdout.decode("utf-8", "surrogateescape").strip()
    path = f"{env.get('PKG_CONFIG_PATH', '')}:{standard}"
    places = [f"{cwd}/{one}" if not one.startswith("/") else one for one in path.split(":") if one]
    return _files(inputs, " ".join(packages), places, cwd)


def _files(inputs: Inputs, packages: str, places: list[str], cwd: str) -> Iterator[str]:
    yield from places
    open_ = _names(packages)
    seen: set[str] = set()
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        if name.endswith(".pc"):
            candidates = [name if name.startswith("/") else f"{cwd}/{name}"]
        else:
            candidates = [f"{place}/{name}.pc" for place in places]
            candidates += [f"{place}/{name}-uninstalled.pc" for place in places]
        for candidate in candidates:
            content = inputs.read(candidate)
            if content is None:
                # One that appears changes what its directory lists.
                continue
            yield candidate
            text = content.decode("utf-8", "surrogateescape").replace("\\\n", " ")
            for required in _REQUIRES.findall(text):
                open_ += _names(required)


def _names(text: str) -> list[str]:
    return [one for one in _SEPARATORS.split(_VERSIONED.sub(" ", text)) if one]
