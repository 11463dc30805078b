"""Putting system images into a depot. Hold the depot's lock while doing so."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from genode_tool.config.syntax.document import Syntax
from genode_tool.config.syntax.read import read_document
from genode_tool.depot.inspection.difference import differences
from genode_tool.depot.sculpt.forms import read_index, require_good
from genode_tool.depot.sculpt.images import (
    boot_directory,
    disk_image,
    empty_index,
    form_findings,
    with_image,
)
from genode_tool.depot.sculpt.names import ImageName
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.files import cannot_write, remove_tree, replacing, write_atomically


def add_image(depot: Depot, image: ImageName, boot: Path | None, img: Path | None) -> None:
    """Copy a boot directory and a disk image into a depot, if they are given.

    Raises `UserError` when the depot has something else under the name, or has no such image and
    none is given, and `EnvironmentProblem` when it cannot be written.
    """
    place, disk = boot_directory(depot, image), disk_image(depot, image)
    for path, given, wanted in ((boot, Path.is_dir, "directory"), (img, Path.is_file, "file")):
        if path is not None and not given(path):
            raise UserError(f"cannot use {path}: wanted the {wanted} that a run has made")
    if boot is None and not place.is_dir():
        raise UserError(
            f"{image} is not in the depot",
            hint="give --boot DIR and --img FILE, or run the script that makes it",
        )
    try:
        if boot is not None and place.exists() and any(differences(place, boot)):
            raise _other_content(place)
        if img is not None and disk.exists() and not filecmp.cmp(img, disk, shallow=False):
            raise _other_content(disk)
        if img is not None and not disk.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(disk) as part:
                shutil.copyfile(img, part)
        if boot is not None and not place.exists():
            _copy(boot, place)
    except OSError as error:
        raise cannot_write(place, error) from error


def _other_content(path: Path) -> UserError:
    return UserError(
        f"the depot has {path} with another content",
        hint="an image that others may have is never replaced: give it another version",
    )


def _copy(source: Path, place: Path) -> None:
    """Copy a directory so that it appears as a whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    for left in place.parent.glob(f".{place.name}.*.part"):
        remove_tree(left)
    try:
        shutil.copytree(source, part, symlinks=True)
        part.rename(place)
    finally:
        if part.exists():
            remove_tree(part)


def describe_image(depot: Depot, image: ImageName, infos: Sequence[str]) -> Path:
    """Describe an image in the index of its user, and return the index.

    A new index is XML, which every release reads. Raises `UserError` when the index would not be
    shown as it is meant, and `EnvironmentProblem` when it cannot be written.
    """
    path = depot.path / image.user / "image/index"
    if path.exists() and not path.is_file():
        raise EnvironmentProblem(f"{path} is not a file")
    document = read_index(path) if path.exists() else empty_index(path, Syntax.XML)
    text = with_image(document, image, infos)
    require_good(form_findings(read_document(text, str(path))), f"cannot describe {image}")
    write_atomically(path, text)
    return path
