"""What kernels and boot loaders are told besides files; run scripts may say it differently."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BootWords:
    """The words, as they are unless a script overrides the procedure of a similar name."""

    boot_output: str = "serial"
    kernel_output: str = "serial"
    kernel_iommu: str = "iommu_intel iommu_amd"
    serial_escape: str = "-serial_esc"
    power_mode: str = "intel_hwp_performance"
    microcode: bool = False

    def fill(self, template: str) -> str:
        """Return `template` with `{kernel_output}` and the like replaced by the words."""
        filled = template.format(
            kernel_output=self.kernel_output,
            kernel_iommu=self.kernel_iommu,
            serial_escape=self.serial_escape,
        )
        return " ".join(filled.split())
