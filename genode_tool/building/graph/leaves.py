"""Turns descriptions into leaves: the makefile that builds each, its directory, its variables.

The variables are those that the framework passes to its leaf makefiles on their command lines.
Users of an archive are linked with what the archive needs, users of a shared library are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from genode_tool.building.graph.descriptions import Description
from genode_tool.building.graph.model import Leaf, LeafId, LeafKind
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.tree import LeafStyle

_Libraries = Callable[[str], tuple[str, ...]]
"""Returns names for the name of a library."""


class LeafMaker:
    """Makes leaves out of descriptions.

    `libraries` are all visited ones, `abis` maps names to symbol files, `order` are the names
    of libraries in the order in which their visits ended.
    """

    def __init__(
        self,
        ctx: EvaluationContext,
        libraries: Mapping[str, Description],
        abis: Mapping[str, str],
        order: list[str],
    ) -> None:
        self._settings = ctx.settings
        self._layout = ctx.layout
        self._split = ctx.layout.style is LeafStyle.SPLIT
        self._archived = ctx.layout.style is not LeafStyle.SINGLE
        self._libraries = libraries
        self._abis = abis
        self._order = order
        self._archives: dict[str, tuple[str, ...]] = {}
        self._shared: dict[str, tuple[str, ...]] = {}
        self._single: dict[str, tuple[str, ...]] = {}

    def program(self, description: Description) -> Leaf:
        """Return the leaf of a program."""
        settings = self._settings
        variables = {
            "REP_DIR": description.repository,
            "PRG_REL_DIR": description.name,
            "BUILD_BASE_DIR": settings.build_dir,
        }
        shared_libs: tuple[str, ...] = ()
        if self._archived:
            shared_libs = self._shared_of(description.libs)
            variables["ARCHIVES"] = " ".join(self._archives_of(description.libs))
            variables["SHARED_LIBS"] = " ".join(shared_libs)
        else:
            variables["DEPS"] = " ".join(self._deps_of(description.libs))
        variables["SHELL"] = settings.shell
        variables["INSTALL_DIR"] = settings.install_dir
        if self._layout.debug_dir:
            variables["DEBUG_DIR"] = settings.debug_dir
        return Leaf(
            LeafId(LeafKind.PROGRAM, description.name),
            f"{description.name}/{description.target}",
            description.path,
            description.repository,
            f"{settings.build_dir}/{description.name}",
            f"{settings.base_dir}/mk/prg.mk",
            tuple(variables.items()),
            description.libs,
            self._waits_for(description.libs),
            description.artifacts or (),
            shared_libs,
        )

    def library(self, description: Description) -> Leaf:
        """Return the leaf of a library."""
        settings = self._settings
        name = description.name
        variables = {"REP_DIR": description.repository, "LIB_MK": description.path}
        shared_libs: tuple[str, ...] = ()
        waits_for = list(self._waits_for(description.libs))
        makefile = "lib.mk"
        if self._archived:
            shared_libs = self._shared_of(description.libs)
            if description.shared or not self._split:
                variables["SYMBOLS"] = description.symbols
            variables["LIB"] = name
            variables["ARCHIVES"] = " ".join(self._archives_of(description.libs))
            variables["SHARED_LIBS"] = " ".join(shared_libs)
            if self._split:
                makefile = "so.mk" if description.shared else "a.mk"
            if description.shared and name in self._abis:
                waits_for.append(LeafId(LeafKind.ABI, name))
        else:
            deps = self._deps_of(description.libs)
            variables["LIB"] = name
            variables["DEPS"] = " ".join(sorted(set(deps)) if self._layout.sorted_deps else deps)
            variables["SHARED_LIBS"] = " ".join(
                lib for lib in self._order if self._libraries[lib].shared
            )
        variables["BUILD_BASE_DIR"] = settings.build_dir
        variables["SHELL"] = settings.shell
        variables["INSTALL_DIR"] = settings.install_dir
        if self._layout.debug_dir:
            variables["DEBUG_DIR"] = settings.debug_dir
        artifacts = description.artifacts
        if artifacts is None:
            artifacts = (f"{name}.lib.so",) if description.shared else ()
        return Leaf(
            LeafId(self._kind(name), name),
            f"{name}.lib.{'so' if description.shared else 'a'}",
            description.path,
            description.repository,
            f"{settings.lib_cache_dir}/{name}",
            f"{settings.base_dir}/mk/{makefile}",
            tuple(variables.items()),
            description.libs,
            tuple(dict.fromkeys(waits_for)),
            artifacts,
            shared_libs,
            description.shared,
        )

    def abi(self, name: str) -> Leaf:
        """Return the leaf of the stub that users of library `name` link."""
        settings = self._settings
        symbols = self._abis[name]
        return Leaf(
            LeafId(LeafKind.ABI, name),
            f"{name}.abi.so",
            symbols,
            symbols.removesuffix(f"/lib/symbols/{name}"),
            f"{settings.lib_cache_dir}/{name}",
            f"{settings.base_dir}/mk/abi.mk",
            (
                ("SYMBOLS", symbols),
                ("LIB", name),
                ("BUILD_BASE_DIR", settings.build_dir),
                ("SHELL", settings.shell),
            ),
            (),
            (),
            (),
        )

    def _waits_for(self, libs: tuple[str, ...]) -> tuple[LeafId, ...]:
        found = []
        for lib in dict.fromkeys(libs):
            if lib in self._abis:
                found.append(LeafId(LeafKind.ABI, lib))
            elif lib in self._libraries:
                found.append(LeafId(self._kind(lib), lib))
        return tuple(found)

    def _kind(self, lib: str) -> LeafKind:
        if not self._split:
            return LeafKind.LIBRARY
        return LeafKind.SHARED if self._libraries[lib].shared else LeafKind.ARCHIVE

    def _is_shared(self, lib: str) -> bool:
        return lib in self._abis or (lib in self._libraries and self._libraries[lib].shared)

    def _archives_of(self, libs: tuple[str, ...]) -> tuple[str, ...]:
        """Return the archives that users of `libs` link, sorted."""
        archive = (lambda lib: not self._is_shared(lib), ".lib.a")
        return self._collect(libs, self._archives, *archive, self._handed_on)

    def _shared_of(self, libs: tuple[str, ...]) -> tuple[str, ...]:
        """Return the shared libraries that users of `libs` link, sorted."""
        below = self._used if self._layout.hands_on_shared else self._handed_on
        return self._collect(libs, self._shared, self._is_shared, ".lib.so", below)

    def _collect(
        self,
        libs: tuple[str, ...],
        memo: dict[str, tuple[str, ...]],
        wanted: Callable[[str], bool],
        suffix: str,
        below: _Libraries,
    ) -> tuple[str, ...]:
        """Return the libraries among `libs`, and what is `below` them, that are `wanted`."""

        def value(lib: str) -> tuple[str, ...]:
            found = {name for other in below(lib) for name in memo.get(other, ())}
            if wanted(lib) and (lib in self._libraries or lib in self._abis):
                found.add(lib + suffix)
            return tuple(sorted(found))

        self._fill(libs, memo, value, below)
        return tuple(sorted({name for lib in libs for name in memo[lib]}))

    def _deps_of(self, libs: tuple[str, ...]) -> tuple[str, ...]:
        """Return `x.lib` for each library and what it hands on to its users, in order."""
        memo = self._single
        self._fill(libs, memo, lambda lib: (f"{lib}.lib", *self._joined(lib)), self._handed_on)
        return tuple(dict.fromkeys(name for lib in libs for name in memo[lib]))

    def _joined(self, lib: str) -> tuple[str, ...]:
        names = (name for other in self._handed_on(lib) for name in self._single.get(other, ()))
        return tuple(dict.fromkeys(names))

    def _used(self, lib: str) -> tuple[str, ...]:
        """Return the libraries that `lib` names."""
        return self._libraries[lib].libs if lib in self._libraries else ()

    def _handed_on(self, lib: str) -> tuple[str, ...]:
        """Return the libraries that users of `lib` are linked with, too: none for a shared one."""
        return () if self._is_shared(lib) else self._used(lib)

    def _fill(
        self,
        libs: tuple[str, ...],
        memo: dict[str, tuple[str, ...]],
        value: _Libraries,
        below: _Libraries,
    ) -> None:
        """Note the `value` of some libraries and of what is `below` them, in `memo`, users last.

        Chains of libraries may be longer than the interpreter's stack. In a cycle, which the
        walk reports, what is not noted yet counts as nothing.
        """
        pending = [*reversed(libs)]
        begun: set[str] = set()
        while pending:
            lib = pending[-1]
            first = [other for other in below(lib) if other not in memo and other not in begun]
            if lib not in memo and first:
                begun.add(lib)
                pending += reversed(first)
                continue
            pending.pop()
            if lib not in memo:
                memo[lib] = value(lib)
