"""Reports about a set of runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from genode_tool.errors import EnvironmentProblem
from genode_tool.report.runs.collect import Collector, RunSet
from genode_tool.report.runs.files import as_data, html, junit, write_reports
from genode_tool.run.events import Phase, PhaseEnded, PhaseStarted, ScenarioEnded, ScenarioStarted
from genode_tool.run.record.run_record import RECORD_FILES, SCREEN
from genode_tool.run.verdict import Difference, Evidence, Outcome, Verdict

_PIXEL = bytes.fromhex("89504e470d0a1a0a")


def verdict(name: str, outcome: Outcome, record: Path | None = None, kernel: str = "hw") -> Verdict:
    return Verdict(
        name=name,
        kernel=kernel,
        board="pc" if kernel == "hw" else "linux",
        outcome=outcome,
        exit_code=outcome.exit_code,
        reason=f"because of <{name}>",
        seconds=2.5,
        record=record,
        evidence=Evidence("wanted", (Difference(0, "a", "b\x1b[31m"),), ("last\x07 line",)),
        hint="do that",
    )


def record(path: Path) -> Path:
    path.mkdir()
    (path / "serial.log").write_text(
        "    0.125  [init] \x1b[31mred\x1b[0m & <b>\n   12.500  \x00\n"
    )
    (path / "command").write_text("qemu -S\n\n# by hand, in /x:\nqemu -serial stdio\n")
    (path / "modules.json").write_text('{"modules": {"init": 4096}}')
    (path / SCREEN).write_bytes(_PIXEL)
    return path


@pytest.fixture
def runs(tmp_path: Path) -> RunSet:
    collector = Collector(tmp_path)
    results = (
        verdict("good", Outcome.PASSED, record(tmp_path / "good")),
        verdict("late", Outcome.TIMEOUT, record(tmp_path / "late")),
        verdict("torn", Outcome.SCRIPT_ERROR),
        verdict("elsewhere", Outcome.SKIPPED),
        verdict("good", Outcome.PASSED, kernel="linux"),
    )
    for index, one in enumerate(results):
        script = Path(f"{one.name}.run")
        collector(ScenarioStarted(one.name, script, one.kernel, one.board, index + 1, 5))
        collector(PhaseStarted(one.name, Phase.BUILD, 0.0))
        collector(PhaseEnded(one.name, Phase.BUILD, 1.0, 1.0, "core init"))
        collector(PhaseStarted(one.name, Phase.EXECUTE, 1.5, "wanted"))
        collector(ScenarioEnded(one.name, one))
        if one.record:  # the next run of the same scenario replaces its record
            for name in RECORD_FILES:
                (one.record / name).unlink(missing_ok=True)
    return collector.run_set()


def test_counts(runs: RunSet) -> None:
    assert (runs.passed, runs.failed, runs.skipped) == (2, 2, 1)


def test_a_phase_that_was_cut_off_lasts_until_the_end(runs: RunSet) -> None:
    bars = {bar.phase: (bar.start, bar.seconds) for bar in runs.entries[1].bars}
    assert bars == {"build": (0.0, 1.0), "execute": (1.5, 1.0)}


def test_junit(runs: RunSet) -> None:
    root = ElementTree.fromstring(junit(runs))
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"hw/pc", "linux/linux"}
    hw = suites["hw/pc"]
    counts = [hw.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]
    cases = {case.get("name"): case for case in hw}
    assert cases["good"].find("failure") is None
    failure = cases["late"].find("failure")
    assert failure is not None
    assert failure.get("type") == "time-out"
    assert failure.get("message") == "because of <late>"
    assert "line 1: found:    b" in (failure.text or "")
    assert cases["torn"].find("error") is not None
    assert cases["elsewhere"].find("skipped") is not None
    assert (cases["late"].findtext("system-out") or "").splitlines()[0] == "[init] red & <b>"


def test_json(runs: RunSet) -> None:
    data = json.loads(json.dumps(as_data(runs)))
    late = data["runs"][1]
    assert (data["passed"], data["failed"], data["skipped"]) == (2, 2, 1)
    assert (late["outcome"], late["exit_code"], late["attempts"]) == ("time-out", 254, 1)
    assert late["log"][0] == [0.125, "[init] \x1b[31mred\x1b[0m & <b>"]
    assert late["modules"] == {"init": 4096}
    assert late["command"] == "qemu -serial stdio"


def test_page_escapes_what_a_machine_printed(runs: RunSet) -> None:
    page = html(runs)
    assert "[init] red &amp; &lt;b&gt;" in page
    assert "because of &lt;late&gt;" in page
    assert "\x1b" not in page
    assert "\x00" not in page
    assert "genode run late KERNEL=hw BOARD=pc" in page
    assert "data:image/png;base64,iVBORw0KGgo=" in page
    assert "http" not in page.replace("http-equiv", "")  # needs nothing from elsewhere


def test_no_control_characters_in_the_page(tmp_path: Path) -> None:
    evil = "a\x1b]0;title\x07b\x1b[2Jc\x00d\x9be\rf"
    where = record(tmp_path / "evil")
    (where / "config").write_text(evil)
    (where / "script.log").write_text(evil)
    one = replace(
        verdict(evil, Outcome.TIMEOUT, where),
        reason=evil,
        board=evil,
        hint=evil,
        trail=(evil,),
        evidence=Evidence(evil, (Difference(0, evil, evil),), (evil,), (evil,)),
    )
    collector = Collector(tmp_path)
    collector(ScenarioStarted(evil, tmp_path, evil, evil, 1, 1))
    collector(PhaseStarted(evil, Phase.BUILD, 0.0))
    collector(PhaseEnded(evil, Phase.BUILD, 1.0, 1.0, evil))
    collector(ScenarioEnded(evil, one))
    page = html(collector.run_set())
    assert page.count("abcdef") >= 10
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


def test_files_appear_in_one_step(runs: RunSet, tmp_path: Path) -> None:
    target = tmp_path / "re port" / "deep"
    paths = write_reports(runs, target)
    assert sorted(path.name for path in target.iterdir()) == sorted(path.name for path in paths)
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match=r"cannot write .*junit\.xml"):
        write_reports(runs, tmp_path / "file")
