"""The serial lines among QEMU's options: the one that becomes the log, and those that do not.

The run tool reads QEMU's standard output. What a script or user connects to it, directly or through
a character device, is connected to a socket of the engine instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genode_tool.regex import regex
from genode_tool.run.machine.removed_options import Option

SERIAL = "genode-serial"
_STDIO = ("mon:stdio", "stdio")
_SOCKET = regex(r"socket,id=([^,]+),fd=\d+(.*)")


@dataclass(frozen=True, slots=True)
class Console:
    """The options of a script once its console is a character device of the engine.

    `device` is that device with its monitor. `options` has no reference to it when the script puts
    all its serial lines elsewhere: to `elsewhere`.
    """

    device: tuple[Option, ...]
    options: tuple[Option, ...]
    elsewhere: tuple[str, ...] = ()


def console_of(script: Sequence[Option], fd: int, *, first_unused: bool = False) -> Console:
    """Return the console on the connected socket `fd`.

    With `first_unused`, a script without a serial line gets its console as the second one.
    """
    lines = [value or "" for option, value in script if option == "-serial"]
    device, options = _own_device(fd), list(script)
    name = SERIAL
    terminal = next((one for one in script if _is_terminal(*one)), None)
    if terminal:
        settings = dict(part.partition("=")[::2] for part in (terminal[1] or "").split(","))
        name = settings["id"]
        mux = settings.get("mux", "on" if not lines else "off")
        log = [f"{key}={settings[key]}" for key in ("logfile", "logappend") if key in settings]
        device = (("-chardev", ",".join([f"socket,id={name},fd={fd},mux={mux}", *log])),)
        options.remove(terminal)
    console: Option = ("-serial", f"chardev:{name}")
    if not lines:
        unused: list[Option] = [("-serial", "null")] if first_unused else []
        return Console(device, (*options, *unused, console))
    direct = next((value for value in lines if value in _STDIO), None)
    if direct is not None:
        options[options.index(("-serial", direct))] = console
    elif not any(_leads_to(name, value) for _, value in options):
        return Console(device, tuple(options), tuple(lines))
    return Console(device, tuple(options))


def on_terminal(option: str, value: str | None) -> Option | None:
    """Return an option with the engine's console replaced by the terminal, None to leave it out."""
    if option == "-serial" and value == f"chardev:{SERIAL}":
        return option, "mon:stdio"
    socket = _SOCKET.fullmatch(value or "") if option == "-chardev" else None
    if socket:
        return None if socket[1] == SERIAL else (option, f"stdio,id={socket[1]}{socket[2]}")
    if option == "-monitor" and value == f"chardev:{SERIAL}":
        return None
    return option, value


def _own_device(fd: int) -> tuple[Option, ...]:
    return (
        ("-chardev", f"socket,id={SERIAL},fd={fd},mux=on"),
        ("-monitor", f"chardev:{SERIAL}"),
    )


def _is_terminal(option: str, value: str | None) -> bool:
    parts = (value or "").split(",")
    return (
        option == "-chardev" and parts[0] in ("stdio", "backend=stdio") and "id=" in (value or "")
    )


def _leads_to(device: str, value: str | None) -> bool:
    parts = (value or "").split(",")
    return f"chardev:{device}" in parts or f"chardev={device}" in parts
