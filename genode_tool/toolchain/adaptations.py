"""Options for single places of older source trees that a newer compiler refuses or breaks.

Each place is known by its words in a file of the tree, so that a tree that was mended, or is of
another time, gets no option. `CC_OPT_name` is an option for sources called `name` alone.
"""

from __future__ import annotations

import re
from pathlib import Path

from genode_tool.record import record
from genode_tool.regex import regex
from genode_tool.toolchain.newer_compiler import major
from genode_tool.tree import Adaptation, find_tree

_EVERY = 1000
_ANY = regex("")


@record
class _Place:
    """A file below the repositories, an expression for what is in it, and what that needs.

    `until` is the first major version of a tree's own compiler that does not need it.
    """

    file: str
    text: re.Pattern[str]
    adaptation: Adaptation
    until: int = _EVERY


_PLACES = (
    _Place(
        "base/src/lib/startup/_main.cc",
        re.compile(r"static Genode::Mutex "),
        Adaptation(
            (
                "This compiler registers the destructor of a static variable before it releases",
                "its guard. In startup/_main.cc, the registering itself wants that variable: it",
                "would wait for ever.",
            ),
            ("CC_OPT__main += -fno-threadsafe-statics",),
        ),
    ),
    _Place(
        "base/src/lib/cxx/exception.cc",
        re.compile(r"\A(?!.*#include <exception>).*std::set_terminate", re.DOTALL),
        Adaptation(
            ("cxx/exception.cc uses std::set_terminate, which was in another header once",),
            ("CC_OPT_exception += $(if $(filter cxx,$(LIB)),-include exception)",),
        ),
    ),
    _Place(
        "base/src/include/base/internal/capability_space_tpl.h",
        re.compile(r"[=>(] rpc_obj_key\(\)"),
        Adaptation(
            (
                "In base/internal/capability_space_tpl.h, a name is meant to be that of the base",
                "class, where this compiler finds one of the class around: without arguments, it",
                "gets another name.",
            ),
            (
                "CC_OPT_capability_space +="
                r" '-Drpc_obj_key(...)=rpc_obj_ke \#\# __VA_OPT__(y)(__VA_ARGS__)'",
            ),
        ),
    ),
    _Place(
        "base-linux/lib/import/import-lx_hybrid.mk",
        re.compile(r"\A(?!.*-no-pie)", re.DOTALL),
        Adaptation(
            (
                "The host's compiler, which links hybrid programs, makes them position-independent",
                "unless it is told not to; what they consist of is not.",
            ),
            ("CXX_LINK_OPT += -no-pie",),
        ),
    ),
    _Place(
        "base/mk/global.mk",
        _ANY,
        Adaptation(
            (
                "Rules of the language that the tree's compiler did not enforce: access to members",
                "from templates, default arguments of functions that were declared before, names",
                "of base classes that depend on parameters of a template",
            ),
            ("CC_CXX_OPT += -fpermissive -fno-access-control",),
        ),
        until=6,
    ),
    _Place(
        "base/mk/global.mk",
        _ANY,
        Adaptation(
            (
                "Optimizations that such code is not ready for: `this` and references are compared",
                "with null, and init finds no route when stores before a call are left out",
            ),
            ("CC_CXX_OPT += -fno-delete-null-pointer-checks -fno-ipa-modref",),
        ),
        until=6,
    ),
)


def adaptations(place: Path, version: str, wanted: str) -> tuple[Adaptation, ...]:
    """Return what the tree at `place` needs with GCC `version` where it wants GCC `wanted`."""
    tree = find_tree(place)
    if tree is None or not 0 < major(wanted) < major(version):
        return ()
    return tuple(
        one.adaptation
        for one in _PLACES
        if major(wanted) < one.until and _says(tree.repository_dir / one.file, one.text)
    )


def _says(path: Path, text: re.Pattern[str]) -> bool:
    return path.is_file() and text.search(path.read_text(errors="replace")) is not None
