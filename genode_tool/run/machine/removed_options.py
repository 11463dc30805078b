"""Options that QEMU has removed, in today's words.

Run scripts and configurations of old trees use options that versions 3 to 10 of QEMU dropped,
mostly after their replacement had been there for years: each replacement here works since QEMU 7
at least. Source: the section "Removed features" of QEMU's manual.
"""

from __future__ import annotations

from collections.abc import Iterable

Option = tuple[str, str | None]
"""An option and its value, None without one."""

_PLAIN: dict[str, tuple[Option, ...]] = {
    "-no-kvm": (("-accel", "tcg"),),
    "-no-kvm-irqchip": (("-machine", "kernel_irqchip=off"),),
    "-no-acpi": (("-machine", "acpi=off"),),
    "-no-hpet": (("-machine", "hpet=off"),),
    "-nodefconfig": (("-no-user-config", None),),
}
_DEVICES = {
    "-soundhw": {
        "ac97": ("AC97",),
        "es1370": ("ES1370",),
        "hda": ("intel-hda", "hda-duplex"),
    },
    "-watchdog": {},
    "-balloon": {"none": (), "virtio": ("virtio-balloon",)},
}
"""Options that add devices: their values with the names of these; other values name one."""


def in_todays_words(options: Iterable[Option]) -> list[Option]:
    """Return `options` with each that QEMU has removed replaced by what does the same."""
    result: list[Option] = []
    for option, value in options:
        if option in _PLAIN:
            result += _PLAIN[option]
            if value is not None:  # not the option's: it takes none
                result.append((value, None))
        elif option in _DEVICES and value is not None:
            result += [("-device", one) for one in _devices(option, value)]
        else:
            result.append((option, value))
    return result


def _devices(option: str, value: str) -> list[str]:
    known = _DEVICES[option]
    return [device for name in value.split(",") for device in known.get(name, (name,))]
