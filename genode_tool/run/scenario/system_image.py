"""The image of a system, as the steps of a script make it and the machine takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.run.image.entry import BootEntry
from genode_tool.run.machine.base import Medium


@dataclass(slots=True)
class SystemImage:
    """The image and boot directory as made so far.

    `medium` is what the system starts from, `entry` what a boot loader has to do with it (None
    where no boot loader can), `file` the image file, if there is one.
    """

    medium: Medium | None = None
    entry: BootEntry | None = None
    file: Path | None = None
