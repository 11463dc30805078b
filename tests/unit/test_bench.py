"""`bench/all.py`: what it keeps of the measurements, and what it says about earlier ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import all as everything
from bench import measure


def _results(user: float, error: str = "") -> dict[str, Any]:
    peers = [
        {"name": "make", "wall": 1.0, "cpu": 0.9, "user": 0.5, "peak": 10.0},
        {"name": "ours", "wall": 2.0, "cpu": 1.9, "user": user, "peak": 20.0},
    ]
    case = {"title": "many rules", "rounds": 3, "peers": peers}
    program = {"program": "makefile", "seconds": 4.0, "error": error, "cases": [case]}
    machine = {"processor": "a processor", "cores": "2"}
    return {
        "form": everything.FORM,
        "date": "2026-01-02",
        "machine": machine,
        "programs": [program],
    }


def test_medians_of_a_case_become_a_line_of_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(measure.RESULTS, str(tmp_path / "results"))
    peers = [measure.Peer("a", ("true",), tmp_path), measure.Peer("b", ("true",), tmp_path)]
    measure.compare(measure.Case("nothing", peers, rounds=2))
    (line,) = (tmp_path / "results").read_text().splitlines()
    kept = json.loads(line)
    assert (kept["title"], kept["rounds"]) == ("nothing", 2)
    assert [one["name"] for one in kept["peers"]] == ["a", "b"]
    assert all(one["peak"] > 0 for one in kept["peers"])
    assert "nothing (median of 2)" in capsys.readouterr().out


def test_the_page_has_ratios_and_the_machine() -> None:
    text = "\n".join(everything.page(_results(1.0), None))
    assert "* processor: a processor" in text
    assert "| make | 1.000 | 0.900 | 0.500 | 10.0 | 1.00 |" in text
    assert "| ours | 2.000 | 1.900 | 1.000 | 20.0 | 2.00 |" in text


def test_the_page_compares_ratios_with_earlier_ones() -> None:
    text = "\n".join(everything.page(_results(1.0), _results(2.0)))
    assert "| 2.00 | 4.00 | -50 % |" in text
    assert "compared with: 2026-01-02" in text


def test_the_page_says_why_a_program_failed() -> None:
    assert "Failed: no expect here" in list(everything.page(_results(1.0, "no expect here"), None))


def test_results_of_another_form_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    for content in ("[]", "{", '{"form": 0}'):
        path.write_text(content)
        with pytest.raises(SystemExit, match=r"old\.json"):
            everything._read(path)


def test_each_program_of_the_directory_is_run_or_a_part_of_one() -> None:
    parts = {"__init__", "all", "measure", "evaluate_all", "makefile_inputs"}
    found = {path.stem for path in everything.HERE.glob("*.py")}
    assert found - parts == {one.name for one in everything.PROGRAMS}
