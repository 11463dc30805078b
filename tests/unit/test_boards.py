"""Boards in QEMU: those of the settings, those of a tree, and what the user changes about them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.machine.board_options import board_words, emulator
from genode_tool.run.options import RunOptions
from genode_tool.settings.layered import LayeredSettings, settings_of
from genode_tool.settings.layers import Layer, layers_of
from genode_tool.toolchain.architectures import ARCHITECTURES
from tests.shared.standin import Tree, make_tree

SHIPPED = LayeredSettings(layers_of()[:1])


def changed(tmp_path: Path, text: str) -> LayeredSettings:
    (tmp_path / "boards.toml").write_text(text)
    return LayeredSettings((*SHIPPED.layers, Layer("user", tmp_path)))


@pytest.mark.parametrize(
    ("board", "qemu", "words"),
    [
        ("pc", "x86_64", "-machine q35"),
        ("pbxa9", "arm", "-machine realview-pbx-a9 -m 768"),
        ("vpb926", "arm", "-machine versatilepb -m 128"),
        ("vea9x4", "arm", "-machine vexpress-a9 -cpu cortex-a9 -m 256"),
        ("zynq_qemu", "arm", "-machine xilinx-zynq-a9 -cpu cortex-a9 -m 256"),
        ("imx7d_sabre", "arm", "-machine mcimx7d-sabre -m 1024"),
        ("rpi", "arm", "-machine raspi1ap -m 512"),
        ("rpi3", "aarch64", "-machine raspi3b -m 1024"),
        (
            "virt_qemu_arm_v7a",
            "arm",
            "-machine virt,virtualization=true -cpu cortex-a15 -smp 2 -m 2048",
        ),
        (
            "virt_qemu_arm_v8a",
            "aarch64",
            "-machine virt,virtualization=true,gic-version=3 -cpu cortex-a53 -smp 4 -m 2048",
        ),
        (
            "virt_qemu",
            "aarch64",
            "-machine virt,virtualization=true,gic-version=3 -cpu cortex-a53 -smp 4 -m 2048",
        ),
        ("riscv_qemu", "riscv64", "-machine virt -bios default"),
        ("virt_qemu_riscv", "riscv64", "-machine virt -bios default"),
    ],
)
def test_the_boards_that_qemu_emulates(board: str, qemu: str, words: str) -> None:
    assert board_words(board, None, SHIPPED) == tuple(words.split())
    assert emulator(board, None, SHIPPED) == f"qemu-system-{qemu}"


def test_boards_that_it_does_not_emulate() -> None:
    assert board_words("imx8q_evk", None, SHIPPED) is None
    assert board_words("linux", None, SHIPPED) is None


@pytest.mark.parametrize("name", SHIPPED.boards.boards)
def test_every_board_has_a_compiler_that_can_be_built(name: str) -> None:
    assert SHIPPED.boards.boards[name].compiler in {one.target for one in ARCHITECTURES}


@pytest.mark.parametrize(
    "name", [name for name, board in SHIPPED.boards.boards.items() if board.machine]
)
def test_the_installed_qemu_has_machine_and_processor(name: str) -> None:
    board = SHIPPED.boards.boards[name]
    if shutil.which(board.qemu) is None:
        pytest.skip(f"{board.qemu} is not installed")
    machine = board.machine.partition(",")[0]
    for question, value in (((), machine), (("-machine", machine, "-cpu", "help"), board.cpu)):
        ask = [board.qemu, *(question or ("-machine", "help"))]
        listed = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
        assert value in {*listed.split(), ""}


OF_TREE = ("-m", "768", "-M", "realview-pbx-a9", "-net", "nic", "-cpu", "x")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "-m 768 -M realview-pbx-a9 -net nic -cpu x"),
        ("memory = 1024", "-M realview-pbx-a9 -net nic -cpu x -m 1024"),
        ("machine = 'other'", "-m 768 -net nic -cpu x -machine other"),
        ("cpu = ''", "-m 768 -M realview-pbx-a9 -net nic"),
        ("arguments = ['-a', 'b']", "-m 768 -M realview-pbx-a9 -net nic -cpu x -a b"),
        ("processors = 3", "-m 768 -M realview-pbx-a9 -net nic -cpu x -smp 3"),
        ("log_serial = 2", "-m 768 -M realview-pbx-a9 -net nic -cpu x"),
    ],
)
def test_what_the_user_sets_wins_over_the_tree(tmp_path: Path, text: str, wanted: str) -> None:
    settings = changed(tmp_path, f"[boards.pbxa9]\n{text}\n")
    assert board_words("pbxa9", OF_TREE, settings) == tuple(wanted.split())


def test_a_board_of_the_tree_alone() -> None:
    assert board_words("unheard_of", ("-M", "none"), SHIPPED) == ("-M", "none")


def test_the_emulator_of_the_instruction_set_unless_the_user_has_another(tmp_path: Path) -> None:
    assert emulator("pc", "qemu-system-i386", SHIPPED) == "qemu-system-i386"
    settings = changed(tmp_path, "boards.pc.qemu = '/opt/qemu'\n")
    assert emulator("pc", "qemu-system-i386", settings) == "/opt/qemu"
    assert emulator("unheard_of", None, settings) is None


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel, made.specs = "hw", ("arm", "arm_v7a", "32bit", "hw")
    return made


def started(tree: Tree) -> str:
    known = tree.genode_dir / "repos/base-hw/board" / tree.board
    known.mkdir(parents=True, exist_ok=True)
    (known / "image_link_address").write_text("0x10000\n")
    tree.script("test.run", "build_boot_image {}\nrun_genode_until x 5\n")
    ((verdict, plan),) = plan_all(tree, ["test"], RunOptions(), tree.events.append)
    assert verdict.outcome.good, verdict
    return " ".join(plan.command)


def test_a_plan_for_a_board_that_the_tree_does_not_describe(tree: Tree) -> None:
    tree.board = "zynq_qemu"
    assert "qemu-system-arm" in started(tree)
    assert "-machine xilinx-zynq-a9 -cpu cortex-a9 -m 256" in started(tree)


def test_the_log_comes_from_the_second_serial_line_of_a_raspberry_pi_3(tree: Tree) -> None:
    tree.board, tree.specs = "rpi3", ("arm_64", "arm_v8a", "64bit", "hw")
    assert "-serial null -serial mon:stdio" in started(tree)


def test_a_board_of_neither_tree_nor_settings_is_not_started(tree: Tree) -> None:
    tree.board = "imx8q_evk"
    assert started(tree) == ""


@pytest.mark.parametrize("place", ["genode_dir", "path"])
def test_the_settings_of_tree_and_build_directory_count(tree: Tree, place: str) -> None:
    tree.board = "zynq_qemu"
    directory = getattr(tree, place) / "etc/genode"
    directory.mkdir(parents=True)
    (directory / "boards.toml").write_text("[boards.zynq_qemu]\nmemory = 99\n")
    assert "-m 99" in started(tree)


def test_settings_are_read_once_per_place(tmp_path: Path) -> None:
    assert settings_of(tmp_path) is settings_of(tmp_path)
    assert settings_of(tmp_path) is not settings_of(tmp_path, tmp_path)
