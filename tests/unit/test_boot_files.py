"""Firmware and GRUB's modules, which each distribution has in another place."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import catalogue
from genode_tool.programs.kinds import Feature, Program
from genode_tool.run.image.grub import Core, module_directory
from genode_tool.run.machine.base import DiskMedium
from genode_tool.run.machine.qemu_args import QemuRequest, compose, firmware_words, uefi_firmware
from genode_tool.settings.layered import settings_of
from genode_tool.settings.schema.program_kinds import Kind

BLOCK = 64 * 1024
OVMF = "/usr/share/ovmf/OVMF.fd"


def listed(name: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the list of programs have the file `name` at `place`."""
    found = Program(
        "nowhere", "frob-package", Feature.IMAGE, "boots", Kind.FILE, alternatives=(str(place),)
    )
    monkeypatch.setattr(catalogue, "program", lambda one: found if one == name else None)


def image_of(directory: Path, size: int) -> Path:
    path = directory / "a,b.fd"
    path.write_bytes(bytes(size))
    return path


def test_firmware_of_any_size_is_flash_memory(tmp_path: Path) -> None:
    """QEMU refuses other sizes than multiples of 64 KiB for `-bios`; OVMF_CODE_4M.fd has one."""
    whole = image_of(tmp_path, 2 * BLOCK)
    assert firmware_words(whole) == ("-bios", str(whole))
    code = image_of(tmp_path, 2 * BLOCK - 4096)
    flash = f"if=pflash,format=raw,unit=0,readonly=on,file={tmp_path}/a,,b.fd"
    assert firmware_words(code) == ("-drive", flash)


def test_a_disk_is_booted_with_the_first_firmware_that_exists(tmp_path: Path) -> None:
    code = image_of(tmp_path, 4096)
    disk = DiskMedium(tmp_path / "x.img", uefi=True)
    request = QemuRequest("qemu", (), (), disk, firmware=("/none.fd", str(code)))
    words = compose(request, serial_fd=3, control_fd=4)
    assert firmware_words(code)[1] in words
    assert f"format=raw,file={tmp_path}/x.img" in words


def test_without_a_setting_the_firmware_is_the_distributions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_of().runs.run.uefi_firmware == ()
    listed(OVMF, image_of(tmp_path, BLOCK), monkeypatch)
    assert uefi_firmware(()) == tmp_path / "a,b.fd"
    listed(OVMF, tmp_path / "none", monkeypatch)
    with pytest.raises(EnvironmentProblem, match="UEFI firmware for QEMU is not installed"):
        uefi_firmware(())


@pytest.mark.parametrize(
    "place",
    [
        "/usr/share/OVMF/OVMF_CODE_4M.fd",  # Debian, Ubuntu
        "/usr/share/edk2/ovmf/OVMF_CODE.fd",  # Fedora
        "/usr/share/edk2/x64/OVMF.4m.fd",  # Arch
        "/usr/share/qemu/ovmf-x86_64-4m.bin",  # openSUSE
        "/usr/share/OVMF/OVMF.fd",  # Alpine
    ],
)
def test_places_of_firmware_by_distribution(place: str) -> None:
    found = catalogue.program(OVMF)
    assert found
    assert place in found.alternatives


@pytest.mark.parametrize("kind", [Core.BIOS_CD, Core.BIOS_DISK])
def test_modules_of_grub_are_where_the_list_finds_them(
    kind: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"/usr/lib/grub/{kind.value.directory}/moddep.lst"
    real = catalogue.program(name)
    assert real
    assert f"/usr/share/grub2/{kind.value.directory}/moddep.lst" in real.alternatives  # openSUSE
    mark = tmp_path / kind.value.directory / "moddep.lst"
    listed(name, mark, monkeypatch)
    with pytest.raises(EnvironmentProblem, match=r"GRUB's modules for .* are not installed"):
        module_directory(kind)
    mark.parent.mkdir()
    mark.touch()
    assert module_directory(kind) == mark.parent
