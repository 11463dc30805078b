"""Our own C library does what the host's does, on generated cases."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

_LIBPORTS = Path(__file__).resolve().parents[2] / "repos/libports"
_LIBC = _LIBPORTS / "src/lib/libc"
_DRIVER = Path(__file__).parent / "libc/compare.cc"

# Everything that needs nothing of the system below: no memory, no streams.
_PURE = (
    "calendar ctype format format_float integer locale print_to_memory sort strftime string"
    " strtod math_basic math_exp math_trig"
)
_FREESTANDING = (
    "-std=c++20 -O2 -Wall -Wextra -Werror -ffreestanding -nostdinc -nostdinc++ -fno-exceptions"
    " -fno-rtti -fno-threadsafe-statics -fno-math-errno -fno-tree-loop-distribute-patterns"
    " -fno-stack-protector"
)
_CASES = 3000
_LINE = re.compile(r"^(\w+) (\d+) (\d+) ([\d.]+)$", re.MULTILINE)

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("g++", "as", "objcopy")), reason="no compiler"
)


def _run(*argv: str | Path) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_results_are_those_of_the_host(tmp_path: Path) -> None:
    names = _PURE.split()
    objects = [tmp_path / f"{name}.o" for name in (*names, "setjmp")]
    headers = [f"-I{_LIBPORTS / 'include/libc'}", f"-I{_LIBC}"]
    for name in names:
        source = _LIBC / f"{name}.cc"
        _run("g++", *_FREESTANDING.split(), *headers, "-c", source, "-o", tmp_path / f"{name}.o")
    _run("as", _LIBC / "spec/x86_64/setjmp.s", "-o", tmp_path / "setjmp.o")
    for path in objects:
        _run("objcopy", "--prefix-symbols=own_", path)
    program = tmp_path / "compare"
    _run("g++", "-std=c++20", "-fno-builtin", _DRIVER, *objects, "-o", program)

    said = _run(program, str(_CASES))

    groups = {name: (int(cases), int(wrong)) for name, cases, wrong, _ in _LINE.findall(said)}
    assert len(groups) == 33, said
    assert [name for name, (_, wrong) in groups.items() if wrong] == [], said
    assert sum(cases for cases, _ in groups.values()) > 100 * _CASES
