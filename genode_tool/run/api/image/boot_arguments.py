"""Procedures that return arguments of boot loader and kernel.

A run script overrides them: on NOVA, `proc kernel_output { } { return "logmem" }` keeps the
kernel's messages in memory.
"""

from __future__ import annotations

from genode_tool.run.api.procedure import procedure
from genode_tool.run.boot.arguments import BootArguments
from genode_tool.run.options import Switches
from genode_tool.run.scenario.script import Script, is_true

_HWP_MODES = ("off", "performance", "balanced", "power_saving")


class BootArgumentProcedures:
    """The arguments that scripts may override; `collect` asks the script for all of them."""

    def __init__(self, switches: Switches, script: Script) -> None:
        self._switches = switches
        self._script = script

    @procedure()
    def boot_output(self) -> str:
        """Return where the program that boot loaders start first shows its messages."""
        return BootArguments().boot_output

    @procedure()
    def kernel_output(self) -> str:
        """Return where NOVA shows its messages."""
        return BootArguments().kernel_output

    @procedure()
    def kernel_iommu(self) -> str:
        """Return NOVA's arguments for IOMMUs."""
        return BootArguments().kernel_iommu

    @procedure()
    def fiasco_serial_esc_arg(self) -> str:
        """Return Fiasco's and Fiasco.OC's argument for the debugger's key on the serial line."""
        return BootArguments().serial_escape

    @procedure()
    def apply_microcode(self) -> bool:
        """Return whether `bin/micro.code` is loaded into the processor at boot."""
        return BootArguments().microcode

    @procedure()
    def bender_intel_hwp_mode_option(self) -> str:
        """Return the argument for power states, from `--bender-intel-hwp-mode`."""
        mode = (self._switches.values("--bender-intel-hwp-mode") or ("",))[0]
        return f"intel_hwp_{mode if mode in _HWP_MODES else 'performance'}"

    def collect(self) -> BootArguments:
        """Return the arguments, as the script's own procedures have them."""
        ask = self._script.invoke
        return BootArguments(
            boot_output=ask("boot_output").strip(),
            kernel_output=ask("kernel_output").strip(),
            kernel_iommu=ask("kernel_iommu").strip(),
            serial_escape=ask("fiasco_serial_esc_arg").strip(),
            power_mode=ask("bender_intel_hwp_mode_option").strip(),
            microcode=is_true(ask("apply_microcode")),
        )
