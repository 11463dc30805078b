"""Puts QEMU's command line together from what script, board and engine want.

The rules are the run tool's: a board's memory wins over the script's, a script's processor and
user network win over the board's, PCs get 800 MiB by default. The console that a script would
read from QEMU's standard output arrives on a character device of the engine instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import how_to_get
from genode_tool.run.machine.base import DiskMedium, KernelMedium

SERIAL = "genode-serial"
CONTROL = "genode-control"
DEBUG = "genode-debug"
_DEFAULT_MEMORY = "800"
_WINDOWS = ("sdl", "gtk", "cocoa")
_FIRMWARE = ("/usr/share/ovmf/OVMF.fd", "/usr/share/qemu/OVMF.fd", "/usr/share/edk2/ovmf/OVMF.fd")
_STDIO = ("mon:stdio", "stdio")


@dataclass(frozen=True, slots=True)
class QemuRequest:
    """What a scenario wants from QEMU.

    `script` are the words of `qemu_args`, `board` those of the board's `qemu_args` file.
    `pc` tells whether the board is a PC; `first_serial_unused` whether its log comes out of
    the second serial line. `has_display`: windows can be opened on this host.
    """

    program: str
    script: tuple[str, ...]
    board: tuple[str, ...]
    medium: KernelMedium | DiskMedium | None
    pc: bool
    first_serial_unused: bool = False
    has_display: bool = False


PROGRAMS = (
    ("x86_64", "qemu-system-x86_64"),
    ("x86_32", "qemu-system-i386"),
    ("arm_64", "qemu-system-aarch64"),
    ("arm_v8a", "qemu-system-aarch64"),
    ("arm", "qemu-system-arm"),
    ("arm_v6", "qemu-system-arm"),
    ("arm_v7a", "qemu-system-arm"),
    ("riscv", "qemu-system-riscv64"),
)
"""Which QEMU emulates which instruction set (a spec); the first that a build has counts."""


def program_for(specs: Sequence[str], kernel: str) -> str | None:
    """Return the name of the QEMU for a build's specs, None when there is none.

    NOVA uses the 64-bit one also for 32-bit systems: it alone emulates the virtualization
    features of the processor.
    """
    if kernel == "nova":
        return "qemu-system-x86_64"
    return next((program for spec, program in PROGRAMS if spec in specs), None)


def uefi_firmware() -> Path:
    """Return the UEFI firmware for PCs in QEMU. Raises `EnvironmentProblem` without one."""
    found = next((Path(name) for name in _FIRMWARE if Path(name).exists()), None)
    if found is None:
        raise EnvironmentProblem(
            f"UEFI firmware for QEMU is not installed: none of {', '.join(_FIRMWARE)} exists",
            hint=how_to_get(_FIRMWARE[0]),
        )
    return found


def compose(
    request: QemuRequest, *, serial_fd: int, control_fd: int, debug_fd: int | None = None
) -> tuple[str, ...]:
    """Return the command line; the first two numbers are inherited, connected sockets.

    At `debug_fd`, a listening one, QEMU waits for a debugger.

    The machine starts stopped. The monitor can be reached on the serial console with Ctrl-A c,
    as with `-serial mon:stdio`.
    """
    script = _pairs(request.script)
    board = _pairs(request.board)
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
    script = _serial(script, request)
    if request.pc and not _has(script, "-m") and not _has(board, "-m"):
        script.append(("-m", _DEFAULT_MEMORY))
    script = _display(script, _has(board, "-display"), request.has_display)
    words = [request.program, "-S"]
    words += ["-chardev", f"socket,id={CONTROL},fd={control_fd}"]
    words += ["-mon", f"chardev={CONTROL},mode=control"]
    words += ["-chardev", f"socket,id={SERIAL},fd={serial_fd},mux=on"]
    words += ["-mon", f"chardev={SERIAL},mode=readline"]
    if debug_fd is not None:
        words += ["-chardev", f"socket,id={DEBUG},fd={debug_fd},server=on,wait=off"]
        words += ["-gdb", f"chardev:{DEBUG}"]
    for option, value in [*script, *_medium(request.medium), *board]:
        words += [option] if value is None else [option, value]
    return tuple(words)


def repeatable(command: Sequence[str]) -> tuple[str, ...]:
    """Return the command as a user can type it: the engine's sockets replaced by the terminal."""
    pairs = _pairs(tuple(command[1:]))
    kept = [
        (option, "mon:stdio" if value == f"chardev:{SERIAL}" else value)
        for option, value in pairs
        if option != "-S"
        and not (option == "-chardev" and value and f"id={SERIAL}," in value)
        and not (option == "-chardev" and value and f"id={CONTROL}," in value)
        and not (option == "-chardev" and value and f"id={DEBUG}," in value)
        and not (option == "-gdb" and value == f"chardev:{DEBUG}")
        and not (option == "-mon" and value and value.startswith(f"chardev={SERIAL}"))
        and not (option == "-mon" and value and value.startswith(f"chardev={CONTROL}"))
    ]
    words = [command[0]]
    for option, value in kept:
        words += [option] if value is None else [option, value]
    return tuple(words)


Option = tuple[str, str | None]


def _pairs(words: Sequence[str]) -> list[Option]:
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


def _serial(script: list[Option], request: QemuRequest) -> list[Option]:
    console: Option = ("-serial", f"chardev:{SERIAL}")
    if not _has(script, "-serial"):
        unused: list[Option] = [("-serial", "null")] if request.first_serial_unused else []
        return [*script, *unused, console]
    placed = False
    result: list[Option] = []
    for option, value in script:
        if option == "-serial" and value in _STDIO and not placed:
            result.append(console)
            placed = True
        else:
            result.append((option, value))
    return result


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


def _medium(medium: KernelMedium | DiskMedium | None) -> list[Option]:
    if medium is None:
        return []
    if isinstance(medium, DiskMedium):
        firmware: list[Option] = [("-bios", str(uefi_firmware()))] if medium.uefi else []
        if medium.cd:
            return [*firmware, ("-cdrom", str(medium.image))]
        file = str(medium.image).replace(",", ",,")  # QEMU's way to write a comma in a value
        return [*firmware, ("-drive", f"format=raw,file={file}")]
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
