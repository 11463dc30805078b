"""A checked-out source tree."""

from __future__ import annotations

from pathlib import Path

from genode_tool.record import record
from genode_tool.tree.eras import layout_named, layout_of, unfit
from genode_tool.tree.layout import TreeLayout


@record
class SourceTree:
    """A checked-out tree: its top directory and its layout."""

    path: Path
    layout: TreeLayout

    @classmethod
    def at(cls, path: Path, layout_name: str = "") -> SourceTree | None:
        """Return the tree whose top directory is `path`, or None.

        `layout_name` is the layout that the tree is taken for. Raises `UserError` for a tree that
        fits no layout.
        """
        for place in ("repos", ""):
            base = path / place / "base"
            if (base / "mk/global.mk").is_file():
                found = layout_named(layout_name) if layout_name else layout_of(base)
                if found is None:
                    raise unfit(base)
                if found.repository_dir == place:
                    return cls(path, found)
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
