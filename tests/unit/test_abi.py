"""Shared libraries against symbol files, and the check as a step of a build."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.binary.abi import dynamic_symbols, violations
from genode_tool.building.plan.builtin_programs import with_builtin_programs

_PROGRAM = Path(__file__).parents[2] / "genode_tool/binary/__main__.py"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return _compiled(tmp_path_factory.mktemp("abi"), "gcc")


def _compiled(directory: Path, compiler: str) -> bytes:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is missing")
    (directory / "x.c").write_text("extern int o; char d[24] = {1}; int f(void) { return o; }\n")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-nostdlib", "-o", "x.so", "x.c"], cwd=directory, check=True
    )
    return (directory / "x.so").read_bytes()


@pytest.mark.parametrize("compiler", ["gcc", "arm-linux-gnueabihf-gcc", "riscv64-linux-gnu-gcc"])
def test_defined_symbols_have_sizes(tmp_path: Path, compiler: str) -> None:
    found = dict(dynamic_symbols(_compiled(tmp_path, compiler)))
    assert found["d"] == 24
    assert found["f"] > 0
    assert "o" not in found  # defined elsewhere


def test_a_fitting_symbol_file(library: bytes) -> None:
    assert violations(library, "# data\n\nd D 24\nf T\nelsewhere D 4\n") == []
    assert violations(library, "d D 32\n") == []


@pytest.mark.parametrize(
    ("symbols", "line", "word"),
    [
        ("f T\nd D 16\n", 2, "24 bytes in the library, 16 here"),
        ("f T \n", 1, "white space"),
        ("f T\nd D 24\nf T\n", 3, "line 1"),
        ("d D 24\ninner T\n", 2, "must not be in an ABI"),
        ("# Please review the symbols and remove this line.\n", 1, "reviewed"),
    ],
)
def test_violations(library: bytes, symbols: str, line: int, word: str) -> None:
    ((number, message),) = violations(library, symbols, frozenset(("inner",)))
    assert number == line
    assert word in message


@pytest.mark.parametrize("damaged", [b"", b"no ELF", b"\x7fELF" + b"\2\1" + b"\xff" * 80])
def test_what_is_no_library(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="ELF"):
        violations(damaged, "f T\n")


def test_as_a_step(tmp_path: Path, library: bytes) -> None:
    (tmp_path / "x.so").write_bytes(library)
    (tmp_path / "x").write_text("d D 16\n")
    step = [sys.executable, "-I", "-S", str(_PROGRAM), "check-abi", "none", "x.so", "x"]
    done = subprocess.run(step, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("x:1: error: `d` has 24 bytes")
    (tmp_path / "x").write_text("d D 24\n")
    assert subprocess.run(step, cwd=tmp_path, check=False).returncode == 0


def test_the_place_of_the_trees_program() -> None:
    text = with_builtin_programs(
        "/t/repos/base/../../tool/check_abi x.lib.so /t/lib/symbols/x && touch x"
    )
    assert text.endswith(
        "__main__.py check-abi /t/repos/base/../../tool/internal_abi.list"
        " x.lib.so /t/lib/symbols/x && touch x"
    )
    assert with_builtin_programs("echo tool/check_abis") == "echo tool/check_abis"
