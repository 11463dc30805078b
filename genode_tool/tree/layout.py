"""The layout of a source tree: the differences between releases as data.

`eras` finds the layout of a tree. No other module asks for a release number: each asks for the
field that it depends on.
"""

from __future__ import annotations

import enum

from genode_tool.record import record


class LeafStyle(enum.Enum):
    """The makefiles of `base/mk` that build libraries, and how they receive what to link."""

    SPLIT = "split"
    """`a.mk`, `so.mk` and `abi.mk`, with ARCHIVES and SHARED_LIBS."""
    ARCHIVES = "archives"
    """`lib.mk` for all kinds, with SYMBOLS, ARCHIVES and SHARED_LIBS; it makes the stub, too."""
    SINGLE = "single"
    """`lib.mk` for all kinds, with DEPS and the list of all shared libraries."""


@record
class TreeLayout:
    """The layout of the trees of a span of releases.

    `spec_file` and `lib_spec_dir` are patterns relative to a repository with `{}` for the name
    of a spec. `platform_pairs`: whether a build directory is made for a kernel and a platform
    together; otherwise KERNEL and BOARD are variables, and the specs of all repositories count.
    `sorted_spec_files`: whether the files of specs are read in alphabetical order, those of
    `base` besides those of an earlier repository. `boards`: whether BOARD is a variable;
    otherwise the specs name the machine. `board_spec`: whether BOARD is a spec.

    `shared_support` are libraries that are added to each shared library, as far as the tree has
    them. `idle_lib` is what a library without dependencies depends on ("" for none).
    `program_libs_variable` names further libraries of programs. `hide_base_libs`: whether shared
    libraries are linked without `BASE_LIBS`, which the dynamic linker has. `hybrid_spec` is the
    spec by which each program is linked with `lx_hybrid`. `instrumentation` are pairs of a
    variable that may be "yes" and the libraries that programs are linked with then.

    `abis`: whether symbol files under `lib/symbols` describe ABIs; `symbol_spec_dirs`: whether
    also those below `lib/symbols/spec`; `symbols_suffice`: whether a symbol file makes a shared
    library of a description, and of none. `hands_on_shared`: whether users of a shared library
    are linked with what that one is linked with. `sorted_deps`: whether the libraries that a
    library is linked with are passed in alphabetical order. `debug_dir`, `stage_variable`:
    whether leaf makefiles get DEBUG_DIR and MK_BUILD_STAGE.

    `library_goals`: whether a build without goals covers all libraries. `schema_artifacts`:
    whether the schemas of a program are artifacts. `probe_compiler` are options that are used
    if the compiler knows them.
    """

    name: str
    repository_dir: str
    spec_file: str
    lib_spec_dir: str
    style: LeafStyle
    shared_support: tuple[str, ...]
    platform_pairs: bool = False
    sorted_spec_files: bool = True
    boards: bool = True
    board_spec: bool = False
    idle_lib: str = ""
    program_libs_variable: str = ""
    hide_base_libs: bool = False
    hybrid_spec: str = ""
    instrumentation: tuple[tuple[str, str], ...] = ()
    abis: bool = False
    symbol_spec_dirs: bool = False
    symbols_suffice: bool = True
    hands_on_shared: bool = False
    sorted_deps: bool = True
    debug_dir: bool = True
    stage_variable: bool = False
    library_goals: bool = False
    schema_artifacts: bool = False
    probe_compiler: tuple[str, ...] = ()
    shell_flags: tuple[str, ...] = ("-c",)
