"""The directory that becomes the content of a medium."""

from __future__ import annotations

import shutil
from pathlib import Path

from genode_tool.run.image.entry import BootEntry
from genode_tool.run.image.grub import grub_cfg, marker_of
from genode_tool.run.image.tools import age


def gather(entry: BootEntry, content: Path, digest: str) -> None:
    """Fill directory `content` with the system's files, the boot loader's menu and its marker.

    Raises `OSError`.
    """
    boot = content / "boot"
    (boot / "grub").mkdir(parents=True)
    for file in entry.files:
        target = boot / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, target)
    (boot / "grub" / "grub.cfg").write_text(grub_cfg(entry))
    (content / marker_of(digest)).write_text("")


def lay_out(content: Path) -> None:
    """Give everything in `content` the same time, owner-independent modes included."""
    for path in sorted(content.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        age(path)
    age(content)
