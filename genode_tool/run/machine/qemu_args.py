"""Puts QEMU's command line together from the options of script, board and engine.

The rules are the run tool's: a board's memory wins over the script's, a script's processor and
user network win over the board's, a default counts where neither gives the memory. The console
that a script would read from QEMU's standard output arrives on a character device of the engine
instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import find_listed, how_to_get
from genode_tool.run.machine.base import DiskMedium, KernelMedium
from genode_tool.run.machine.qemu_serial import console_of, on_terminal
from genode_tool.run.machine.removed_options import Option, in_todays_words

CONTROL = "genode-control"
DEBUG = "genode-debug"
_WINDOWS = ("sdl", "gtk", "cocoa")
_FIRMWARE = "/usr/share/ovmf/OVMF.fd"  # its name among the programs
_BIOS_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class QemuRequest:
    """A scenario's demands on QEMU.

    `script` are the words of `qemu_args`, `board` those of the board. `default_memory` (MiB) is
    the machine's when neither has `-m`; 0 leaves it to QEMU. `first_serial_unused` means that
    the log comes from the second serial line, `has_display` that windows can be opened.
    `firmware` are the places of UEFI firmware, of which the first that exists counts; without any,
    those of the distributions.
    """

    program: str
    script: tuple[str, ...]
    board: tuple[str, ...]
    medium: KernelMedium | DiskMedium | None
    default_memory: int = 0
    first_serial_unused: bool = False
    has_display: bool = False
    firmware: tuple[str, ...] = ()


def program_for(specs: Sequence[str], kernel: str, emulators: Mapping[str, str]) -> str | None:
    """Return the name of the QEMU for a build's specs, None when there is none.

    `emulators` has it by spec; the first of its specs that the build has counts.

    NOVA uses the 64-bit one also for 32-bit systems: it alone emulates the virtualization
    features of the processor.
    """
    if kernel == "nova":
        return emulators.get("x86_64")
    return next((program for spec, program in emulators.items() if spec in specs), None)


def uefi_firmware(places: Sequence[str]) -> Path:
    """Return the first of `places` that exists; without any, where the distribution has it.

    Raises `EnvironmentProblem` when there is none.
    """
    if places:
        found = next((Path(name) for name in places if Path(name).exists()), None)
    else:
        found = find_listed(_FIRMWARE)
    if found is None:
        looked_for = ", ".join(places) or f"{_FIRMWARE} or its alternatives"
        raise EnvironmentProblem(
            f"UEFI firmware for QEMU is not installed: none of {looked_for} exists",
            hint=how_to_get(_FIRMWARE),
        )
    return found


def firmware_words(firmware: Path) -> tuple[str, str]:
    """Return QEMU's option for booting `firmware`.

    `-bios` takes whole blocks of 64 KiB. Firmware whose variables are in another file can have any
    size, as flash memory; the variables are then lost with the machine.
    """
    if firmware.stat().st_size % _BIOS_BLOCK == 0:
        return "-bios", str(firmware)
    file = _drive_value(firmware)
    return "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={file}"


def compose(
    request: QemuRequest, *, serial_fd: int, control_fd: int, debug_fd: int | None = None
) -> tuple[str, ...]:
    """Return the command line; the first two numbers are inherited, connected sockets.

    At `debug_fd`, a listening one, QEMU waits for a debugger.

    The machine starts stopped. The monitor can be reached on the serial console with Ctrl-A c,
    as with `-serial mon:stdio`.
    """
    script = in_todays_words(option_pairs(request.script))
    board = in_todays_words(option_pairs(request.board))
    if _has(board, "-m"):
        script = _without(script, "-m")
    if _has(script, "-cpu"):
        board = _without(board, "-cpu")
    networks = {_id_of(value) for option, value in script if _is_user_network(option, value)}
    board = [
        (option, value)
        for option, value in board
        if not (_is_user_network(option, value) and _id_of(value) in networks)
    ]
    console = console_of(script, serial_fd, first_unused=request.first_serial_unused)
    script = list(console.options)
    if request.default_memory and not _has(script, "-m") and not _has(board, "-m"):
        script.append(("-m", str(request.default_memory)))
    script = _display(script, _has(board, "-display"), request.has_display)
    words = [request.program, "-S"]
    words += ["-chardev", f"socket,id={CONTROL},fd={control_fd}"]
    words += ["-qmp", f"chardev:{CONTROL}"]  # -mon does the same, but not without a word from 11 on
    for option, value in console.device:
        words += [option, value or ""]
    if debug_fd is not None:
        words += ["-chardev", f"socket,id={DEBUG},fd={debug_fd},server=on,wait=off"]
        words += ["-gdb", f"chardev:{DEBUG}"]
    for option, value in [*script, *_medium(request.medium, request.firmware), *board]:
        words += [option] if value is None else [option, value]
    return tuple(words)


def lines_elsewhere(request: QemuRequest) -> tuple[str, ...]:
    """Return where the serial lines of a request lead when none of them is the log."""
    script = in_todays_words(option_pairs(request.script))
    return console_of(script, 0).elsewhere


def repeatable(command: Sequence[str]) -> tuple[str, ...]:
    """Return the command as a user can type it: the engine's sockets replaced by the terminal."""
    pairs = option_pairs(tuple(command[1:]))
    kept = [
        typed
        for option, value in pairs
        if (typed := on_terminal(option, value))
        and option != "-S"
        and not (option == "-chardev" and value and f"id={CONTROL}," in value)
        and not (option == "-chardev" and value and f"id={DEBUG}," in value)
        and not (option == "-gdb" and value == f"chardev:{DEBUG}")
        and not (option == "-qmp" and value == f"chardev:{CONTROL}")
    ]
    words = [command[0]]
    for option, value in kept:
        words += [option] if value is None else [option, value]
    return tuple(words)


def option_pairs(words: Sequence[str]) -> list[Option]:
    """Group options with their values; QEMU takes `-x` and `--x` alike."""
    pairs: list[Option] = []
    for word in words:
        if word.startswith("-") and len(word) > 1:
            pairs.append(("-" + word.lstrip("-"), None))
        elif pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], word)
        else:
            pairs.append((word, None))
    return pairs


def _has(pairs: Sequence[Option], option: str) -> bool:
    return any(name == option for name, _ in pairs)


def _without(pairs: Sequence[Option], option: str) -> list[Option]:
    return [pair for pair in pairs if pair[0] != option]


def _is_user_network(option: str, value: str | None) -> bool:
    return option == "-netdev" and value is not None and value.startswith("user,")


def _id_of(value: str | None) -> str:
    for part in (value or "").split(","):
        if part.startswith("id="):
            return part.removeprefix("id=")
    return ""


def _display(script: list[Option], board_has: bool, has_display: bool) -> list[Option]:
    if has_display:
        return script
    chosen = [
        ("-display", "none")
        if option == "-display" and value and value.split(",")[0] in _WINDOWS
        else (option, value)
        for option, value in script
    ]
    decided = any(_has(script, name) for name in ("-display", "-nographic", "-vnc", "-spice"))
    return chosen if decided or board_has else [*chosen, ("-display", "none")]


def _drive_value(path: Path) -> str:
    return str(path).replace(",", ",,")  # QEMU's way to write a comma in a value


def _medium(
    medium: KernelMedium | DiskMedium | None, firmware_places: Sequence[str]
) -> list[Option]:
    if medium is None:
        return []
    if isinstance(medium, DiskMedium):
        firmware: list[Option] = []
        if medium.uefi:
            firmware = [firmware_words(uefi_firmware(firmware_places))]
        if medium.cd:
            return [*firmware, ("-cdrom", str(medium.image))]
        return [*firmware, ("-drive", f"format=raw,file={_drive_value(medium.image)}")]
    options: list[Option] = [("-kernel", str(medium.image))]
    if medium.command_line:
        options.append(("-append", medium.command_line))
    if medium.modules:
        # a comma separates modules, two stand for one; after a blank come the arguments
        words = (
            f"{module.path} {module.arguments}".strip().replace(",", ",,")
            for module in medium.modules
        )
        options.append(("-initrd", ",".join(words)))
    return options
