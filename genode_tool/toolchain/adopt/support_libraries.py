"""The support libraries of an adopted compiler: libsupc++, libgcc_eh and libgcc without a host.

They are the distribution's archives without the members that use the host's C library; code of
our own in `runtime/` takes their place. The distribution's own files stay unchanged.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs.installing import install_debian_packages
from genode_tool.resources import data
from genode_tool.toolchain.adopt.host_compilers import HostTools, from_source, packages
from genode_tool.toolchain.adopt.object_edits import clear_float_abi, make_relocations_plain
from genode_tool.toolchain.architectures import Architecture, Multilib

SOURCES = data(__name__, "runtime")
_STEP_S = 120
_ROOM = 4 << 20  # bytes; no archive is larger

# The source that replaces each member, "" to drop it; first of libsupc++.
_SUPCXX = {
    "eh_globals.o": "eh_globals.c",
    "eh_alloc.o": "eh_alloc.c",
    "vterminate.o": "vterminate.c",
    "pure.o": "pure.c",
    "guard.o": "guard.c",
    "atexit_thread.o": "atexit_thread.c",
    "atomicity.o": "atomicity.c",
    "new_opa.o": "new_aligned.cc",
    "del_opa.o": "",
}
# Symbols of the host's C library that other members of libsupc++ refer to, and our substitutes.
_RENAMED = {
    "pthread_mutex_lock": "__adopted_mutex_lock",
    "pthread_mutex_unlock": "__adopted_mutex_unlock",
    "__libc_single_threaded": "__adopted_single_threaded",
}
_UNWINDER = ("unwind-dw2.o", "unwind-dw2-fde-dip.o")
_UNWIND_HOST = (
    "pthread_mutex_lock",
    "pthread_mutex_unlock",
    "pthread_once",
    "pthread_cond_wait",
    "pthread_cond_broadcast",
    "memmove",
    "__pthread_key_create",
    "_dl_find_object",
)
# Members of libgcc_eh. Trampolines on the heap (GCC 14) would take memory from the host; they are
# an option that Genode does not use.
_EH = {
    "aarch64": {"__aarch64_have_sme.o": "sme.c"},
}
_EH_EVERYWHERE = {"emutls.o": "emutls.c", "heap-trampoline.o": ""}
_LIBGCC = {
    "aarch64": {"lse-init.o": "lse.c", "cpuinfo.o": "cpu_features.c"},
    "arm": {"linux-atomic.o": "sync_arm.c", "linux-atomic-64bit.o": "", "_dvmd_lnx.o": "idiv0.c"},
}
_ARM_LIBRARY_FLAGS = ("-march=armv6k", "-mfloat-abi=soft", "-marm")


@dataclass(frozen=True, slots=True)
class LibraryBuild:
    """Tools, compiler options and a scratch directory for building the archives."""

    architecture: Architecture
    tools: HostTools
    options: tuple[str, ...]
    scraps: Path
    environment: dict[str, str] = field(
        default_factory=lambda: process.scrubbed_environment({"LC_ALL": "C"})
    )

    def run(self, *words: str | Path, cwd: Path | None = None) -> None:
        """Run one step; raises `EnvironmentProblem` with its output when it fails."""
        argv = [str(word) for word in words]
        done = process.run(argv, cwd=cwd, env=self.environment, timeout=_STEP_S)
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            full = _full_place(words)
            if full:
                raise EnvironmentProblem(
                    f"cannot write {full}: {os.strerror(errno.ENOSPC)}",
                    hint="free some space, or name another place with --prefix DIR",
                )
            raise EnvironmentProblem(
                f"a support library cannot be built: `{Path(argv[0]).name}` failed with status"
                f" {done.returncode}",
                trail=tuple(said[-6:]),
                hint="is the distribution's compiler complete? See `genode doctor`",
            )

    def compile(self, source: str, multilib: Multilib) -> Path:
        """Compile a file of `runtime/` for an ABI and return the object."""
        directory = self.scraps / multilib.name / "own"
        directory.mkdir(parents=True, exist_ok=True)
        result = directory / f"{Path(source).stem}.o"
        cxx = source.endswith(".cc")
        # The flags of the ABI are for ARMv7, but boards with ARMv6 use these libraries, too.
        flags = _ARM_LIBRARY_FLAGS if self.architecture.name == "arm" else multilib.flags
        self.run(
            self.tools.gxx if cxx else self.tools.gcc,
            *self.options,
            *flags,
            *("-O2", "-fPIC", "-ffreestanding", "-fexceptions", "-ffunction-sections"),
            *("-fno-tree-vectorize", "-fno-builtin", "-w", "-c", SOURCES / source, "-o", result),
        )
        return result

    def unpack(self, archive: Path, multilib: Multilib) -> Path:
        """Extract all members of `archive` and return the directory they are in."""
        directory = self.scraps / multilib.name / f"{archive.parent.name}-{archive.name}"
        directory.mkdir(parents=True, exist_ok=True)
        self.run(self.tools.tool("ar"), "x", archive, cwd=directory)
        return directory

    def pack(self, archive: Path, members: Iterable[Path]) -> None:
        """Make `archive` of `members`; the same members make the same bytes."""
        archive.parent.mkdir(parents=True, exist_ok=True)
        ordered = sorted(members, key=lambda path: path.name)
        if self.architecture.name == "x86":
            for member in ordered:
                make_relocations_plain(member)
        self.run(self.tools.tool("ar"), "rcsD", archive, *ordered)


def make_libraries(workshop: LibraryBuild, target: Path) -> tuple[Multilib, ...]:
    """Make the three archives for each ABI in `target`; return the ABIs without any.

    Raises `EnvironmentProblem` when not even the first ABI's can be made.
    """
    missing = []
    for index, multilib in enumerate(workshop.architecture.multilibs):
        found = _Found.look_up(workshop.tools, multilib)
        if found is None:
            if index == 0:
                wanted = packages(workshop.architecture, workshop.tools.major)
                raise EnvironmentProblem(
                    f"the libraries of the distribution's compiler {workshop.tools.gcc.name} are"
                    " incomplete",
                    hint=f"{install_debian_packages(wanted)}{from_source(workshop.architecture)}",
                )
            missing.append(multilib)
            continue
        _make(workshop, multilib, found, target / multilib.directory)
    return tuple(missing)


def _full_place(words: Sequence[str | Path]) -> Path | None:
    """Return the place without free space among those that a command writes to, or None.

    Some tools do not report it: GNU ar may even fail with the reason "Success".
    """
    for place in {word.parent for word in words if isinstance(word, Path)}:
        writable = place.is_dir() and os.access(place, os.W_OK)
        if writable and shutil.disk_usage(place).free < _ROOM:
            return place
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    """The distribution's archives for one ABI; `unwinder` is for soft float alone."""

    supcxx: Path
    eh: Path
    gcc: Path
    soft: bool

    @staticmethod
    def look_up(tools: HostTools, multilib: Multilib) -> _Found | None:
        soft = tools.distribution.soft_float
        if soft:
            elf = tools.distribution.find_soft_float()
            gcc = (
                Path(tools.ask(*multilib.flags, "-print-libgcc-file-name", compiler=elf))
                if elf
                else None
            )
            plain = Multilib(multilib.name, (), ".", multilib.emulation, multilib.bits)
            supcxx, eh = (tools.library(plain, name) for name in ("libsupc++.a", "libgcc_eh.a"))
        else:
            supcxx, eh, gcc = (
                tools.library(multilib, name) for name in ("libsupc++.a", "libgcc_eh.a", "libgcc.a")
            )
        if supcxx is None or eh is None or gcc is None or not gcc.is_file():
            return None
        return _Found(supcxx, eh, gcc, bool(soft))


def _make(workshop: LibraryBuild, multilib: Multilib, found: _Found, target: Path) -> None:
    replaced = _LIBGCC.get(workshop.architecture.name, {})
    replaced_eh = _EH_EVERYWHERE | _EH.get(workshop.architecture.name, {})
    members_of_ours = (*_SUPCXX.values(), *replaced.values(), *replaced_eh.values())
    sources = {name for name in members_of_ours if name} | {"unwind_host.c", "threads.c"}
    more = ["threads.c"]
    if multilib.bits == 32:
        more.append("sizes.c")
        sources.add("sizes.c")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = {name: pool.submit(workshop.compile, name, multilib) for name in sources}
    compiled = {name: job.result() for name, job in pending.items()}
    supcxx = workshop.unpack(found.supcxx, multilib)
    eh = workshop.unpack(found.eh, multilib)
    gcc = workshop.unpack(found.gcc, multilib)
    if found.soft:
        for path in (*supcxx.iterdir(), *eh.iterdir()):
            _to_soft_float(workshop, path)
        # The distribution's saves floating-point registers, which an lp64 machine has not.
        shutil.copyfile(gcc / "unwind-dw2.o", eh / "unwind-dw2.o")
    members = _replace(supcxx, _SUPCXX, compiled)
    _rename(workshop, members)
    workshop.pack(target / "libsupc++.a", [*members, *(compiled[name] for name in more)])
    unwinder = _join_unwinder(workshop, eh, compiled["unwind_host.c"])
    workshop.pack(target / "libgcc_eh.a", [*_replace(eh, replaced_eh, compiled), *unwinder])
    members = _replace(gcc, replaced, compiled)
    if found.soft:  # the bare-metal compiler has the unwinder here
        members = [path for path in members if not path.name.startswith(("unwind-", "emutls"))]
    workshop.pack(target / "libgcc.a", members)


def _replace(directory: Path, by: dict[str, str], compiled: dict[str, Path]) -> list[Path]:
    kept = [path for path in directory.iterdir() if path.name not in by]
    return kept + [compiled[source] for source in by.values() if source]


def _rename(workshop: LibraryBuild, members: Sequence[Path]) -> None:
    """Redirect references to the host's C library to functions of our own, under other names."""
    renames = [word for names in _RENAMED.items() for word in ("--redefine-sym", "=".join(names))]
    for member in members:
        if any(name.encode() in member.read_bytes() for name in _RENAMED):
            workshop.run(workshop.tools.tool("objcopy"), *renames, member)


def _join_unwinder(workshop: LibraryBuild, directory: Path, host: Path) -> Sequence[Path]:
    """Link the unwinder with our substitutes for the host's functions, and hide their names.

    The unwinder refers to these functions weakly, for which no archive member is fetched.
    """
    members = [directory / name for name in _UNWINDER if (directory / name).is_file()]
    if not members:
        return ()
    joined = host.with_name("unwind.o")
    workshop.run(
        workshop.tools.tool("ld"), "-r", "-o", joined, *members, host, *_emulation(workshop, host)
    )
    hide = [f"--localize-symbol={name}" for name in _UNWIND_HOST]
    workshop.run(workshop.tools.tool("objcopy"), *hide, joined)
    for member in members:
        member.unlink()
    return (joined,)


def _emulation(workshop: LibraryBuild, host: Path) -> tuple[str, ...]:
    name = host.parent.parent.name
    one = next(one for one in workshop.architecture.multilibs if one.name == name)
    return ("-m", one.emulation) if workshop.architecture.name in ("x86", "riscv") else ()


def _to_soft_float(workshop: LibraryBuild, path: Path) -> None:
    """Declare an object free of floating-point arguments, which is true of these libraries."""
    workshop.run(workshop.tools.tool("objcopy"), "-R", ".riscv.attributes", path)
    clear_float_abi(path)
