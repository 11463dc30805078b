"""The engine with QEMU and a stand-in kernel: every way in which a run can end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from genode_tool.report.runs.lines import verdict_lines
from genode_tool.run.events import MachineStarted, SerialLine
from genode_tool.run.verdict import Outcome
from tests.shared.standin import Tree, make_guest, needs_qemu
from tests.shared.waiting import await_end, until

pytestmark = needs_qemu


@pytest.fixture
def guest(tmp_path: Path) -> Tree:
    return make_guest(tmp_path)


@pytest.mark.parametrize("pattern", ["core: ", "core: hw.*stand-in", "module", "result"])
def test_a_pattern_of_the_user_is_found_in_any_line(guest: Tree, pattern: str) -> None:
    verdict = guest.boot("hang\nresult: 41", "run_genode_until {never} 60\n", until=pattern)
    assert (verdict.outcome, verdict.reason) == (Outcome.PASSED, f'"{pattern}" came')


def test_until_ends_a_script_that_waits_forever(guest: Tree) -> None:
    verdict = guest.boot("hang\nresult: 41", "run_genode_until forever\n", until="result: 4")
    assert verdict.outcome is Outcome.PASSED, verdict.reason


def test_a_reboot_is_noticed_although_the_greeting_is_kept(guest: Tree) -> None:
    verdict = guest.boot("reboot", "run_genode_until {never} 60\n", until="never")
    assert verdict.outcome is Outcome.REBOOT


def test_an_image_leaves_the_record_of_the_last_run(guest: Tree) -> None:
    guest.boot("hang\nhello", "run_genode_until hello 60")
    record = guest.path / "var/run/test"
    before = {path: path.read_bytes() for path in record.iterdir() if path.is_file()}
    verdict = guest.boot("hang\nother", "run_genode_until hello 60", image_only=True)
    assert verdict.outcome.good and verdict.image
    assert verdict.image.is_relative_to(guest.path / "var/image/test")
    assert {path: path.read_bytes() for path in record.iterdir() if path.is_file()} == before


def test_a_boot_shows_its_modules_and_passes(guest: Tree) -> None:
    verdict = guest.boot(
        "hang\nhello from action",
        'run_genode_until "hello.*\\n" 30\ngrep_output {^module}\n'
        "compare_output_to { module action\n module config\n module init }",
    )
    assert (verdict.outcome, verdict.exit_code) == (Outcome.PASSED, 0), verdict
    record = guest.path / "var/run/test"
    assert verdict.record == record
    command = (record / "command").read_text().splitlines()
    assert command[0].startswith("qemu-system-x86_64 -S -chardev socket")
    assert "-serial mon:stdio" in command[-1] and "fd=" not in command[-1]
    log = (record / "serial.log").read_text()
    assert re.search(r"^ +\d+\.\d{3}  module init$", log, re.MULTILINE)
    assert json.loads((record / "verdict.json").read_text())["outcome"] == "passed"
    modules = json.loads((record / "modules.json").read_text())
    assert modules["modules"] == {"action": 23, "config": 12, "init": 8000}
    assert modules["image"]["bytes"] == (record / "boot/image.elf").stat().st_size
    assert (record / "config").read_text() == " <config/> \n"
    lines = [event.text for event in guest.events if isinstance(event, SerialLine)]
    assert lines[-1] == "hello from action"


def test_different_output_is_a_mismatch(guest: Tree) -> None:
    verdict = guest.boot(
        "hang\nresult: 41", "run_genode_until {result.*\\n} 30\ngrep_output {^result}\n"
        "compare_output_to { result: 42 }",
    )  # fmt: skip
    assert (verdict.outcome, verdict.exit_code) == (Outcome.MISMATCH, 255)
    assert '"result: 42", got "result: 41"' in verdict.reason
    assert verdict.location is not None
    assert verdict.location.line == 8 and verdict.location.file.endswith("test.run")


def test_what_never_comes_is_a_time_out_with_the_last_lines(guest: Tree) -> None:
    verdict = guest.boot("hang\nlast words", "run_genode_until {never} 0.7")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.TIMEOUT, 254)
    assert verdict.reason.startswith('"never" did not come within 0.7 s')
    assert "idle" in verdict.reason
    assert verdict.evidence.expected == "never"
    assert verdict.evidence.last_lines[-1] == "last words"
    stored = json.loads((guest.path / "var/run/test/verdict.json").read_text())
    assert stored["expected"] == "never" and stored["last_lines"][-1] == "last words"


def test_a_machine_that_does_not_boot_is_started_again_then_given_up(guest: Tree) -> None:
    verdict = guest.boot("silent", "run_genode_until {never} 4")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.TIMEOUT, 254)
    assert "no boot" in verdict.reason
    # How much the firmware prints within the time depends on the load of the host, and the
    # attempts end with the first that printed what the one before did.
    starts = [event for event in guest.events if isinstance(event, MachineStarted)]
    assert len(starts) in (2, 3)


@pytest.mark.parametrize("action", ["reboot", "fault"])
def test_a_reset_by_the_guest_is_an_unexpected_reboot(guest: Tree, action: str) -> None:
    verdict = guest.boot(action, "run_genode_until {never} 30")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.REBOOT, 252)
    assert "rebooted unexpectedly" in verdict.reason
    assert action in verdict.evidence.last_lines


def test_switching_off_is_the_end_of_output(guest: Tree) -> None:
    verdict = guest.boot("off\nbye", "run_genode_until {never} 30")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.END_OF_OUTPUT, 253)
    assert "the guest switched the machine off" in verdict.reason
    assert verdict.evidence.last_lines[-1] == "bye"


def test_killing_qemu_is_told_in_words(guest: Tree) -> None:
    def kill_when_started() -> None:
        def ticked() -> bool:
            return any(isinstance(one, SerialLine) and one.text == "tick" for one in guest.events)

        until(ticked, "what the guest prints")
        os.kill(_qemu_of(os.getpid()), signal.SIGKILL)

    killer = threading.Thread(target=kill_when_started)
    killer.start()
    verdict = guest.boot("loop", "run_genode_until {never} 60")
    killer.join()
    assert (verdict.outcome, verdict.exit_code) == (Outcome.END_OF_OUTPUT, 253)
    assert "QEMU was killed by SIGKILL" in verdict.reason


def test_several_waits_go_on_where_the_last_one_ended(guest: Tree) -> None:
    verdict = guest.boot(
        "echo\nready",
        "run_genode_until {ready.*\\n} 30\n"
        "set spawn_id [output_spawn_id]\n"
        'send "first\\n"\n'
        "run_genode_until {first} 60 [output_spawn_id]\n"
        'send "second\\n"\n'
        "expect {\n"
        '  -re {sec(.)nd} { puts "saw $expect_out(1,string)" }\n'
        "  timeout { exit -2 }\n"
        "}\n"
        "if {![regexp {first} $output]} { exit 3 }\n",
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert (guest.path / "var/run/test/script.log").read_text().splitlines()[-1] == "saw o"


def test_qemu_s_monitor_answers_on_the_serial_line(guest: Tree) -> None:
    verdict = guest.boot(
        "hang\nready",
        "run_genode_until {ready} 30\nset spawn_id $qemu_spawn_id\n"
        'send "\\x01\\x63"\nrun_genode_until {\\(qemu\\)} 20 $spawn_id\n'
        'send "info status\\n"\nrun_genode_until {VM status: running} 20 $spawn_id\n',
    )
    assert verdict.outcome is Outcome.PASSED, verdict


def test_keys_are_pressed(guest: Tree) -> None:
    verdict = guest.boot(
        "keyboard\nready",
        "run_genode_until {ready.*} 30\nset id [output_spawn_id]\n"
        # set 1 of the scan codes: pressed, then with the highest bit released
        "type_text {aB}\nrun_genode_until {1e 9e (2a 30|30 2a) .*b0} 60 $id\n"
        "press_keys esc ctrl-x\nrun_genode_until {01 81 1d 2d .*ad} 60 $id\n",
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    verdict = guest.boot("hang\nready", "run_genode_until {ready} 30\npress_keys nokey\n")
    assert verdict.exit_code == 2
    assert "QEMU refused `send-key`" in verdict.reason


def test_until_ends_the_script_at_the_first_match(guest: Tree) -> None:
    verdict = guest.boot("hang\nready", "run_genode_until {never} 5\nexit 9", until="re[a]dy")
    assert verdict.outcome is Outcome.PASSED, verdict


def test_wrong_arguments_come_back_in_qemu_s_words(guest: Tree) -> None:
    verdict = guest.boot("hang", "append qemu_args { -nonsense }\nrun_genode_until {x} 5")
    assert verdict.exit_code == 2
    assert "QEMU did not start" in verdict.reason and "nonsense" in verdict.reason


def test_what_qemu_itself_prints_is_in_the_record_and_told(guest: Tree) -> None:
    verdict = guest.boot("fault", "append qemu_args { -d cpu_reset }\nrun_genode_until {x} 30")
    assert verdict.outcome is Outcome.REBOOT
    log = (guest.path / "var/run/test/qemu.log").read_text().splitlines()
    assert any(line.startswith("Triple fault") for line in log)
    assert verdict.evidence.messages and set(verdict.evidence.messages) <= set(log)
    told = verdict_lines(verdict, lambda text, *_: text, with_log=False)
    assert told[told.index("  QEMU printed:") + 1].strip() == verdict.evidence.messages[0].strip()
    assert guest.boot("hang\nready", "run_genode_until {ready} 30").outcome is Outcome.PASSED
    assert not (guest.path / "var/run/test/qemu.log").exists()


def test_a_machine_that_resets_over_and_over_is_not_waited_for(guest: Tree) -> None:
    verdict = guest.boot("x: fault at once", "run_genode_until {never} 100000")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.REBOOT, 252)
    assert re.search(r"resets over and over: \d\d times before the kernel", verdict.reason)
    assert "cpu_reset" in verdict.hint
    assert sum(isinstance(event, MachineStarted) for event in guest.events) == 1
    verdict = guest.boot(
        "x: fault at once", "append qemu_args { -no-reboot }\nrun_genode_until {never} 60"
    )
    assert verdict.outcome is Outcome.END_OF_OUTPUT
    assert "the guest reset the machine" in verdict.reason


def test_qemu_is_not_left_running_in_the_background(guest: Tree) -> None:
    verdict = guest.boot("hang", "append qemu_args { --daemonize }\nrun_genode_until {x} 30")
    assert verdict.exit_code == 2 and "`-daemonize` is among" in verdict.reason
    assert verdict.location is not None
    verdict = guest.boot("hang", "run_genode_until {x} 30", qemu_args=("-daemonize",))
    assert verdict.exit_code == 2 and "`-daemonize` is among" in verdict.reason
    assert not any(isinstance(event, MachineStarted) for event in guest.events)


def test_a_serial_line_that_leads_elsewhere_is_told(guest: Tree) -> None:
    guest.boot(
        "hang\nready",
        "append qemu_args { -serial file:elsewhere -monitor none }\nrun_genode_until {ready} 0.1",
    )
    said = (guest.path / "var/run/test/script.log").read_text()
    assert "the serial line `-serial file:elsewhere` leads elsewhere" in said


@pytest.mark.parametrize(
    "arguments",
    [
        "-chardev stdio,mux=on,id=c,signal=off -serial chardev:c -mon chardev=c",
        "-chardev stdio,id=c -serial chardev:c -monitor none",
        "-chardev stdio,id=c,logfile=copy",
    ],
)
def test_a_script_s_own_device_for_standard_output_is_the_log(guest: Tree, arguments: str) -> None:
    verdict = guest.boot(
        "hang\nready", f"append qemu_args {{ {arguments} }}\nrun_genode_until {{ready}} 30"
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert "elsewhere" not in (guest.path / "var/run/test/script.log").read_text()
    typed = (guest.path / "var/run/test/command").read_text().splitlines()[-1]
    assert "-chardev stdio,id=c" in typed and "fd=" not in typed


def test_missing_qemu_points_to_the_doctor(guest: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    from genode_tool.run.machine import qemu

    monkeypatch.setattr(qemu, "find_program", lambda name: None)
    verdict = guest.boot("hang", "run_genode_until {x} 5")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.ERROR, 2)
    assert "qemu-system-x86_64 is not installed" in verdict.reason
    assert "genode doctor" in verdict.hint


def test_no_machine_outlives_a_finished_run(guest: Tree) -> None:
    guest.boot("loop", "run_genode_until {tick} 30")
    assert _qemu_of(os.getpid()) == 0


def test_no_machine_outlives_a_killed_engine(guest: Tree, tmp_path: Path) -> None:
    engine, child = _engine_in_process(guest, tmp_path)
    engine.kill()
    engine.wait()
    await_end(child)
    # The next call continues as if nothing had happened.
    assert not (guest.path / "var/run/test/verdict.json").exists()
    assert guest.boot("hang\nready", "run_genode_until {ready} 30").outcome is Outcome.PASSED


def test_ctrl_c_ends_the_machine_and_writes_the_verdict(guest: Tree, tmp_path: Path) -> None:
    engine, child = _engine_in_process(guest, tmp_path)
    engine.send_signal(signal.SIGINT)
    assert engine.wait(60) == 130
    await_end(child)
    verdict = json.loads((guest.path / "var/run/test/verdict.json").read_text())
    assert (verdict["outcome"], verdict["exit_code"]) == ("interrupted", 130)


def test_a_scenario_runs_once_at_a_time(guest: Tree, tmp_path: Path) -> None:
    engine, _ = _engine_in_process(guest, tmp_path)
    verdict = guest.boot("hang\nready", "run_genode_until {ready} 30")
    engine.kill()
    engine.wait()
    assert verdict.exit_code == 2
    assert verdict.reason == f"scenario test is being run by process {engine.pid}"


def _engine_in_process(guest: Tree, tmp_path: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the engine on a guest that prints for ever; return it and its QEMU's process id."""
    script = tmp_path / "engine.py"
    script.write_text(
        "import sys, pathlib\n"
        f"sys.path[:0] = {[str(Path(__file__).parents[2]), *sys.path]!r}\n"
        "from tests.shared import standin\n"
        f"tree = standin.Tree(pathlib.Path({str(guest.path)!r}),"
        f" pathlib.Path({str(guest.genode_dir)!r}))\n"
        "try:\n"
        "    tree.boot('loop', 'run_genode_until {never} 300')\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    engine = subprocess.Popen([sys.executable, str(script)])
    log = guest.path / "var/run/test/serial.log"

    def ticked() -> bool:
        assert engine.poll() is None, "the engine ended on its own"
        return bool(_qemu_of(engine.pid)) and log.exists() and "tick" in log.read_text()

    until(ticked, "what the guest prints")
    return engine, _qemu_of(engine.pid)


def _qemu_of(parent: int) -> int:
    """Return the process id of the QEMU that `parent` started, 0 when there is none."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        name, rest = text.rsplit(")", 1)
        if "qemu-system" in name and rest.split()[1] == str(parent) and rest.split()[0] != "Z":
            return int(status.parent.name)
    return 0


def test_a_time_out_repeats_what_the_log_says_about_faults(guest: Tree) -> None:
    verdict = guest.boot(
        "hang\nError: init -> x faulted: page fault\nmore", "run_genode_until {never} 0.5"
    )
    assert verdict.reason.endswith('; the log says "Error: init -> x faulted: page fault"')
