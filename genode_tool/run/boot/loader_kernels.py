"""The kernels that a boot loader starts with several modules, and how each of them boots."""

from __future__ import annotations

from genode_tool.errors import UserError
from genode_tool.run.boot.loader import KernelPart, LoaderStyle
from genode_tool.run.image.entry import BootProtocol


def loader_style(kernel: str, board: str) -> LoaderStyle | None:
    """Return how `kernel` boots on `board`; None when the kernel is none of these.

    Raises `UserError` for a board whose image is made in another way.
    """
    style = _STYLES.get(kernel)
    if style is None:
        return None
    if board not in ("pc", ""):
        raise UserError(
            f"kernel {kernel} on board {board}: the engine makes images of this kernel for"
            " PCs only",
            hint="choose board pc, or kernel hw",
        )
    return style


_STYLES = {
    style.name: style
    for style in (
        LoaderStyle(
            name="nova",
            title="Genode on NOVA",
            boot_message="\nHypervisor NOVA ",
            timer="nova_timer",
            core_archive="core-nova.a",
            core_goal="core/nova",
            core_address="0x100000",
            core_scripts=("repos/base-nova/src/core/core-bss.ld",),
            protocol=BootProtocol.MULTIBOOT2,
            parts=(
                KernelPart(
                    *("hypervisor", "hypervisor", "hypervisor", "kernel"),
                    arguments="{kernel_iommu} {kernel_output}",
                ),
            ),
        ),
        LoaderStyle(
            name="sel4",
            title="Genode on seL4",
            boot_message="\nBooting all finished, dropped to user space",
            timer="hpet_timer",
            core_archive="core-sel4.a",
            core_address="0x02000000",
            protocol=BootProtocol.MULTIBOOT2,
            bender="phys_max=256M",
            parts=(
                KernelPart("sel4", "sel4-pc", "sel4", "kernel/sel4", arguments="disable_iommu"),
            ),
        ),
        LoaderStyle(
            name="foc",
            title="Genode on Fiasco.OC",
            boot_message="\nL4 Bootstrapper",
            timer="foc_timer",
            core_archive="core-foc-pc.a",
            core_address="0x01100000",
            parts=(
                KernelPart("bootstrap-foc", "bootstrap-foc-pc", "bootstrap", "kernel/foc"),
                KernelPart(
                    "foc", "foc-pc", "kernel", "kernel/foc", arguments="fiasco {serial_escape}"
                ),
                KernelPart("sigma0-foc", "sigma0-foc-pc", "sigma0", "kernel/foc"),
            ),
        ),
        LoaderStyle(
            name="pistachio",
            title="Genode on L4ka::Pistachio",
            boot_message="\n\r\033\\\\\\[1m\033\\\\\\[33mL4Ka::Pistachio -",
            timer="pit_timer",
            core_archive="core-pistachio.a",
            core_address="0x02000000",
            parts=(
                KernelPart(
                    "kickstart-pistachio", "kickstart-pistachio", "kickstart", "kernel/pistachio"
                ),
                KernelPart("pistachio", "pistachio", "kernel", "kernel/pistachio"),
                KernelPart("sigma0-pistachio", "sigma0-pistachio", "sigma0", "kernel/pistachio"),
            ),
        ),
        LoaderStyle(
            name="fiasco",
            title="Genode on L4/Fiasco",
            boot_message="\nL4 Bootstrapper",
            timer="fiasco_timer",
            core_archive="core-fiasco.a",
            core_address="0x01000000",
            parts=(
                KernelPart(
                    *("bootstrap-fiasco", "bootstrap-fiasco", "bootstrap", "kernel/fiasco"),
                    arguments="-serial",
                ),
                KernelPart(
                    *("fiasco", "fiasco", "kernel", "kernel/fiasco"),
                    arguments="-serial -jdb_cmd=JH {serial_escape}",
                ),
                KernelPart("sigma0-fiasco", "sigma0-fiasco", "sigma0", "kernel/fiasco"),
            ),
        ),
    )
}

KERNELS = tuple(_STYLES)
"""The kernels that boot in this way."""
