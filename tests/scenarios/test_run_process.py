"""The engine with a process of the host in place of core."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.run.verdict import Outcome
from tests.shared.standin import make_process
from tests.shared.waiting import await_end, until

_PREPARE = "create_boot_directory\ninstall_config {<config/>}\nbuild_boot_image { core init }\n"


def test_boot_modules_lie_beside_core(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "cat config; wc -c < init; sleep 100")
    verdict = tree.run(_PREPARE + "run_genode_until {16000|8000\\r\\n} 30")
    assert verdict.outcome is Outcome.PASSED, verdict
    log = (tree.path / "var/run/test/serial.log").read_text()
    assert "<config/>" in log
    assert (tree.path / "var/run/test/command").read_text().startswith("./core\n")


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("exit 0", "core ended with exit status 0"),
        ("exit 7", "core ended with exit status 7"),
        ("kill -SEGV $$", "core was killed by SIGSEGV"),
        ("sleep 6000 & kill -SEGV $$", "core was killed by SIGSEGV"),  # it keeps the terminal
    ],
)
def test_the_end_of_core_is_told(tmp_path: Path, end: str, words: str) -> None:
    tree = make_process(tmp_path, f"echo started; {end}")
    verdict = tree.run(_PREPARE + "run_genode_until {never} 3000")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.END_OF_OUTPUT, 253)
    assert verdict.reason == f'output ended before "never" came: {words}'
    assert verdict.evidence.last_lines == ("started",)


def test_a_hung_core_and_its_children_are_gone_after_a_time_out(tmp_path: Path) -> None:
    marker = tmp_path / "child"
    tree = make_process(tmp_path, f"sleep 1000 & echo $! > {marker}\necho up\nwait")
    verdict = tree.run(
        _PREPARE + "run_genode_until {up} 30\nrun_genode_until {x} 0.2 [output_spawn_id]"
    )
    assert verdict.outcome is Outcome.TIMEOUT
    await_end(int(marker.read_text()))


def test_a_killed_engine_leaves_no_core_behind(tmp_path: Path) -> None:
    marker = tmp_path / "core"
    tree = make_process(tmp_path, f"echo $$ > {marker}.new; mv {marker}.new {marker}\nsleep 1000")
    script = tmp_path / "engine.py"
    script.write_text(
        "import sys, pathlib\n"
        f"sys.path[:0] = {[str(Path(__file__).parents[2]), *sys.path]!r}\n"
        "from tests.shared.standin import Tree\n"
        f"tree = Tree(pathlib.Path({str(tree.path)!r}), pathlib.Path({str(tree.genode_dir)!r}),"
        " 'linux', 'linux')\n"
        f"tree.run({_PREPARE!r} + 'run_genode_until {{never}} 300')\n"
    )
    engine = subprocess.Popen([sys.executable, str(script)])
    until(marker.exists, "the program's start")
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    await_end(int(marker.read_text()))


def test_a_module_that_was_never_built_is_named(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "true")
    verdict = tree.run("create_boot_directory\nbuild_boot_image { core init nothere }")
    assert verdict.outcome is Outcome.NO_IMAGE
    assert verdict.reason == "boot module never built: nothere"
    assert verdict.location is not None and verdict.location.line == 2


def test_a_config_that_is_no_xml_is_refused_at_its_line_in_the_script(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "true")
    verdict = tree.run(
        "create_boot_directory\n"
        "install_config {\n<config>\n  <start name=\"x\">\n</config>\n}\n"
        "build_boot_image { core init }\nrun_genode_until {x} 5\n"
    )  # fmt: skip
    assert verdict.exit_code == 2
    assert verdict.reason.startswith("configuration: not well-formed XML: ")
    assert "tag mismatch" in verdict.reason
    assert verdict.location is not None
    assert (verdict.location.line, verdict.location.file) == (
        5,
        str(tree.genode_dir / "repos/base/run/test.run"),
    )


def test_spawned_programs_and_the_system_are_waited_for_together(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo up; read line; echo got $line; sleep 100")
    verdict = tree.run(
        _PREPARE
        + "run_genode_until {up} 30\n"
        + "set system [output_spawn_id]\n"
        + "spawn cat\n"
        + 'set both [list $spawn_id $system]\nsend "to cat\\n"\n'
        + "run_genode_until {to cat} 60 $both\n"
        + 'set spawn_id $system\nsend "to core\\n"\n'
        + "run_genode_until {got to core} 60 $both\n"
    )
    assert verdict.outcome is Outcome.PASSED, verdict


def test_a_scenario_in_python_has_the_same_calls(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo [init] value 42; sleep 100")
    path = tree.script("other.run.py", "")
    path.write_text(
        "def run(scenario):\n"
        "    scenario.build(['core', 'init'])\n"
        "    scenario.create_boot_directory()\n"
        "    scenario.install_config('<config/>')\n"
        "    scenario.build_boot_image(['core', 'init'])\n"
        "    scenario.run_genode_until(r'value \\d+\\r\\n', 20)\n"
        "    scenario.grep_output('value')\n"
        "    scenario.compare_output_to('[init] value 43')\n"
    )
    from genode_tool.run.engine.scenario_runner import run_all
    from genode_tool.run.options import RunOptions

    (verdict,) = run_all(tree, ["other"], RunOptions(), tree.events.append)
    assert tree.built == ["core", "init"]
    assert (verdict.outcome, verdict.exit_code) == (Outcome.MISMATCH, 255), verdict
    assert verdict.location is not None and verdict.location.line == 8
    stored = json.loads((tree.path / "var/run/other/verdict.json").read_text())
    assert stored["differences"] == [
        {"line": 0, "expected": "[init] value 43", "found": "[init] value 42"}
    ]
