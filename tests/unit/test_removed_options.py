"""Options of QEMU that old trees use and today's QEMU refuses."""

from __future__ import annotations

import itertools

import pytest

from genode_tool.process import find_program, run
from genode_tool.run.machine.qemu_args import QemuRequest, compose, option_pairs
from genode_tool.run.machine.removed_options import in_todays_words

QEMU = "qemu-system-x86_64"

REPLACED = {
    "-no-kvm": "-accel tcg",
    "--no-kvm": "-accel tcg",
    "-no-kvm-irqchip": "-machine kernel_irqchip=off",
    "-no-acpi -m 64": "-machine acpi=off -m 64",
    "-no-hpet": "-machine hpet=off",
    "-nodefconfig": "-no-user-config",
    "-no-acpi disk.img": "-machine acpi=off disk.img",
    "-soundhw es1370": "-device ES1370",
    "-soundhw ac97,hda": "-device AC97 -device intel-hda -device hda-duplex",
    "-watchdog i6300esb": "-device i6300esb",
    "-balloon none -m 64": "-m 64",
    "-balloon virtio": "-device virtio-balloon",
}


@pytest.mark.parametrize(("old", "new"), REPLACED.items())
def test_removed_options_are_replaced(old: str, new: str) -> None:
    pairs = in_todays_words(option_pairs(old.split()))
    assert [word for pair in pairs for word in pair if word is not None] == new.split()


def test_other_options_stay() -> None:
    words = [
        "-m",
        "64",
        "-usb",
        "-usbdevice",
        "mouse",
        "-machine",
        "q35",
        "-accel",
        "kvm",
        "-no-reboot",
    ]
    assert in_todays_words(option_pairs(words)) == option_pairs(words)


def test_scripts_and_boards_are_in_todays_words() -> None:
    request = QemuRequest(QEMU, ("-no-kvm",), ("-soundhw", "es1370", "-m", "64"), None)
    words = compose(request, serial_fd=3, control_fd=4)
    assert not {"-no-kvm", "-soundhw"} & set(words)
    assert ("-accel", "tcg") in itertools.pairwise(words)
    assert ("-device", "ES1370") in itertools.pairwise(words)


@pytest.mark.skipif(find_program(QEMU) is None, reason=f"{QEMU} is not installed")
@pytest.mark.parametrize("old", [one for one in REPLACED if "disk.img" not in one])
def test_qemu_takes_the_replacements(old: str) -> None:
    """QEMU refuses an option before it says anything else, and leaves when told to."""
    pairs = in_todays_words(option_pairs(old.split()))
    words = [word for pair in pairs for word in pair if word is not None]
    quiet = ["-display", "none", "-serial", "none", "-S", "-monitor", "stdio"]
    done = run([QEMU, *words, *quiet], input=b"quit\n", timeout=60)
    assert done.returncode == 0, done.stderr.decode()
