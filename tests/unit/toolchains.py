"""Adopted tool chains for tests, each made once per process when first asked for."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem
from genode_tool.toolchain.adopt import Adopted, adopt
from genode_tool.toolchain.architectures import architecture

Adopting = Callable[[str], Adopted]

_MADE: dict[str, Adopted] = {}


@pytest.fixture(scope="session")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Adopting:
    """A function from an architecture's name to its adopted tool chain."""
    directory = tmp_path_factory.getbasetemp() / "a place with blanks"

    def get(name: str) -> Adopted:
        if name not in _MADE:
            try:
                _MADE[name] = adopt(architecture(name), directory)
            except EnvironmentProblem as problem:
                pytest.skip(f"{problem}; {problem.hint}")
        return _MADE[name]

    return get


def imitate(real: Adopted, directory: Path, *options: str, before: str = "") -> str:
    """Make a tool chain that is wrong: the compilers of `real` with `options` of the test's.

    `before` is shell code that runs first. Returns the prefix of its tools.
    """
    bin_directory = directory / "bin"
    bin_directory.mkdir(parents=True)
    prefix = f"{bin_directory}/{real.architecture.tool_prefix}"
    source = Path(real.prefix)
    for tool in source.parent.glob(f"{source.name}*"):
        (bin_directory / tool.name).symlink_to(tool)
    for name in ("gcc", "g++"):
        path = Path(f"{prefix}{name}")
        path.unlink()
        words = shlex.join(options)
        path.write_text(f'#!/bin/sh\n{before}\nexec "{real.prefix}{name}" {words} "$@"\n')
        path.chmod(0o755)
    return prefix


def replace_tool(prefix: str, name: str, script: str) -> None:
    """Put a shell script in place of a tool."""
    path = Path(f"{prefix}{name}")
    path.unlink()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def need(*programs: str) -> None:
    """Skip the test when a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"the program {program} is missing")
