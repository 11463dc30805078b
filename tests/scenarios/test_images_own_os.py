"""Images of our own OS boot by themselves, as somebody would start them by hand."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool.programs import find_listed, how_to_get
from genode_tool.run.image.gpt import read_table
from genode_tool.run.machine.qemu_args import firmware_words, uefi_firmware
from genode_tool.settings.layered import settings_of
from tests.scenarios.own_os import OwnOs

_DONE = "[init -> test-log] Test done."
_SECONDS = 120


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnOs]:
    system = OwnOs(tmp_path_factory.mktemp("images"))
    yield system


@pytest.fixture(scope="module")
def images(own: OwnOs) -> dict[str, Path]:
    made = {}
    for kind in ("iso", "disk", "uefi"):
        made[kind] = own.outside / f"the {kind}, first"
        done = own.genode("image", "log", "--format", kind, "-o", str(made[kind]), "KERNEL=hw")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(f"{made[kind]}: {made[kind].stat().st_size} bytes\n")
    return made


def serial_of(arguments: list[str], log: Path) -> str:
    """Boot a machine until the scenario's last line came; return its serial log."""
    machine = subprocess.Popen(
        [
            *("qemu-system-x86_64", "-m", "256", "-display", "none", "-no-reboot"),
            *("-serial", f"file:{log}".replace(",", ",,"), *arguments),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < deadline and machine.poll() is None:
            text = log.read_text(errors="replace") if log.exists() else ""
            if _DONE in text:
                return text
            time.sleep(0.1)
        said = machine.communicate()[1] if machine.poll() is not None else "still running"
        return f"{log.read_text(errors='replace') if log.exists() else ''}\n[{said}]"
    finally:
        machine.kill()
        machine.wait()


@pytest.mark.parametrize(
    ("kind", "medium", "uefi"),
    [
        ("iso", "cd", False),
        ("iso", "disk", False),  # the same image on a USB stick
        ("disk", "disk", False),
        ("disk", "disk", True),
        ("iso", "cd", True),
    ],
)
def test_image_boots(
    images: dict[str, Path], tmp_path: Path, kind: str, medium: str, uefi: bool
) -> None:
    file = str(images[kind])
    # UEFI firmware without a place of its own for its variables writes them to the boot partition.
    drive = f"format=raw,snapshot=on,file={file.replace(',', ',,')}"
    arguments = ["-cdrom", file] if medium == "cd" else ["-drive", drive]
    if uefi:
        firmware = uefi_firmware(settings_of().runs.run.uefi_firmware)
        arguments += [*firmware_words(firmware), "-net", "none"]
    said = serial_of(arguments, tmp_path / "serial.log")
    assert "core: hw kernel on pc" in said
    assert _DONE in said


def test_same_input_same_bytes(own: OwnOs, images: dict[str, Path], tmp_path: Path) -> None:
    for kind, first in images.items():
        again = tmp_path / kind
        own.must("image", "log", "--format", kind, "-o", str(again), "KERNEL=hw")
        assert again.read_bytes() == first.read_bytes(), kind


def test_partition_tables_are_what_sfdisk_reads(images: dict[str, Path]) -> None:
    sfdisk = find_listed("sfdisk")  # in /sbin on Debian, which is not in everybody's PATH
    assert sfdisk is not None, how_to_get("sfdisk")
    for kind in ("disk", "uefi"):
        verified = subprocess.run(
            [sfdisk, "--json", str(images[kind])], capture_output=True, text=True, check=False
        )
        assert verified.returncode == 0, verified.stderr
        table = json.loads(verified.stdout)["partitiontable"]
        assert table["label"] == "gpt"
        assert [
            (one["start"], one["size"], one["name"], one["type"].lower())
            for one in table["partitions"]
        ] == [
            (one.first, one.last - one.first + 1, one.name, str(one.kind))
            for one in read_table(images[kind])
        ]


def test_file_system_of_the_disk_is_sound(images: dict[str, Path], tmp_path: Path) -> None:
    place = read_table(images["disk"])[-1]
    with images["disk"].open("rb") as disk:
        disk.seek(place.first * 512)
        (tmp_path / "root").write_bytes(disk.read((place.last - place.first + 1) * 512))
    checked = subprocess.run(
        ["/sbin/e2fsck", "-f", "-n", str(tmp_path / "root")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert "GENODE" in checked.stdout


@pytest.mark.parametrize("kind", ["iso", "disk", "uefi"])  # the one boot of the UEFI disk is here
def test_scenario_runs_from_an_image(own: OwnOs, kind: str) -> None:
    done = own.genode("run", "timer", "--include", f"image/{kind}", "KERNEL=hw")
    assert done.returncode == 0, done.stdout + done.stderr
    option = "-cdrom" if kind == "iso" else "-drive"
    started = (own.build / "var/run/timer/command").read_text()
    assert option in started
    assert "-kernel" not in started
    assert ("-bios" in started) == (kind == "uefi")


def test_what_cannot_become_an_image(own: OwnOs, tmp_path: Path) -> None:
    def refused(*arguments: str) -> str:
        done = own.genode("image", *arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    assert "kernel linux has no boot image" in refused("log", "KERNEL=linux")
    assert "wanted one scenario, 2 are named" in refused("log", "timer")
    assert "--size needs --format disk" in refused("log", "--size", "9", "KERNEL=hw")
    assert "--fit needs --format uboot" in refused("log", "--fit", "KERNEL=hw")
    nowhere = tmp_path / "no" / "where.iso"
    assert f"cannot write {nowhere}" in refused("log", "-o", str(nowhere), "KERNEL=hw")
    assert list(tmp_path.iterdir()) == []
