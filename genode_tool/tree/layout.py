"""The layouts of source trees: the differences between releases as data.

The releases fall into a few layouts (`LAYOUTS`), each recognized by a file. Other differences
(the variables of a leaf makefile, the libraries added to every shared object) are columns of the
same table, so that no other module asks for a release number.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class LeafStyle(enum.Enum):
    """The makefiles of `base/mk` that build libraries, and how they receive what to link."""

    SPLIT = "split"
    """`a.mk`, `so.mk` and `abi.mk`, with ARCHIVES and SHARED_LIBS."""
    SINGLE = "single"
    """`lib.mk` for all kinds, with DEPS and the list of all shared libraries."""


@dataclass(frozen=True, slots=True)
class TreeLayout:
    """The layout of the trees of a span of releases.

    `spec_file` and `lib_spec_dir` are patterns relative to a repository with `{}` for the name
    of a spec. `shared_support` are libraries that are added to each shared library.
    `idle_lib` is what a library without dependencies depends on ("" for none). `abis`: whether
    symbol files under `lib/symbols` describe ABIs. `sorted_deps`: whether the libraries that a
    library is linked with are passed in alphabetical order.
    """

    name: str
    repository_dir: str
    spec_file: str
    lib_spec_dir: str
    style: LeafStyle
    shared_support: tuple[str, ...]
    idle_lib: str = ""
    abis: bool = False
    sorted_deps: bool = True
    program_libs_variable: str = ""
    hide_base_libs: bool = False
    probe_compiler: tuple[str, ...] = ()
    hybrid_spec: str = ""
    shell_flags: tuple[str, ...] = ("-c",)


LAYOUTS: tuple[tuple[str, TreeLayout], ...] = (
    (
        "mk/a.mk",
        TreeLayout(
            name="split",
            repository_dir="repos",
            spec_file="mk/spec/{}.mk",
            lib_spec_dir="lib/mk/spec/{}",
            style=LeafStyle.SPLIT,
            shared_support=("ldso_so_support",),
            abis=True,
            shell_flags=("-o", "pipefail", "-c"),
        ),
    ),
    (
        "mk/spec",
        TreeLayout(
            name="spec-dirs",
            repository_dir="repos",
            spec_file="mk/spec/{}.mk",
            lib_spec_dir="lib/mk/spec/{}",
            style=LeafStyle.SINGLE,
            shared_support=("ldso-startup", "ld"),
            idle_lib="platform",
            program_libs_variable="PRG_LIBS",
        ),
    ),
    (
        "mk/util.inc",
        TreeLayout(
            name="repos",
            repository_dir="repos",
            spec_file="mk/spec-{}.mk",
            lib_spec_dir="lib/mk/{}",
            style=LeafStyle.SINGLE,
            shared_support=("ldso-startup", "ld"),
            idle_lib="platform",
            program_libs_variable="PRG_LIBS",
        ),
    ),
    (
        "mk/spec-arm_v6.mk",
        TreeLayout(
            name="flat",
            repository_dir="",
            spec_file="mk/spec-{}.mk",
            lib_spec_dir="lib/mk/{}",
            style=LeafStyle.SINGLE,
            shared_support=("ldso-startup", "ld"),
            idle_lib="platform",
            sorted_deps=False,
            program_libs_variable="PRG_LIBS",
            hybrid_spec="always_hybrid",
        ),
    ),
    (
        "mk/lib.mk",
        TreeLayout(
            name="first",
            repository_dir="",
            spec_file="mk/spec-{}.mk",
            lib_spec_dir="lib/mk/{}",
            style=LeafStyle.SINGLE,
            shared_support=("ldso-startup", "ld"),
            idle_lib="platform",
            sorted_deps=False,
            program_libs_variable="PRG_LIBS",
            hide_base_libs=True,
            probe_compiler=("-static", "-fno-stack-protector"),
        ),
    ),
)


def layout_of(base_dir: str, exists: Callable[[str], bool]) -> TreeLayout | None:
    """Return the layout of the tree with repository `base` at `base_dir`, or None.

    `exists` returns whether an absolute path exists.
    """
    for mark, layout in LAYOUTS:
        if exists(f"{base_dir}/{mark}"):
            return layout
    return None


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A checked-out tree: its top directory and its layout."""

    path: Path
    layout: TreeLayout

    @classmethod
    def at(cls, path: Path) -> SourceTree | None:
        """Return the tree whose top directory is `path`, or None."""
        for place in ("repos", ""):
            base = path / place / "base"
            if (base / "mk/global.mk").is_file():
                layout = layout_of(str(base), lambda name: Path(name).exists())
                if layout and layout.repository_dir == place:
                    return cls(path, layout)
        return None

    @property
    def repository_dir(self) -> Path:
        """The directory of the repositories."""
        return self.path / self.layout.repository_dir

    @property
    def kernels(self) -> tuple[str, ...]:
        """The kernels that the tree has a repository `base-<kernel>` for, sorted."""
        prefix = "base-"
        return tuple(
            sorted(entry.name.removeprefix(prefix) for entry in self.repository_dir.glob("base-*"))
        )
