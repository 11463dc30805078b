"""The eras of source trees, and which one a tree belongs to.

An era is recognized by a file of `base/mk`. Within an era the trees differ in details. What a
detail is like stands in the tree's own makefiles of the first stage, `dep_lib.mk`, `dep_prg.mk` and
`tool/builddir/build.mk`, and is looked up there (`_DETAILS`); a tree without them is like the
newest of its era.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean, known_names
from genode_tool.record import record, replace
from genode_tool.tree.layout import LeafStyle, TreeLayout

LAYOUT_VARIABLE = "TREE_LAYOUT"
"""The variable of `etc/build.conf` that names the layout of a tree which fits none."""

_LIB_MK, _PRG_MK, _GLOBAL_MK = "mk/dep_lib.mk", "mk/dep_prg.mk", "mk/global.mk"
_BUILD_MK = "tool/builddir/build.mk"


class Files(Protocol):
    """The files of a tree, by their absolute paths."""

    def exists(self, path: str) -> bool:
        """Return whether there is a file or directory."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when there is none."""


@record
class Era:
    """A span of releases: the files by which its trees are known, and their layout.

    `words` are what stands in the first of them. `releases` is for messages.
    """

    releases: str
    marks: tuple[str, ...]
    words: str
    layout: TreeLayout


@record
class _Detail:
    """A field of the layout that depends on whether `words` stand in a file of the tree."""

    field: str
    file: str
    words: str
    present: object = True
    absent: object = False


_PROBED = ("-static", "-fno-stack-protector")
_INSTRUMENTATION = (
    ("COVERAGE", "libgcov"),
    ("SANITIZE_UNDEFINED", "libubsan libsanitizer_common"),
)

_SPLIT = TreeLayout(
    name="split",
    repository_dir="repos",
    spec_file="mk/spec/{}.mk",
    lib_spec_dir="lib/mk/spec/{}",
    style=LeafStyle.SPLIT,
    shared_support=("ldso_so_support",),
    instrumentation=_INSTRUMENTATION,
    abis=True,
    stage_variable=True,
    library_goals=True,
    schema_artifacts=True,
    shell_flags=("-o", "pipefail", "-c"),
)
_SYMBOLS = replace(
    _SPLIT,
    name="symbols",
    style=LeafStyle.ARCHIVES,
    symbol_spec_dirs=True,
    stage_variable=False,
    schema_artifacts=False,
)
_SPEC_DIRS = TreeLayout(
    name="spec-dirs",
    repository_dir="repos",
    spec_file="mk/spec/{}.mk",
    lib_spec_dir="lib/mk/spec/{}",
    style=LeafStyle.SINGLE,
    shared_support=("ldso-startup", "ld"),
    platform_pairs=True,
    boards=False,
    idle_lib="platform",
    program_libs_variable="PRG_LIBS",
    symbols_suffice=False,
    debug_dir=False,
)
_REPOS = replace(
    _SPEC_DIRS,
    name="repos",
    spec_file="mk/spec-{}.mk",
    lib_spec_dir="lib/mk/{}",
    sorted_spec_files=False,
    sorted_deps=False,
)
_FLAT = replace(_REPOS, name="flat", repository_dir="")

ERAS = (
    Era("23.11 on", ("mk/a.mk",), "", _SPLIT),
    Era("17.02 to 23.08", ("mk/lib.mk",), "$(ARCHIVES", _SYMBOLS),
    Era("15.11 to 16.11", ("mk/lib.mk", "mk/spec"), "", _SPEC_DIRS),
    Era("14.05 to 15.08", ("mk/lib.mk", "mk/util.inc"), "", _REPOS),
    Era("11.11 to 14.02", ("mk/lib.mk",), "", _FLAT),
)

_DETAILS = (
    _Detail("sorted_spec_files", _BUILD_MK, "$(sort $(foreach SPEC"),
    _Detail("boards", _BUILD_MK, "BOARD"),
    _Detail("board_spec", _BUILD_MK, "SPECS += $(BOARD)"),
    _Detail("shell_flags", _BUILD_MK, "pipefail", ("-o", "pipefail", "-c"), ("-c",)),
    _Detail("library_goals", _BUILD_MK, "ALL_LIB_MK_FILES"),
    _Detail("hide_base_libs", _LIB_MK, "$(filter-out $(BASE_LIBS)"),
    _Detail("hybrid_spec", _PRG_MK, "always_hybrid", "always_hybrid", ""),
    _Detail("program_libs_variable", _PRG_MK, "$(PRG_LIBS)", "PRG_LIBS", ""),
    _Detail("schema_artifacts", _PRG_MK, "CONFIG_XSD"),
    _Detail(
        "probe_compiler", _GLOBAL_MK, "CC_OPT_CHECKCC", ("-static", "-fno-stack-protector"), ()
    ),
)
"""The details of all eras."""

_LIB_DETAILS = {
    LeafStyle.SINGLE: (
        _Detail("sorted_deps", _LIB_MK, r"DEPS=\"\$$(sort"),
        _Detail("idle_lib", _LIB_MK, "LIBS += platform", "platform", ""),
    ),
    LeafStyle.ARCHIVES: (
        _Detail("symbols_suffice", _LIB_MK, "ifneq ($(SYMBOLS),)"),
        _Detail("symbol_spec_dirs", _LIB_MK, "lib/symbols/spec/"),
        _Detail("hands_on_shared", _LIB_MK, "PRIVATE_DEP_SO_", False, True),
        _Detail("debug_dir", _LIB_MK, "DEBUG_DIR"),
        _Detail("shared_support", _LIB_MK, "ldso-startup", ("ldso-startup",), ("ldso_so_support",)),
    ),
    LeafStyle.SPLIT: (),
}
"""The details that are open for trees of one way to build libraries only."""


def layout_of(base_dir: Path | str, files: Files | None = None) -> TreeLayout | None:
    """Return the layout of the tree with repository `base` at `base_dir`; None if it fits none.

    `files` default to those on the disk.
    """
    files = files or _Disk()
    for era in ERAS:
        marks = [f"{base_dir}/{mark}" for mark in era.marks]
        if all(map(files.exists, marks)) and (not era.words or _says(files, marks[0], era.words)):
            return _with_details(era.layout, str(base_dir), files)
    return None


def layout_named(name: str) -> TreeLayout:
    """Return the layout that is called `name`. Raises `UserError` when there is none."""
    for era in ERAS:
        if era.layout.name == name:
            return era.layout
    names = [era.layout.name for era in ERAS]
    raise UserError(
        f"no such layout: `{name}`", hint=did_you_mean(name, names) or known_names(names)
    )


def unfit(base_dir: Path | str) -> UserError:
    """Return the error that the tree with repository `base` at `base_dir` fits no era."""
    place = "repos" if Path(base_dir).parent.name == "repos" else ""
    nearest = next(era for era in ERAS if era.layout.repository_dir == place)
    marks = " nor ".join(dict.fromkeys(era.marks[0] for era in ERAS))
    name = nearest.layout.name
    return UserError(
        f"{base_dir} fits no known layout of source trees: it has neither {marks}",
        hint=f"the nearest is `{name}` (releases {nearest.releases}); to insist on it, call"
        f" `genode create-builddir --layout {name}`, or write `{LAYOUT_VARIABLE} := {name}`"
        " into etc/build.conf",
    )


def _with_details(layout: TreeLayout, base_dir: str, files: Files) -> TreeLayout:
    top = f"{base_dir}/{'../..' if layout.repository_dir else '..'}"
    found: dict[str, Any] = {}
    for detail in (*_DETAILS, *_LIB_DETAILS[layout.style]):
        path = f"{top if detail.file == _BUILD_MK else base_dir}/{detail.file}"
        text = files.read(os.path.normpath(path))
        if text is not None:
            value = detail.present if detail.words.encode() in text else detail.absent
            found[detail.field] = value
    instrumentation = files.read(f"{base_dir}/{_PRG_MK}")
    if instrumentation is not None:
        found["instrumentation"] = tuple(
            pair for pair in _INSTRUMENTATION if f"$({pair[0]})".encode() in instrumentation
        )
    return replace(layout, **found)


def _says(files: Files, path: str, words: str) -> bool:
    text = files.read(path)
    return text is not None and words.encode() in text


class _Disk:
    """The files as they are on the disk."""

    def exists(self, path: str) -> bool:
        return Path(path).exists()

    def read(self, path: str) -> bytes | None:
        try:
            return Path(path).read_bytes()
        except OSError:
            return None
