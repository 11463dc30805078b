"""The command-line arguments of kernels and boot loaders, which run scripts may replace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BootArguments:
    """The arguments, with their defaults; procedures of similar names override them."""

    boot_output: str = "serial"
    kernel_output: str = "serial"
    kernel_iommu: str = "iommu_intel iommu_amd"
    serial_escape: str = "-serial_esc"
    power_mode: str = "intel_hwp_performance"
    microcode: bool = False

    def fill(self, template: str) -> str:
        """Return `template` with `{kernel_output}` and the like replaced by the arguments."""
        filled = template.format(
            kernel_output=self.kernel_output,
            kernel_iommu=self.kernel_iommu,
            serial_escape=self.serial_escape,
        )
        return " ".join(filled.split())
