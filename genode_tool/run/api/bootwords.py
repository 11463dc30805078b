"""Procedures that say with which words boot loader, kernel and their menu are told what to do.

A run script overrides them: on NOVA, `proc kernel_output { } { return "logmem" }` keeps the
kernel's messages in memory.
"""

from __future__ import annotations

from genode_tool.run.api.base import ApiBase, command
from genode_tool.run.boot.words import BootWords

_HWP_MODES = ("off", "performance", "balanced", "power_saving")


class BootWordsApi(ApiBase):
    """What scripts may override; `boot_words` collects the answers."""

    @command
    def boot_output(self) -> str:
        """Where the program that boot loaders start first shows its messages."""
        return BootWords().boot_output

    @command
    def kernel_output(self) -> str:
        """Where NOVA shows its messages."""
        return BootWords().kernel_output

    @command
    def kernel_iommu(self) -> str:
        """NOVA's words about IOMMUs."""
        return BootWords().kernel_iommu

    @command
    def fiasco_serial_esc_arg(self) -> str:
        """Fiasco's and Fiasco.OC's word about the debugger's key on the serial line."""
        return BootWords().serial_escape

    @command
    def apply_microcode(self) -> bool:
        """Whether `bin/micro.code` is handed to the processor at boot."""
        return BootWords().microcode

    @command
    def bender_intel_hwp_mode_option(self) -> str:
        """The word about power states, from `--bender-intel-hwp-mode`."""
        mode = (self.context.switches.values("--bender-intel-hwp-mode") or ("",))[0]
        return f"intel_hwp_{mode if mode in _HWP_MODES else 'performance'}"

    def boot_words(self) -> BootWords:
        """Ask the script."""
        ask = self.session.frontend.invoke
        return BootWords(
            boot_output=ask("boot_output").strip(),
            kernel_output=ask("kernel_output").strip(),
            kernel_iommu=ask("kernel_iommu").strip(),
            serial_escape=ask("fiasco_serial_esc_arg").strip(),
            power_mode=ask("bender_intel_hwp_mode_option").strip(),
            microcode=ask("apply_microcode").strip().lower() in ("1", "true", "yes", "on"),
        )
