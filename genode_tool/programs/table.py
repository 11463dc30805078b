"""The table of outside programs."""

from __future__ import annotations

from pathlib import Path

from genode_tool.programs.kinds import Feature, Kind, Machine, Program


def _gcc_major() -> str:
    """Return the major version of the host's GCC, that of Debian 12 before it is installed.

    Some packages have it in their names, and one that has not, gcc-multilib, cannot be
    installed beside compilers for other machines.
    """
    found = Path("/usr/lib/gcc/x86_64-linux-gnu").glob("*/cc1")
    versions = [int(one.parent.name) for one in found if one.parent.name.isdigit()]
    return str(max(versions, default=12))


PROGRAMS = (
    Program(
        "ensurepip", "python3-venv", Feature.SETUP, "makes the private environment", Kind.MODULE
    ),
    Program("bash", "bash", Feature.BUILD, "runs build rules"),
    Program("g++", "g++", Feature.BUILD, "compiles C++"),
    Program("gcc", "gcc", Feature.BUILD, "compiles C and assembly, preprocesses"),
    Program("ld", "binutils", Feature.BUILD, "links programs and boot images"),
    Program("as", "binutils", Feature.BUILD, "assembles"),
    Program("ar", "binutils", Feature.BUILD, "packs static libraries"),
    Program("objcopy", "binutils", Feature.BUILD, "splits off debug information"),
    Program("strip", "binutils", Feature.BUILD, "strips programs"),
    Program(
        "ccache",
        "ccache",
        Feature.BUILD,
        "remembers compiled files",
        required=False,
        for_tests=True,
    ),
    Program(
        "distcc",
        "distcc",
        Feature.BUILD,
        "compiles on other machines",
        required=False,
        for_tests=True,
    ),
    Program(
        "sccache",
        "sccache",
        Feature.BUILD,
        "remembers compiled files, for several machines",
        required=False,
        for_tests=True,
    ),
    Program(
        "icecc",
        "icecc",
        Feature.BUILD,
        "compiles on other machines",
        required=False,
    ),
    Program(
        "scan-build",
        "clang-tools",
        Feature.BUILD,
        "analyzes sources with STATIC_ANALYZE",
        required=False,
    ),
    Program(
        "dot",
        "graphviz",
        Feature.BUILD,
        "draws `genode graph --format svg`",
        required=False,
        version_argument="-V",
    ),
    Program("_tkinter", "python3-tk", Feature.RUN, "interprets run scripts (Tcl)", Kind.MODULE),
    Program(
        "qemu-system-x86_64",
        "qemu-system-x86",
        Feature.RUN,
        "boots x86 images",
        machines=(Machine.X86,),
    ),
    Program(
        "qemu-system-aarch64",
        "qemu-system-arm",
        Feature.RUN,
        "boots ARM images",
        machines=(Machine.ARM,),
        required=False,
    ),
    Program(
        "qemu-system-riscv64",
        "qemu-system-misc",
        Feature.RUN,
        "boots RISC-V images",
        machines=(Machine.RISCV,),
        required=False,
    ),
    Program("gdb", "gdb", Feature.RUN, "debugs systems (--gdb)", required=False, for_tests=True),
    *(
        Program(name, package, Feature.RUN, purpose, required=False)
        for name, package, purpose in (
            ("picocom", "picocom", "listens at serial lines of real machines (log/serial)"),
            ("amtterm", "amtterm", "listens and switches by Intel AMT (log/amt, power_on/amt)"),
            ("fastboot", "fastboot", "loads images (load/fastboot)"),
            ("openocd", "openocd", "loads images (load/jtag)"),
        )
    ),
    Program("make", "make", Feature.TOOL_CHAIN, "builds binutils, GCC and GDB"),
    Program("flex", "flex", Feature.TOOL_CHAIN, "makes scanners of binutils and GCC"),
    Program("bison", "bison", Feature.TOOL_CHAIN, "makes parsers of binutils and GDB"),
    Program("m4", "m4", Feature.TOOL_CHAIN, "serves flex and bison"),
    Program("xz", "xz-utils", Feature.TOOL_CHAIN, "unpacks source archives"),
    Program("gmp.h", "libgmp-dev", Feature.TOOL_CHAIN, "GCC and GDB calculate", Kind.HEADER),
    Program("mpfr.h", "libmpfr-dev", Feature.TOOL_CHAIN, "GCC and GDB calculate", Kind.HEADER),
    Program("mpc.h", "libmpc-dev", Feature.TOOL_CHAIN, "GCC calculates", Kind.HEADER),
    Program(
        "expat.h",
        "libexpat1-dev",
        Feature.TOOL_CHAIN,
        "GDB reads XML",
        Kind.HEADER,
        required=False,
    ),
    Program(
        "ncurses.h",
        "libncurses-dev",
        Feature.TOOL_CHAIN,
        "GDB's full-screen mode",
        Kind.HEADER,
        required=False,
    ),
    Program(
        "makeinfo",
        "texinfo",
        Feature.TOOL_CHAIN,
        "GDB's build asks for it in old releases",
        required=False,
    ),
    Program(
        "gnatmake",
        "gnat",
        Feature.TOOL_CHAIN,
        "compiles the Ada front end (--features ada)",
        required=False,
    ),
    Program("x86_64-linux-gnu-gcc", "gcc", Feature.ADOPT_X86, "becomes genode-x86-gcc"),
    Program("x86_64-linux-gnu-g++", "g++", Feature.ADOPT_X86, "becomes genode-x86-g++"),
    Program(
        f"/usr/lib/gcc/x86_64-linux-gnu/{_gcc_major()}/32/libsupc++.a",
        f"lib32stdc++-{_gcc_major()}-dev",
        Feature.ADOPT_X86,
        "libraries for -m32",
        Kind.FILE,
    ),
    *(
        Program(
            f"/usr/lib/{place}/{_gcc_major()}/plugin/include/gcc-plugin.h",
            f"gcc-{_gcc_major()}-plugin-dev{suffix}",
            feature,
            "size_t and thread-local variables as pinned",
            Kind.FILE,
        )
        for place, suffix, feature in (
            ("gcc/x86_64-linux-gnu", "", Feature.ADOPT_X86),
            ("gcc-cross/arm-linux-gnueabi", "-arm-linux-gnueabi", Feature.ADOPT_ARM),
            ("gcc-cross/aarch64-linux-gnu", "-aarch64-linux-gnu", Feature.ADOPT_AARCH64),
            ("gcc-cross/riscv64-linux-gnu", "-riscv64-linux-gnu", Feature.ADOPT_RISCV),
        )
    ),
    *(
        Program(f"{triplet}-{tool}", f"{tool}-{triplet}", feature, f"becomes genode-{name}-{tool}")
        for triplet, name, feature in (
            ("arm-linux-gnueabi", "arm", Feature.ADOPT_ARM),
            ("aarch64-linux-gnu", "aarch64", Feature.ADOPT_AARCH64),
            ("riscv64-linux-gnu", "riscv", Feature.ADOPT_RISCV),
        )
        for tool in ("gcc", "g++")
    ),
    Program(
        "riscv64-unknown-elf-gcc",
        "gcc-riscv64-unknown-elf",
        Feature.ADOPT_RISCV,
        "libraries without floating-point unit",
    ),
    Program("clang", "clang", Feature.ADOPT_CLANG, "becomes genode-ARCH-gcc"),
    Program(
        "gdb-multiarch",
        "gdb-multiarch",
        Feature.ADOPT_ARM,
        "becomes genode-ARCH-gdb",
        required=False,
    ),
    Program("grub-mkimage", "grub-common", Feature.IMAGE, "makes the boot loader"),
    Program(
        "/usr/lib/grub/i386-pc/moddep.lst",
        "grub-pc-bin",
        Feature.IMAGE,
        "the boot loader for BIOS",
        Kind.FILE,
    ),
    Program(
        "/usr/lib/grub/x86_64-efi/moddep.lst",
        "grub-efi-amd64-bin",
        Feature.IMAGE,
        "the boot loader for UEFI",
        Kind.FILE,
    ),
    Program("xorriso", "xorriso", Feature.IMAGE, "writes ISO images"),
    Program("mformat", "mtools", Feature.IMAGE, "writes FAT file systems"),
    Program("mcopy", "mtools", Feature.IMAGE, "copies into FAT file systems"),
    Program("/usr/share/ovmf/OVMF.fd", "ovmf", Feature.IMAGE, "UEFI firmware for QEMU", Kind.FILE),
    Program(
        "mkimage",
        "u-boot-tools",
        Feature.IMAGE,
        "writes images for U-Boot",
        required=False,
        for_tests=True,
        version_argument="-V",
    ),
    Program(
        "dumpimage",
        "u-boot-tools",
        Feature.IMAGE,
        "reads images for U-Boot back",
        required=False,
        for_tests=True,
        version_argument="-V",
    ),
    Program(
        "dtc",
        "device-tree-compiler",
        Feature.IMAGE,
        "compiles the source of FIT images",
        required=False,
        for_tests=True,
    ),
    Program("tclsh", "tcl", Feature.TEST, "judges the Tcl front end", version_argument=""),
    Program("expect", "expect", Feature.TEST, "judges console matching", version_argument="-v"),
    Program("readelf", "binutils", Feature.TEST, "judges ELF reading"),
    Program("xmllint", "libxml2-utils", Feature.TEST, "judges the reading of configurations"),
    Program(
        "openssl",
        "openssl",
        Feature.TEST,
        "makes the certificates of test servers",
        version_argument="version",
    ),
    Program("sfdisk", "fdisk", Feature.TEST, "judges partition tables"),
    Program(
        "cpio",
        "cpio",
        Feature.PREPARE,
        "used by recipes of some ports, judges RAM disks",
        required=False,
        for_tests=True,
    ),
    Program("patch", "patch", Feature.PREPARE, "applies patches to ports"),
    Program(
        "git",
        "git",
        Feature.PREPARE,
        "gets ports from git repositories",
        required=False,
        for_tests=True,
    ),
    Program(
        "svn",
        "subversion",
        Feature.PREPARE,
        "gets ports from Subversion",
        required=False,
        for_tests=True,
    ),
    Program(
        "gpg",
        "gnupg",
        Feature.PREPARE,
        "checks signatures of sources",
        required=False,
        for_tests=True,
    ),
    Program(
        "zstd",
        "zstd",
        Feature.PREPARE,
        "expands archives that end in .zst",
        required=False,
        for_tests=True,
    ),
    *(
        Program(name, package, Feature.PREPARE, "used by recipes of some ports", required=False)
        for name, package in (
            ("autoconf", "autoconf"),
            ("autogen", "autogen"),
            ("autoheader", "autoconf"),
            ("automake", "automake"),
            ("byacc", "byacc"),
            ("cmake", "cmake"),
            ("curl", "curl"),
            ("ed", "ed"),
            ("gawk", "gawk"),
            ("iasl", "acpica-tools"),
            ("mawk", "mawk"),
            ("ninja", "ninja-build"),
            ("perl", "perl"),
            ("python", "python-is-python3"),
            ("rpcgen", "rpcsvc-proto"),
            ("sed", "sed"),
            ("tar", "tar"),
            ("unzip", "unzip"),
            ("wget", "wget"),
            ("xsltproc", "xsltproc"),
            ("yasm", "yasm"),
        )
    ),
)
