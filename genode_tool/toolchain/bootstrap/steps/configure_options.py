"""Options of configure scripts and make: for each component, architecture and version.

Options and their values are those of the framework's own tool chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.toolchain.architectures import Architecture
from genode_tool.toolchain.bootstrap.components import Component, ToolChainFeature

_QUIET = ("--quiet", "--disable-nls")

# Libraries that would be used if the host had them, and be missing on other machines.
_NO_EXTRAS = ("--without-zstd", "--without-debuginfod", "--without-isl", "--without-msgpack")
NO_MANUALS = "MAKEINFO=true"  # the program: it makes nothing and succeeds

_GAS_AS_ON_LINUX = "-DTE_LINUX"  # "/" in assembly is a division, not the start of a comment

_BINUTILS = (
    "--disable-werror",
    "--disable-gdb",
    "--disable-gdbserver",
    "--disable-libctf",
    "--disable-libdecnumber",
    "--disable-readline",
    "--disable-sim",
    "--disable-gprof",
    "--disable-gprofng",
    "--disable-gold",
)
_BINUTILS_FOR = {
    "x86": ("--disable-x86-relax-relocations",),  # GOT entries stay, for the dynamic linker
}

_GCC = (
    "--disable-bootstrap",
    "--disable-werror",
    "--disable-analyzer",
    "--disable-libcc1",
    "--enable-checking=release",
    "--without-headers",
    "--with-newlib",
    "--disable-hosted-libstdcxx",
    "--disable-threads",
    "--disable-tls",
    "--disable-shared",
    "--disable-sjlj-exceptions",
    "--disable-frame-pointer",
    "--disable-libada",
    "--disable-libatomic",
    "--disable-libffi",
    "--disable-libgo",
    "--disable-libgomp",
    "--disable-libitm",
    "--disable-libquadmath",
    "--disable-libsanitizer",
    "--disable-libssp",
    "--disable-libvtv",
    "--disable-gotools",
    "--enable-multiarch",
    "--enable-targets=all",
    "--with-gnu-as",
    "--with-gnu-ld",
)
# From GCC 12 on, "i" does not include the instructions of Zicsr and Zifencei any more.
_RISCV_SPLIT = 12
_MULTILIBS = {
    "x86": ("MULTILIB_OPTIONS=m64/m32", "MULTILIB_DIRNAMES=64 32"),
}

# libgcc vectorised with SSE must not run where the unit is not set up yet: boot code.
_FLAGS = "-g -O2 -fPIC -fno-tree-vectorize"

_GDB = (
    "--disable-werror",
    "--disable-sim",
    "--disable-binutils",
    "--disable-gas",
    "--disable-ld",
    "--disable-gprof",
    "--disable-gprofng",
    "--disable-gdbserver",
    "--disable-source-highlight",
    "--with-expat",
    "--with-python=no",
    "--with-guile=no",
)


@dataclass(frozen=True, slots=True)
class ConfigureTarget:
    """The target of the tools: `prefix` is their final place, `tools` the present one of binutils.

    `host_flags` are the flags that the tools themselves are compiled with.
    """

    architecture: Architecture
    features: tuple[ToolChainFeature, ...]
    prefix: Path
    tools: Path
    host_flags: str


def configure_options(
    target: ConfigureTarget, component: Component, version: str
) -> tuple[str, ...]:
    """Return the options of the configure script of `component` in `version`."""
    arch = target.architecture
    common = (
        *_QUIET,
        *_NO_EXTRAS,
        f"--prefix={target.prefix}",
        f"--target={arch.target}",
        f"--program-prefix={arch.tool_prefix}",
    )
    if component is Component.BINUTILS:
        gas = f"CFLAGS={target.host_flags} {_GAS_AS_ON_LINUX}"
        return (*common, *_BINUTILS, *_BINUTILS_FOR.get(arch.name, ()), gas)
    flags = (f"CFLAGS={target.host_flags}", f"CXXFLAGS={target.host_flags}")
    if component is Component.GDB:
        return (*common, *_GDB, *flags)
    languages = ",".join(one.value for one in target.features if one.is_language)
    return (
        *common,
        f"--enable-languages={languages}",
        f"--with-build-time-tools={target.tools}",
        *_GCC,
        *(_riscv_options(version) if arch.name == "riscv" else ()),
        *flags,
    )


def multilibs(arch: Architecture) -> tuple[str, ...]:
    """Return the variables of GCC's make that choose what libraries are built for."""
    return _MULTILIBS.get(arch.name, ())


def _riscv_options(version: str) -> tuple[str, ...]:
    """Return GCC's options for the one ABI that Genode has on RISC-V."""
    major = version.partition(".")[0]
    split = not major.isdigit() or int(major) >= _RISCV_SPLIT
    extensions = "_zicsr_zifencei" if split else ""
    return (f"--with-arch=rv64imac{extensions}", "--with-abi=lp64", "--disable-multilib")


def target_flags(headers: Path) -> tuple[str, ...]:
    """Return the flags of support libraries, with our `headers` in place of a libc's."""
    flags = f"{_FLAGS} -isystem {headers}"
    return (
        f"CFLAGS_FOR_TARGET={flags} -Dinhibit_libc -DUSE_PT_GNU_EH_FRAME",
        f"CXXFLAGS_FOR_TARGET={flags} -D_GLIBCXX_HAVE_TLS=1",
    )
