"""The architectures of tool chains, with their names, targets and ABIs."""

from __future__ import annotations

import platform as platform_module
from dataclasses import dataclass

from genode_tool.errors import UserError


@dataclass(frozen=True, slots=True)
class Multilib:
    """One ABI that libraries are provided for.

    `flags` select it, `directory` has its libraries, below the compiler's own directory ("." for
    the default one), `emulation` is what the linker calls its format.
    """

    name: str
    flags: tuple[str, ...]
    directory: str
    emulation: str
    bits: int


@dataclass(frozen=True, slots=True)
class Architecture:
    """One tool chain: `name` is the one that `genode tool-chain` and the names of the tools use.

    `target` is GCC's name of the pinned bare-metal target, `specs` are the instruction sets of
    build directories (SPECS) that use this tool chain, `gdb` is what GDB calls it.
    """

    name: str
    target: str
    specs: tuple[str, ...]
    gdb: str
    multilibs: tuple[Multilib, ...]

    @property
    def tool_prefix(self) -> str:
        """The beginning of its tools' names."""
        return f"genode-{self.name}-"


ARCHITECTURES = (
    Architecture(
        "x86",
        "x86_64-pc-elf",
        ("x86_64", "x86_32"),
        "i386:x86-64",
        (
            Multilib("64", ("-m64",), ".", "elf_x86_64", 64),
            Multilib("32", ("-m32",), "32", "elf_i386", 32),
        ),
    ),
    Architecture(
        "arm",
        "arm-none-eabi",
        ("arm_v6", "arm_v7a", "arm"),
        "arm",
        (
            Multilib(
                "softfp",
                ("-march=armv7-a", "-mfpu=vfpv3", "-mfloat-abi=softfp"),
                ".",
                "armelf",
                32,
            ),
        ),
    ),
    Architecture(
        "aarch64",
        "aarch64-none-elf",
        ("arm_v8a", "arm_64"),
        "aarch64",
        (Multilib("lp64", (), ".", "aarch64elf", 64),),
    ),
    Architecture(
        "riscv",
        "riscv64-unknown-elf",
        ("riscv",),
        "riscv:rv64",
        (
            Multilib(
                "lp64",
                ("-march=rv64imac", "-mabi=lp64"),
                ".",
                "elf64lriscv",
                64,
            ),
        ),
    ),
)


def architecture(name: str) -> Architecture:
    """Return the architecture called `name`; raises `UserError` when there is none."""
    for one in ARCHITECTURES:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in ARCHITECTURES)
    raise UserError(f"unknown architecture `{name}`", hint=f"known ones: {known}")


_OF_THE_HOST = ("linux",)
_ARM_MACHINES = (
    *("arndale", "imx", "nit6_", "odroid_", "panda", "pbxa9", "rpi", "usb_armory", "wand_quad"),
    "zynq_",
)
_PARTS = (
    ("x86", "x86"),
    ("muen", "x86"),
    ("riscv", "riscv"),
    ("arm_v8", "aarch64"),
    ("arm_64", "aarch64"),
)
_KERNELS = ("codezero", "fiasco", "foc", "hw", "linux", "okl4", "pistachio", "sel4")


def _host_architecture() -> Architecture:
    machine = platform_module.machine()
    for part, name in (("86", "x86"), ("aarch64", "aarch64"), ("riscv", "riscv"), ("arm", "arm")):
        if part in machine:
            return architecture(name)
    raise UserError(f"no tool chain is known for this host, a `{machine}`")


def architecture_of(platform: str) -> Architecture:
    """Return the architecture to build with for `platform`; raises `UserError` when none is known.

    Releases up to 16.11 name kernel and machine (`nova_x86_64`, `foc_pbxa9`), those up to 19.02 the
    machine (`pbxa9`), those up to 21.11 `linux` for the host. Their machines other than PCs have
    32-bit ARM processors.
    """
    if platform in _OF_THE_HOST:
        return _host_architecture()
    for part, name in _PARTS:
        if part in platform:
            return architecture(name)
    if platform.startswith(("arm_", *_ARM_MACHINES)) or platform.partition("_")[0] in _KERNELS:
        return architecture("arm")
    raise UserError(
        f"no tool chain is known for platform `{platform}`",
        hint="without --tool-chain, etc/tools.conf of the build directory selects one",
    )
