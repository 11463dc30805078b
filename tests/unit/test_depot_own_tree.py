"""The recipes of our own tree."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from genode_tool.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("life", "test-log", "test-timer")


def test_our_own_packages_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In a copy, whose sources may be ahead of the recipes' versions.
    shutil.copytree(ROOT / "repos", tmp_path / "repos", symlinks=True)
    shutil.copy(ROOT / "LICENSE", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["depot", "bump", "--version-cmd", "echo 2099-01-01"]) == 0
    names = [f"genode/pkg/{name}" for name in PACKAGES]
    assert main(["depot", "extract", *names, "genode/src/init"]) == 0
    assert "created genode/api/base/" in capsys.readouterr().out
    assert main(["depot", "verify"]) == 0
    assert capsys.readouterr().out == "genode: 11 of 11 archives are all right\n"
    assert main(["depot", "status"]) == 0
