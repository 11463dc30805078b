"""A source tree and a build directory: where things are, for every release of the framework.

`SourceTree` knows where a tree keeps its repositories, specs and libraries; `BuildDirectory` is
the configuration in `etc/*.conf`, evaluated for one kernel and board; `create_builddir` and
`find_builddir` create and find build directories.
"""

from __future__ import annotations

from genode_tool.tree.builddir import BuildDirectory
from genode_tool.tree.create import PLATFORMS, Adaptation, Tools, create_builddir
from genode_tool.tree.layout import LeafStyle, TreeLayout
from genode_tool.tree.search import find_builddir, find_tree
from genode_tool.tree.source_tree import SourceTree

__all__ = [
    "PLATFORMS",
    "Adaptation",
    "BuildDirectory",
    "LeafStyle",
    "SourceTree",
    "Tools",
    "TreeLayout",
    "create_builddir",
    "find_builddir",
    "find_tree",
]
