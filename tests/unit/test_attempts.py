"""The count of attacks at the end of the tests."""

from __future__ import annotations

from tests.shared.attempts import line


def test_attacks_are_counted_by_kind() -> None:
    passed = ["tests/attack/test_archives.py::a[1]", "tests/attack/test_archives.py::a[2]"]
    passed += ["tests/attack/fetch/test_git.py::b", "tests/unit/test_files.py::c"]
    assert line(passed, []) == "attacks: 3 attempts (2 on archives, 1 on git); 0 succeeded"
    assert line(passed[:1], ["tests/attack/test_git.py::b"]) == (
        "attacks: 2 attempts (1 on archives); 1 succeeded"
    )
    assert line(["tests/unit/test_files.py::c"], []) is None
