"""The recipe of a tool chain: its steps, their order and their dependencies.

Sources are fetched and unpacked first, for all architectures at once, so that what is missing
shows early. Then follow, for each architecture, binutils, GCC and GDB. All are installed into a
staging directory that mirrors the final place (`DESTDIR`), where GCC finds the assembler and
the linker that it configures itself for; the final place is written once, at the end.

GCC is built without any C library: it is configured without headers, its support libraries are
compiled with `inhibit_libc`, and what they still refer to is declared by our own headers in
`support/include`. libstdc++ is reduced to libsupc++ (`--disable-hosted-libstdcxx`). Threads of
exceptions are kept apart by the emulated thread-local storage of the C++ runtime.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from genode_tool.toolchain.architectures import Architecture
from genode_tool.toolchain.bootstrap.components import COSTS, Component, ToolChainFeature
from genode_tool.toolchain.bootstrap.steps.actions import (
    UNUSED,
    ActionSequence,
    Configure,
    RunMake,
    StepAction,
    Unpack,
    WriteHeaders,
)
from genode_tool.toolchain.bootstrap.steps.configure_options import (
    NO_MANUALS,
    ConfigureTarget,
    configure_options,
    multilibs,
    target_flags,
)
from genode_tool.toolchain.bootstrap.steps.source_changes import headers_text, identity
from genode_tool.toolchain.bootstrap.steps.sources import Supply, ToolChainSources
from genode_tool.toolchain.bootstrap.steps.unwinder import SplitUnwinder


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One step. `key` changes whenever the outcome would; `needs` are the steps it depends on.

    `product` exists after the step. `build` is the directory that an interrupted attempt may
    have left with broken files, None where a step starts over. `units` is how many compiled
    files to expect, `space` how many bytes of disk it takes.
    """

    name: str
    title: str
    action: StepAction
    key: str
    needs: tuple[str, ...]
    product: Path
    build: Path | None = None
    units: int = 0
    space: int = 0
    component: Component | None = None


@dataclass(frozen=True, slots=True)
class BuildRecipe:
    """A tool chain to build: for `architectures`, with `features`, from `sources`.

    `directory` is where it is built, `prefix` what it will be configured for. `host_flags` is
    what the tools themselves are compiled with.
    """

    architectures: tuple[Architecture, ...]
    features: tuple[ToolChainFeature, ...]
    sources: ToolChainSources
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
        """The place of the tool chain before it is installed."""
        return self.stage / self.prefix.relative_to("/")

    @property
    def wanted(self) -> tuple[Component, ...]:
        """The components, GDB only as a feature."""
        return tuple(
            one
            for one in self.components
            if one is not Component.GDB or ToolChainFeature.GDB in self.features
        )

    def supplies(self) -> dict[Component, Supply]:
        """Return where each component's sources come from."""
        return {one: self.sources.supply(one) for one in self.wanted}

    def steps(self) -> tuple[BuildStep, ...]:
        """Return all steps in the order in which they run."""
        supplies = self.supplies()
        steps: dict[str, BuildStep] = {}
        for one in (
            *(self._fetch(component, supply) for component, supply in supplies.items()),
            *(self._unpack(component, supply) for component, supply in supplies.items()),
            *(
                step
                for architecture in self.architectures
                for component in self.wanted
                for step in self._component(architecture, component, supplies[component])
            ),
        ):
            steps[one.name] = _keyed(one, steps)
        return tuple(steps.values())

    def _source(self, component: Component) -> Path:
        return self.directory / "src" / component.value

    def _fetch(self, component: Component, supply: Supply) -> BuildStep:
        return BuildStep(
            f"fetch-{component.value}",
            f"{component.title} {supply.version}: fetch",
            supply.action,
            "",
            (),
            supply.path,
            component=component,
        )

    def _unpack(self, component: Component, supply: Supply) -> BuildStep:
        source = self._source(component)
        return BuildStep(
            f"unpack-{component.value}",
            f"{component.title} {supply.version}: unpack",
            Unpack(component, supply.path, source, identity(component), UNUSED[component]),
            "",
            (f"fetch-{component.value}",),
            source,
            space=COSTS[component].source,
            component=component,
        )

    def _component(
        self, arch: Architecture, component: Component, supply: Supply
    ) -> Iterator[BuildStep]:
        source = self._source(component)
        build = self.directory / arch.name / component.value
        name = f"{arch.name}-{component.value}"
        title = f"{component.title} for {arch.name}"
        cost = COSTS[component]
        tools = self.staged / arch.target / "bin"
        target = ConfigureTarget(arch, self.features, self.prefix, tools, self.host_flags)
        options = configure_options(target, component, supply.version)
        before = (f"{arch.name}-binutils-install",) if component is Component.GCC else ()
        yield BuildStep(
            f"{name}-configure",
            f"{title}: configure",
            Configure(source, build, options, "configure"),
            "",
            (f"unpack-{component.value}", *before),
            build / "Makefile",
            component=component,
        )
        built = f"{name}-configure"
        for part, goals in _goals(component):
            step = f"{name}-{part}"
            is_library = part == "libraries"
            variables: tuple[str, ...] = (NO_MANUALS,)
            if component is Component.GCC:
                variables += multilibs(arch)
            headers = build / "genode-include"
            if is_library:
                variables += target_flags(headers)
            make = RunMake(build, goals, variables, "make")
            yield BuildStep(
                step,
                f"{title}: {part}",
                ActionSequence((WriteHeaders(headers, headers_text()), make))
                if is_library
                else make,
                "",
                (built, f"unpack-{component.value}"),
                build,
                build=build,
                units=cost.library_units * len(arch.multilibs) if is_library else cost.units,
                space=0 if is_library else cost.build,
                component=component,
            )
            built = step
        yield BuildStep(
            f"{name}-install",
            f"{title}: install",
            ActionSequence(tuple(self._install(arch, component, build))),
            "",
            (built,),
            self.staged / "bin" / f"{arch.tool_prefix}{_REPRESENTATIVES[component]}",
            space=cost.installed,
            component=component,
        )

    def _install(
        self, arch: Architecture, component: Component, build: Path
    ) -> Iterator[StepAction]:
        goals = {
            Component.BINUTILS: ("install-strip",),
            Component.GCC: (
                "install-strip-gcc",
                "install-target-libgcc",
                *(
                    ("install-target-libstdc++-v3",)
                    if ToolChainFeature.CXX in self.features
                    else ()
                ),
            ),
            Component.GDB: ("install-strip-gdb",),
        }[component]
        variables: tuple[str, ...] = (f"DESTDIR={self.stage}", NO_MANUALS)
        if component is Component.GCC:
            variables += multilibs(arch)
        yield RunMake(build, goals, variables, "make install", serial=True)
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


def _keyed(step: BuildStep, before: dict[str, BuildStep]) -> BuildStep:
    """Return `step` with a key of its action and the keys of all steps that it depends on."""
    text = "\n".join((repr(step.action), *(before[name].key for name in step.needs)))
    return replace(step, key=hashlib.sha256(text.encode()).hexdigest())
