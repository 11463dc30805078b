"""Defaults of `genode run` and `genode image` (`etc/run.toml`)."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.settings.schema.checked import Factor, NotNegative, Positive, Seconds


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """Defaults for what the command line does not say.

    `timeout_scale` multiplies all timeouts, `attempts` counts the starts of a machine that does
    not boot, `retries` the further runs of a scenario that failed. A scenario of several is ended
    when it hangs for `time_limit` seconds outside of its own timeouts. `switches` come before the
    words of `--switch`, `qemu_arguments` before those of `--qemu-arg`. `pc_memory` (MiB) is a PC's
    when neither script nor board says. `uefi_firmware` are places of firmware for QEMU, of which
    the first that exists counts; empty: where distributions have it.
    """

    timeout_scale: Factor = 1.0
    attempts: Positive = 3
    retries: NotNegative = 0
    time_limit: Seconds = 900.0
    screenshot: bool = False
    switches: tuple[str, ...] = ()
    qemu_arguments: tuple[str, ...] = ()
    pc_memory: Positive = 800
    uefi_firmware: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The file's one table."""

    run: RunDefaults = RunDefaults()
