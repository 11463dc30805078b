"""The recipe: which steps make a tool chain, in which order, what each of them rests on.

Sources are fetched and unpacked first, for all architectures at once, so that what is missing
shows early. Then follow, for each architecture, binutils, GCC and GDB. All are installed into a
staging directory that mirrors the final place (`DESTDIR`), where GCC finds the assembler and
the linker that it configures itself for; the final place is written once, at the end.

GCC is built without any C library: it is told that there are no headers, its support libraries
are compiled with `inhibit_libc`, and what they still want to know is declared by our own
headers in `support/include`. libstdc++ is reduced to libsupc++ (`--disable-hosted-libstdcxx`).
Threads of exceptions are kept apart by the emulated thread-local storage of the C++ runtime.

Options and their values are those of the framework's own tool chain; each has its reason here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from genode_tool.toolchain.architectures import Architecture
from genode_tool.toolchain.bootstrap.actions import (
    Action,
    Configure,
    Headers,
    Make,
    SplitUnwinder,
    Together,
    Unpack,
)
from genode_tool.toolchain.bootstrap.adjust import headers_text, identity
from genode_tool.toolchain.bootstrap.components import COSTS, Component, Feature
from genode_tool.toolchain.bootstrap.sources import Sources, Supply

_QUIET = ("--quiet", "--disable-nls")

# Libraries that would be used if the host had them, and missed wherever the result is taken.
_NO_EXTRAS = ("--without-zstd", "--without-debuginfod", "--without-isl", "--without-msgpack")
_NO_MANUALS = "MAKEINFO=true"  # the program: it makes nothing and succeeds

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
_GCC_FOR = {
    "riscv": ("--with-arch=rv64imac_zicsr_zifencei", "--with-abi=lp64"),
}
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
class Step:
    """One step. `key` changes whenever the outcome would; `needs` are the steps it rests on.

    `product` exists after the step. `build` is the directory that an interrupted attempt may
    have left with broken files, None where a step starts over. `units` is how many compiled
    files to expect, `space` how many bytes of disk it takes.
    """

    name: str
    title: str
    action: Action
    key: str
    needs: tuple[str, ...]
    product: Path
    build: Path | None = None
    units: int = 0
    space: int = 0
    component: Component | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is to be built: for `architectures`, with `features`, from `sources`.

    `directory` is where it is built, `prefix` what it will be configured for. `host_flags` is
    what the tools themselves are compiled with.
    """

    architectures: tuple[Architecture, ...]
    features: tuple[Feature, ...]
    sources: Sources
    directory: Path
    prefix: Path
    host_flags: str = "-O2"
    components: tuple[Component, ...] = (Component.BINUTILS, Component.GCC, Component.GDB)

    @property
    def stage(self) -> Path:
        """The staging directory; the tool chain is in it below the name of `prefix`."""
        return self.directory / "stage"

    @property
    def staged(self) -> Path:
        """Where the tool chain is before it is installed."""
        return self.stage / self.prefix.relative_to("/")

    @property
    def wanted(self) -> tuple[Component, ...]:
        """The components, GDB only as a feature."""
        return tuple(
            one
            for one in self.components
            if one is not Component.GDB or Feature.GDB in self.features
        )

    def supplies(self) -> dict[Component, Supply]:
        """Return where each component's sources come from."""
        return {one: self.sources.supply(one) for one in self.wanted}

    def steps(self) -> tuple[Step, ...]:
        """Return all steps in the order in which they run."""
        supplies = self.supplies()
        steps: dict[str, Step] = {}
        for one in (
            *(self._fetch(component, supply) for component, supply in supplies.items()),
            *(self._unpack(component, supply) for component, supply in supplies.items()),
            *(
                step
                for architecture in self.architectures
                for component in self.wanted
                for step in self._component(architecture, component)
            ),
        ):
            steps[one.name] = _keyed(one, steps)
        return tuple(steps.values())

    def _source(self, component: Component) -> Path:
        return self.directory / "src" / component.value

    def _fetch(self, component: Component, supply: Supply) -> Step:
        return Step(
            f"fetch-{component.value}",
            f"{component.title} {supply.version}: fetch",
            supply.action,
            "",
            (),
            supply.path,
            component=component,
        )

    def _unpack(self, component: Component, supply: Supply) -> Step:
        source = self._source(component)
        return Step(
            f"unpack-{component.value}",
            f"{component.title} {supply.version}: unpack",
            Unpack(component, supply.path, source, identity(component)),
            "",
            (f"fetch-{component.value}",),
            source,
            space=COSTS[component].source,
            component=component,
        )

    def _component(self, arch: Architecture, component: Component) -> Iterator[Step]:
        source = self._source(component)
        build = self.directory / arch.name / component.value
        name = f"{arch.name}-{component.value}"
        title = f"{component.title} for {arch.name}"
        cost = COSTS[component]
        before = (f"{arch.name}-binutils-install",) if component is Component.GCC else ()
        yield Step(
            f"{name}-configure",
            f"{title}: configure",
            Configure(source, build, self._options(arch, component), "configure"),
            "",
            (f"unpack-{component.value}", *before),
            build / "Makefile",
            component=component,
        )
        built = f"{name}-configure"
        for part, goals in _goals(component):
            step = f"{name}-{part}"
            is_library = part == "libraries"
            variables: tuple[str, ...] = (_NO_MANUALS,)
            if component is Component.GCC:
                variables += _MULTILIBS.get(arch.name, ())
            headers = build / "genode-include"
            if is_library:
                variables += _target_flags(headers)
            make = Make(build, goals, variables, "make")
            yield Step(
                step,
                f"{title}: {part}",
                Together((Headers(headers, headers_text()), make)) if is_library else make,
                "",
                (built, f"unpack-{component.value}"),
                build,
                build=build,
                units=cost.library_units * len(arch.multilibs) if is_library else cost.units,
                space=0 if is_library else cost.build,
                component=component,
            )
            built = step
        yield Step(
            f"{name}-install",
            f"{title}: install",
            Together(tuple(self._install(arch, component, build))),
            "",
            (built,),
            self.staged / "bin" / f"{arch.tool_prefix}{_REPRESENTATIVES[component]}",
            space=cost.installed,
            component=component,
        )

    def _options(self, arch: Architecture, component: Component) -> tuple[str, ...]:
        common = (
            *_QUIET,
            *_NO_EXTRAS,
            f"--prefix={self.prefix}",
            f"--target={arch.target}",
            f"--program-prefix={arch.tool_prefix}",
        )
        if component is Component.BINUTILS:
            gas = f"CFLAGS={self.host_flags} {_GAS_AS_ON_LINUX}"
            return (*common, *_BINUTILS, *_BINUTILS_FOR.get(arch.name, ()), gas)
        flags = (f"CFLAGS={self.host_flags}", f"CXXFLAGS={self.host_flags}")
        if component is Component.GDB:
            return (*common, *_GDB, *flags)
        languages = ",".join(one.value for one in self.features if one.is_language)
        return (
            *common,
            f"--enable-languages={languages}",
            f"--with-build-time-tools={self.staged / arch.target / 'bin'}",
            *_GCC,
            *_GCC_FOR.get(arch.name, ()),
            *flags,
        )

    def _install(self, arch: Architecture, component: Component, build: Path) -> Iterator[Action]:
        goals = {
            Component.BINUTILS: ("install-strip",),
            Component.GCC: (
                "install-strip-gcc",
                "install-target-libgcc",
                *(("install-target-libstdc++-v3",) if Feature.CXX in self.features else ()),
            ),
            Component.GDB: ("install-strip-gdb",),
        }[component]
        variables: tuple[str, ...] = (f"DESTDIR={self.stage}", _NO_MANUALS)
        if component is Component.GCC:
            variables += _MULTILIBS.get(arch.name, ())
        yield Make(build, goals, variables, "make install", serial=True)
        if component is Component.GCC:
            below = self.staged / "lib" / "gcc" / arch.target
            yield SplitUnwinder(below, self.staged / arch.target / "bin" / "ar")


_REPRESENTATIVES = {Component.BINUTILS: "ld", Component.GCC: "gcc", Component.GDB: "gdb"}


def _goals(component: Component) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the parts of a component's build, each with its goals for make."""
    if component is Component.BINUTILS:
        return (("build", ("all",)),)
    if component is Component.GDB:
        return (("build", ("all-gdb",)),)
    libraries = ("all-target-libgcc", "all-target-libstdc++-v3")
    return (("compilers", ("all-gcc",)), ("libraries", libraries))


def _target_flags(headers: Path) -> tuple[str, ...]:
    """Return how support libraries are compiled, with our `headers` in place of a libc's."""
    flags = f"{_FLAGS} -isystem {headers}"
    return (
        f"CFLAGS_FOR_TARGET={flags} -Dinhibit_libc -DUSE_PT_GNU_EH_FRAME",
        f"CXXFLAGS_FOR_TARGET={flags} -D_GLIBCXX_HAVE_TLS=1",
    )


def _keyed(step: Step, before: dict[str, Step]) -> Step:
    """Return `step` with a key of its action and the keys of all that it rests on."""
    text = "\n".join((repr(step.action), *(before[name].key for name in step.needs)))
    return replace(step, key=hashlib.sha256(text.encode()).hexdigest())
