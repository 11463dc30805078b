from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from genode_tool import selftest
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import discard


@dataclass
class Checkers:
    """Stands in for the checkers: records each call and exits with the status set for its name."""

    statuses: Mapping[str, int]
    calls: list[Sequence[str]] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)

    def run(self, root: Path, env: Mapping[str, str], arguments: Sequence[str]) -> int:
        assert env["PYTHONPATH"] == str(root)
        self.calls.append(arguments)
        self.roots.append(root)
        return self.statuses.get(" ".join(arguments[:2]), self.statuses.get(arguments[0], 0))


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ({}, 0),
        ({"pytest": 1}, 1),
        ({"pytest": 5}, 5),
        ({"ruff check": 1}, 1),
        ({"ruff format": 1}, 1),
        ({"mypy": 2}, 1),
        ({"vulture": 3}, 1),
        ({"mypy": 1, "pytest": 3}, 3),
    ],
)
def test_exit_code_is_pytests_or_1_for_the_other_checks(
    monkeypatch: pytest.MonkeyPatch, statuses: Mapping[str, int], code: int
) -> None:
    checkers = Checkers(statuses)
    monkeypatch.setattr(selftest, "_run", checkers.run)
    assert selftest.check(discard, expression=None, jobs=None, words=()) == code
    assert [call[0] for call in checkers.calls] == ["ruff", "ruff", "mypy", "vulture", "pytest"]


def test_the_checkers_heed_ctrl_c_also_when_we_were_started_in_the_background(
    tmp_path: Path,
) -> None:
    (tmp_path / "probe.py").write_text(
        "import signal, sys\nsys.exit(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)\n"
    )
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        assert selftest._run(tmp_path, env, ["probe"]) == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, former)


def test_options_reach_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    checkers = Checkers({})
    monkeypatch.setattr(selftest, "_run", checkers.run)
    selftest.check(discard, expression="a or b", jobs=3, words=("-x", "tests/unit"))
    assert checkers.calls[-1][-9:] == [
        "-n",
        "3",
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        "-k",
        "a or b",
        "-x",
        "tests/unit",
    ]


def test_a_checkout_that_makefiles_cannot_name_is_copied(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = tmp_path / "my checkout"
    for name in ("tests/x.py", "build/big", "genode_tool/build/y.py", "genode_tool/cli/a/b/c.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    monkeypatch.setattr(selftest, "checkout", lambda: root)
    seen: list[set[str]] = []

    def run(place: Path, _env: Mapping[str, str], _arguments: Sequence[str]) -> int:
        seen.append({str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()})
        return 0

    monkeypatch.setattr(selftest, "_run", run)
    assert selftest.check(discard, expression=None, jobs=1, words=()) == 0
    assert seen[0] == {"tests/x.py", "genode_tool/build/y.py", "genode_tool/cli/a/b/c.py"}


def test_an_installation_has_no_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "checkout", lambda: None)
    with pytest.raises(EnvironmentProblem, match="no tests in") as caught:
        selftest.check(discard, expression=None, jobs=None, words=())
    assert "in a checkout of the project" in caught.value.hint


def test_the_callers_settings_do_not_reach_the_tests(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "MAKEFLAGS", "GENODE_HOME", "GENODE_UPSTREAM"):
        monkeypatch.setenv(name, "x")
    env = selftest._environment(tmp_path, tmp_path / "cache")
    assert not {"PYTHONDONTWRITEBYTECODE", "MAKEFLAGS", "GENODE_HOME"} & set(env)
    assert env["GENODE_UPSTREAM"] == "x"
    assert env["PATH"] == os.environ["PATH"]
