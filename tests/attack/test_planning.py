"""Run scripts that are only planned, and try to get out."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.run.engine.scenario_planner import plan_all, plan_lightly
from genode_tool.run.events import ScriptOutput
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import Expectation, PlannedImage, ScenarioPlan
from genode_tool.run.verdict import Outcome, Verdict
from genode_tool.sandbox import landlock
from tests.attack.outside import Outside, confined_by_kernel, kill_all, still_running
from tests.attack.tricks import TRICKS
from tests.shared.standin import Tree, make_tree

pytestmark = confined_by_kernel


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "tree").mkdir()
    made = make_tree(tmp_path / "tree")
    made.kernel = made.board = "linux"
    return made


def _plan(tree: Tree, text: str, name: str = "test.run") -> tuple[Verdict, ScenarioPlan]:
    tree.script(name, text)
    ((verdict, plan),) = plan_all(tree, ["test"], RunOptions(), tree.events.append)
    return verdict, plan


def _printed(tree: Tree) -> list[str]:
    return [event.text for event in tree.events if isinstance(event, ScriptOutput)]


TCL = {
    "the original of exec": "::genode::plain_exec touch @NEW",
    "the original of open": "puts [::genode::plain_open @NEW w] x",
    "the original of file": "::genode::plain_file delete @FILE",
    "exec under another name": "rename ::genode::plain_exec e; e touch @NEW",
    "another interpreter": "interp create q; q eval {exec touch @NEW}",
    "the interpreter's original": "::genode::plain_interp create q; q eval {exec touch @NEW}",
    "a hidden command": "interp hide {} pwd p; interp invokehidden {} source @FILE",
    "sed executes": "exec sed {1e touch @NEW} @FILE",
    "sed writes": "exec sed {w @NEW} @FILE",
    "sed writes to its end": "exec sed -n -e {1,$w @NEW} @FILE",
    "sed in place": "exec sed -i s/a/b/ @FILE",
    "sed in place, bundled": "exec sed -ni p @FILE",
    "sort -o": "exec sort -o @FILE @FILE",
    "sort --output": "exec sort --output=@NEW @FILE",
    "sort, an abbreviated option": "exec sort --outp @NEW @FILE",
    "find -fls": "exec find @DIRECTORY -fls @NEW",
    "find -fprintf": "exec find @DIRECTORY -fprintf @NEW x",
    "find -exec": "exec find @FILE -exec touch @NEW {;}",
    "find -delete": "exec find @FILE -delete",
    "uniq": "exec uniq @FILE @NEW",
    "xxd": "exec xxd @FILE @NEW",
    "permissions": "file attributes @FILE -permissions 0777",
    "the time": "file mtime @FILE 1",
    "the time of access": "file atime @FILE 1",
    "a temporary file": "file tempfile name @NEW",
    "a link": "file link -symbolic @NEW @FILE",
    "a copy": "file copy @FILE @NEW",
    "a directory": "file mkdir @NEW",
    "a redirection": "exec echo x > @NEW",
    "a pipe": "puts [open {| tee @NEW} w] x",
    "a link in the scratch directory": "exec ln -s @DIRECTORY d; exec touch d/new",
    "a write through a link": "exec ln -s @FILE f; set f [open f w]; puts $f x; close $f",
    "the shell": "::genode::plain_exec sh -c {echo x > @NEW}",
    "a mode, by the shell": "::genode::plain_exec chmod 777 @FILE",
    "an owner": "::genode::plain_exec chown 1:1 @FILE",
    "a signal": "::genode::plain_exec kill -9 @PID",
    "a priority": "::genode::plain_exec renice 5 -p @PID",
    "a socket": "set s [socket 127.0.0.1 @TCP]; puts $s x; flush $s",
    "shared memory": "::genode::plain_exec cp @FILE /dev/shm/genode-attack",
    "the process that plans": "::genode::plain_exec sh -c {kill -9 $PPID; echo x > @NEW}",
    "a library": "load @FILE",
    "a descriptor": 'foreach n {3 4 5 6 7 8 9} {catch {puts [open /dev/fd/$n w] {"result": 1}}}',
}


@pytest.mark.parametrize("trick", TCL)
def test_a_planned_script_changes_nothing_outside(tree: Tree, outside: Outside, trick: str) -> None:
    text = outside.fill(TCL[trick])
    _plan(tree, f"catch {{{text}}} message\nputs $message\n")
    assert outside.untouched(), _printed(tree)
    assert not Path("/dev/shm/genode-attack").exists()


PYTHON_SCRIPTS = {
    "a file": "open('@NEW', 'w')",
    "a mode": "import os; os.chmod('@FILE', 0o777)",
    "a program": "import os; os.system('touch @NEW')",
    "a process": "import os; os.kill(@PID, 9)",
    "tcp": "import socket; socket.create_connection(('127.0.0.1', @TCP))",
    "multipath tcp": "import socket; socket.socket(2, 1, 262).connect(('127.0.0.1', @TCP))",
    "udp": "import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', @UDP))",
    "a socket in a directory": "import socket; socket.socket(1).connect('@DIRECTORY/socket')",
    "an abstract socket": "import socket; socket.socket(1).connect('\\0genode-attack-@MAIN')",
    "memory": "open('/proc/@MAIN/mem', 'r+b')",
    "the planner": "import os; os._exit(0)",
    "open files": "import os\n for n in range(3, 40):\n  try: os.write(n, b'x' * 99 + b'\\n')\n"
    "  except OSError: pass",
    "a result of its own": 'import os\n for n in range(3, 40):\n  try: os.write(n, b\'{"result":'
    ' [[1], {"__class__": "os.system"}]}\\n\')\n  except OSError: pass',
}


@pytest.mark.parametrize("trick", PYTHON_SCRIPTS)
def test_a_planned_scenario_in_python_changes_nothing_outside(
    tree: Tree, outside: Outside, trick: str
) -> None:
    text = outside.fill(PYTHON_SCRIPTS[trick])
    _plan(tree, f"def run(scenario):\n {text}\n", "test.run.py")
    assert outside.untouched()


@pytest.mark.parametrize("trick", TRICKS)
def test_a_program_of_a_planned_script_gets_nothing(
    tree: Tree, outside: Outside, trick: str
) -> None:
    command = outside.fill(f"@TRICK {trick}").replace("'", '"')
    text = f"catch {{::genode::plain_exec {command}}} message; puts $message\n"
    _plan(tree, f"{text}if {{[file exists got]}} {{ puts [exec cat got] }}\nputs end\n")
    assert outside.untouched(), _printed(tree)
    assert _printed(tree)[1:] == ["end"]


@pytest.mark.parametrize(
    "text",
    [
        "::genode::plain_exec setsid sleep 987.5 &",
        "::genode::plain_exec sh -c {setsid sleep 987.5 & exec sleep 987.5} &",
        "exec sed {1e setsid sleep 987.5 >/dev/null 2>&1 &} @FILE",
    ],
)
def test_no_program_outlives_planning(tree: Tree, outside: Outside, text: str) -> None:
    try:
        _plan(tree, outside.fill(text))
        assert not still_running("987.5")
    finally:
        kill_all("987.5")


def test_a_scenario_in_python_that_never_ends_is_not_planned_for_ever(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genode_tool.run.engine.plan_server._GRACE_SECONDS", 0.5)
    tree.script("test.run.py", "def run(scenario):\n while True: pass\n")
    verdict, plan = plan_lightly(tree, "test")
    assert verdict.outcome is Outcome.ERROR and "did not end in time" in verdict.reason
    assert plan == ScenarioPlan()


def test_a_script_that_ends_its_process_is_an_error(tree: Tree) -> None:
    verdict, _ = _plan(tree, "def run(scenario):\n import os\n os._exit(0)\n", "test.run.py")
    assert verdict.outcome is Outcome.ERROR and "ended without a result" in verdict.reason


def test_a_planned_scenario_in_python_is_followed(tree: Tree) -> None:
    verdict, plan = _plan(
        tree,
        "def run(scenario):\n scenario.build('a b')\n print('unheard')\n"
        " scenario.install_config('<config/>')\n"
        " scenario.build_boot_image(' '.join(scenario.build_artifacts()))\n"
        " scenario.run_genode_until('x', '5')\n",
        "test.run.py",
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert plan.goals == ["a", "b"] and plan.modules == ["would-be-a", "would-be-b"]
    assert plan.images == [PlannedImage(("would-be-a", "would-be-b"), {"config": "<config/>\n"})]
    assert plan.expectations == [Expectation("x", 5.0)]


def test_an_error_about_artifacts_comes_from_outside(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Tree, goals: list[str]) -> tuple[str, ...]:
        raise GenodeError("no such goal")

    monkeypatch.setattr(Tree, "artifacts_of", refuse)
    _, plan = _plan(tree, "build x\nbuild_boot_image [build_artifacts]\n")
    assert plan.unknown_artifacts == "no such goal"


def test_a_weak_kernel_is_told_once(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    _plan(tree, "puts a\n")
    told = [event for event in tree.events if "less confined" in str(event)]
    assert len(told) == 1 and "Landlock" in str(told[0])
