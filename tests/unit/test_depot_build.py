"""`genode depot create` and `build` with our own tree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from genode_tool.cli.main import main
from tests.unit.depot_fixture import Genode, genode

__all__ = ["genode"]

ROOT = Path(__file__).resolve().parents[2]
V = "2099-01-01"
BINARY = f"genode/bin/x86_64/test-log/{V}"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of our tree, whose sources are the recipes' version."""
    shutil.copytree(ROOT / "repos", tmp_path / "repos", symlinks=True)
    shutil.copy(ROOT / "LICENSE", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION", "DEPOT_DIR"):
        monkeypatch.delenv(name, raising=False)
    for hash_file in tmp_path.glob("repos/*/recipes/*/*/hash"):
        hash_file.write_text("2000-01-01 0\n")
    assert main(["-q", "depot", "bump", "--version-cmd", f"echo {V}"]) == 0
    return tmp_path


def test_a_package_is_created_with_its_binaries(tree: Path, genode: Genode) -> None:
    call = ("depot", "create", "genode/pkg/x86_64/test-log", "--debug-info")
    code, out, err = genode(*call)
    assert code == 0, out + err
    depot = tree / "depot"
    assert [path.name for path in (depot / BINARY).iterdir()] == ["test-log"]
    assert (depot / BINARY.replace("/bin/", "/dbg/") / "test-log.debug").is_file()
    assert not (depot / f"{BINARY}.build").exists()
    hashes = [
        (depot / f"genode/{one}/{V}.hash").read_text().strip()
        for one in ("src/test-log", "api/base")
    ]
    assert (depot / f"{BINARY}.hash").read_text() == " ".join(hashes) + "\n"
    record = json.loads((depot / f"{BINARY}.record").read_text())
    assert "version" in record["compiler"]
    assert record["built_from"][f"genode/api/base/{V}"] == hashes[1]
    assert genode("depot", "verify")[0] == 0

    assert "1 up to date" in genode(*call)[1].splitlines()[-1]
    # What the original or a server has put there has no record, and stays.
    (depot / f"{BINARY}.record").unlink()
    assert "1 up to date" in genode(*call)[1].splitlines()[-1]
    # The original makes an error of a binary that does not belong to its interfaces.
    (depot / f"{BINARY}.hash").write_text(hashes[0])
    assert f"created {BINARY}" in genode(*call)[1]


def test_a_changed_rule_is_noticed(tree: Path, genode: Genode) -> None:
    # The original rebuilds nothing.
    call = ("depot", "create", "genode/bin/x86_64/test-log")
    assert genode(*call)[0] == 0
    rules = tree / "repos/base/mk/global.mk"
    rules.touch()
    assert "1 up to date" in genode(*call)[1].splitlines()[-1]
    rules.write_text(rules.read_text() + "CC_OPT += -DCHANGED\n")
    assert f"created {BINARY}" in genode(*call)[1]
    record = tree / f"depot/{BINARY}.record"
    data = json.loads(record.read_text())
    data["compiler"] |= {"stamp": [0, 0], "version": "g++ 1.0"}
    record.write_text(json.dumps(data))
    assert f"created {BINARY}" in genode(*call)[1]


def test_a_failed_build_leaves_nothing(tree: Path, genode: Genode) -> None:
    (tree / "repos/base/src/test/log/main.cc").write_text("int main( {\n")
    words = ("--update-versions", "--version-cmd", "echo 2099-02-02")
    code, out, _ = genode("depot", "create", "genode/bin/x86_64/test-log", *words)
    assert code == 1
    assert "building genode/bin/x86_64/test-log/2099-02-02 failed" in out
    depot = tree / "depot/genode/bin/x86_64/test-log"
    assert not depot.exists() or not list(depot.iterdir())


def test_missing_ingredients_are_named_at_once(tree: Path, genode: Genode) -> None:
    assert genode("depot", "extract", "genode/pkg/test-timer")[0] == 0
    shutil.rmtree(tree / "depot/genode/api")
    code, _, err = genode("depot", "build", f"genode/pkg/x86_64/test-timer/{V}")
    assert code == 2
    assert f"missing in the depot: genode/api/base/{V} genode/api/timer_session/{V}" in err
    code, _, err = genode("depot", "build", "genode/bin/x86_64/init")
    assert (code, "no version is named: genode/bin/x86_64/init" in err) == (2, True)
    code, _, err = genode("depot", "build", "genode/bin/x86_64/init/1")
    assert (code, "missing in the depot: genode/src/init/1" in err) == (2, True)
