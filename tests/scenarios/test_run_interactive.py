"""The user's terminal joined to a system, and to the programs of a script."""

from __future__ import annotations

import json
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.scenarios.own_os import OwnOs
from tests.scenarios.terminals import Terminal, terminal
from tests.shared.standin import Tree, make_guest, make_process, needs_qemu

LEAVE = "\x01x"
_PREPARE = "create_boot_directory\ninstall_config {<config/>}\nbuild_boot_image { core init }\n"
_DRIVER = """
import pathlib, sys
sys.path[:0] = {path!r}
from genode_tool.run.user_terminal import UserTerminal
from genode_tool.events import Event
from genode_tool.run.engine.scenario_runner import run_all
from genode_tool.run.events import ScriptOutput, VerdictReached
from genode_tool.run.options import RunOptions
from tests.shared.standin import Tree

def show(event: Event) -> None:
    if isinstance(event, VerdictReached):
        print("reached:", event.verdict.outcome.word, flush=True)
    if isinstance(event, ScriptOutput):
        print(event.text, flush=True)

tree = Tree(pathlib.Path({build!r}), pathlib.Path({tree!r}), {kernel!r}, {board!r})
options = RunOptions(interactive={interactive!r}, switches=("--no-config-check",))
(verdict,) = run_all(tree, ["test"], options, show, UserTerminal.of_streams())
print("verdict:", verdict.outcome.word, verdict.reason)
sys.exit(verdict.exit_code)
"""


def _driven(
    tree: Tree, script: str, tmp_path: Path, *, interactive: bool = True
) -> AbstractContextManager[Terminal]:
    """Run a script with the engine on a terminal."""
    tree.script("test.run", script)
    driver = tmp_path / "driver.py"
    driver.write_text(
        _DRIVER.format(
            path=[str(Path(__file__).parents[2]), *sys.path],
            build=str(tree.path),
            tree=str(tree.genode_dir),
            kernel=tree.kernel,
            board=tree.board,
            interactive=interactive,
        )
    )
    return terminal([sys.executable, str(driver)], tmp_path)


@needs_qemu
def test_what_is_typed_reaches_the_guest_and_it_goes_on_until_the_user_leaves(
    tmp_path: Path,
) -> None:
    tree = make_guest(tmp_path)
    script = (
        "create_boot_directory\ninstall_config {<config/>}\ninstall_boot_module action {echo}\n"
        "build_boot_image { core init }\nappend qemu_args {-nographic -m 64}\n"
        "run_genode_until {module.*hello} 60\n"
    )
    with _driven(tree, script, tmp_path) as user:
        user.until("module init")
        local = user.settings()[3]
        assert isinstance(local, int) and not local & (termios.ICANON | termios.ECHO | termios.ISIG)
        user.type("hello")
        user.until("hello")
        user.until("reached: passed")
        user.type("\x03and more")  # Ctrl-C is the guest's as well
        user.until("\x03and more")
        user.type("\x01c")  # QEMU's monitor, as with -nographic
        user.until("(qemu)")
        user.type("info status\n")
        user.until("VM status: running")
        user.type(LEAVE)
        assert user.end() == 0
        assert "verdict: passed everything came as expected" in user.seen
        assert user.restored()
    assert "hello" in (tree.path / "var/run/test/serial.log").read_text()


def test_who_leaves_before_the_verdict_interrupts_the_scenario(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo up; read line; echo got $line; sleep 100")
    with _driven(tree, _PREPARE + "run_genode_until {never} 100", tmp_path) as user:
        user.until("up")
        user.type("typed\r")
        user.until("got typed")
        user.type("\x01" + "q")  # not ours: passed on
        user.type(LEAVE)
        assert user.end() == 130
        assert "verdict: interrupted left with Ctrl-A X before the script's end" in user.seen
        assert user.restored()


def test_leaving_a_system_that_runs_for_ever_is_no_failure(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo up; sleep 100")
    with _driven(tree, _PREPARE + "run_genode_until forever", tmp_path) as user:
        user.until("up")
        user.type(LEAVE)
        assert user.end() == 0
        assert "verdict: passed left with Ctrl-A X" in user.seen


def test_a_system_that_fails_its_test_goes_on_as_well(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo up; read line; echo got $line; sleep 100")
    with _driven(tree, _PREPARE + "run_genode_until {never} 0.3", tmp_path) as user:
        user.until("reached: time-out")
        user.type("late\r")
        user.until("got late")
        user.type(LEAVE)
        assert user.end() == 254


def test_a_system_that_ends_by_itself_ends_the_conversation(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "echo up; read line; exit 0")
    with _driven(tree, _PREPARE + "run_genode_until {up} 30", tmp_path) as user:
        user.until("reached: passed")
        user.type("\r")
        assert user.end() == 0
        assert user.restored()


def test_interact_joins_the_terminal_to_a_program(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "true")
    script = (
        "spawn sh -c {stty raw -echo; cat}\nset id $spawn_id\nset n 0\n"
        "interact -i $id \\x02 { incr n; puts \"two $n\" } \\x04 return\n"
        "puts \"left with $n\"\n"
        "spawn sh -c {echo ready; read x; echo bye}\n"
        "interact {\n\\003 { puts stopped; exit 7 }\n-i $spawn_id\neof { puts ended }\n}\n"
        "spawn sh -c {sleep 0.2; echo again; sleep 100}\n"
        "interact {\n\\003 { puts stopped; exit 7 }\n-i $spawn_id\n}\n"
    )  # fmt: skip
    with _driven(tree, script, tmp_path, interactive=False) as user:
        user.until_raw()
        user.type("abc")
        user.until("abc")
        user.type("\x02d\x02\x01\x01")
        user.until("two 1")
        user.until("two 2")
        user.type("\x04")
        user.until("left with 2")
        user.until("ready")
        user.type("\r")
        user.until("ended")
        user.until("again")
        user.type("\x03")
        user.until("stopped")
        assert user.end() == 7
        assert user.restored()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnOs]:
    system = OwnOs(tmp_path_factory.mktemp("joined"))
    system.script(
        "endless",
        (system.tree / "repos/base/run/log.run").read_text().split("run_genode_until")[0]
        + "run_genode_until {never comes} 900\n",
    )
    yield system


@pytest.mark.parametrize(
    ("ending", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGKILL, -9)],
)
def test_the_terminal_is_restored_whatever_ends_the_tool(
    own: OwnOs, ending: signal.Signals, status: int
) -> None:
    command = own.command("run", "endless", "--interactive", "KERNEL=linux")
    with terminal(command, own.build, own.environment()) as user:
        user.until("Test done.")
        assert user.settings() != user.before
        user.process.send_signal(ending)
        assert user.end() == status
        assert user.restored()
    assert own.nothing_left(5) == []


def test_the_command_line_tells_how_to_leave(own: OwnOs) -> None:
    command = own.command("--color", "never", "run", "log", "--interactive", "KERNEL=linux")
    with terminal(command, own.build, own.environment()) as user:
        said = user.until("genode: the system keeps running; Ctrl-A X leaves")
        assert "genode: log: passed" in said
        assert said.count("[init -> test-log] Test done.") == 1
        user.type(LEAVE)
        assert user.end() == 0
    verdict = json.loads((own.build / "var/run/log/verdict.json").read_text())
    assert verdict["outcome"] == "passed"


def test_without_a_terminal_it_is_refused(own: OwnOs) -> None:
    done = own.genode("run", "log", "--interactive")
    assert done.returncode == 2
    assert "--interactive needs a terminal" in done.stderr
    done = own.genode("run", "log", "timer", "--interactive")
    assert done.returncode == 2
    assert "--interactive needs one scenario" in done.stderr
