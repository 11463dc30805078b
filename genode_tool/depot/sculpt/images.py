"""System images and their index: `USER/image/OS-BOARD-VERSION` and `USER/image/index`.

An image is a boot directory of that name, which Sculpt downloads for an update, and a disk image
beside it, `NAME.img`. The index describes the images to those who do not have them yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

from genode_tool.config.syntax.document import Comment, Document, Finding, Node, Syntax
from genode_tool.config.syntax.read import read_document
from genode_tool.config.syntax.write import document_text
from genode_tool.depot.sculpt.forms import (
    common_findings,
    error,
    read_index,
    value_findings,
    warning,
)
from genode_tool.depot.sculpt.names import ImageName, image_of_name
from genode_tool.depot.store.depot import Depot
from genode_tool.nearest import did_you_mean

_LIMITS = {"os": 15, "board": 31, "version": 15}
_TEXT_BYTES = 159


def boot_directory(depot: Depot, image: ImageName) -> Path:
    """Return the directory with what the image boots from."""
    return depot.path / str(image)


def disk_image(depot: Depot, image: ImageName) -> Path:
    """Return the file with the disk image."""
    return depot.path / f"{image}.img"


def images_of(depot: Depot, user: str) -> list[ImageName]:
    """Return the images of a user whose boot directories a depot has, sorted."""
    top = depot.path / user / "image"
    names = sorted(path.name for path in top.iterdir() if path.is_dir()) if top.is_dir() else []
    found = (image_of_name(user, name) for name in names)
    return [one for one in found if one is not None]


def described(user: str, root: Node) -> Iterator[tuple[ImageName, Node]]:
    """Yield the images in an index of `user` that have all parts of a name, with their nodes."""
    for node in root.named("image"):
        values = [node.get(name) for name in _LIMITS]
        if all(values):
            yield ImageName(user, *values), node


@dataclass(frozen=True, slots=True)
class Listed:
    """An image of a depot or of an index, with what the index says of it."""

    image: ImageName
    in_depot: bool
    in_index: bool
    infos: tuple[str, ...]


def catalogue_of(depot: Depot, user: str) -> list[Listed]:
    """Return the images of a user that are in a depot or in its index, the newest first.

    Raises `Malformed` for an index that cannot be read.
    """
    path = depot.path / user / "image/index"
    listed = dict(described(user, read_index(path).root)) if path.is_file() else {}
    there = images_of(depot, user)
    found = []
    for image in sorted({*listed, *there}, key=lambda one: (one.os, one.board, one.version)):
        infos = listed[image].named("info") if image in listed else ()
        texts = tuple(one.get("text") for one in infos)
        found.append(Listed(image, image in there, image in listed, texts))
    return found[::-1]


def form_findings(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with an index of images, whatever a depot has."""
    yield from common_findings(document)
    seen: set[tuple[str, ...]] = set()
    for node in document.root.nodes:
        if node.name != "image":
            hint = did_you_mean(node.name, ("image",)) or "the nodes are image"
            yield warning(f"Sculpt ignores the node `{node.name}`", node.location, hint)
            continue
        for attribute, limit in _LIMITS.items():
            yield from value_findings(node, attribute, limit, wanted=True)
        for info in node.named("info"):
            yield from value_findings(info, "text", _TEXT_BYTES, wanted=True)
        identity = tuple(node.get(name) for name in _LIMITS)
        if identity in seen:
            yield error(f"the image {'-'.join(identity)} is described twice", node.location)
        seen.add(identity)


def depot_findings(document: Document, depot: Depot, user: str) -> Iterator[Finding]:
    """Yield where an index and the images in a depot do not fit; all of it may be meant."""
    listed = dict(described(user, document.root))
    for image, node in listed.items():
        if not boot_directory(depot, image).is_dir():
            text = f"{image} is not in the depot"
            yield warning(text, node.location, "it has to be published already")
        elif not disk_image(depot, image).is_file():
            yield warning(f"the depot does not have {image}.img", node.location)
    for image in images_of(depot, user):
        if image not in listed:
            yield warning(
                f"{image} is not in the index",
                document.root.location,
                f"`genode depot image write {image}` describes it",
            )


def with_image(document: Document, image: ImageName, infos: Sequence[str]) -> str:
    """Return the text of an index that describes an image, first, in place of what it said of it.

    Raises `Malformed` for what HID cannot express.
    """
    values = " ".join(f"{name}={quoteattr(getattr(image, name))}" for name in _LIMITS)
    below = "".join(f"<info text={quoteattr(text)}/>" for text in infos)
    entry = read_document(f"<image {values}>{below}</image>", document.file).root
    root = document.root
    old = [node for one, node in described(image.user, root) if one == image]
    kept = [one for one in root.items if one not in old]
    start = next((n for n, one in enumerate(kept) if not isinstance(one, Comment)), len(kept))
    items = (*kept[:start], entry, *kept[start:])
    return document_text(replace(document, root=replace(root, items=items)), document.syntax)


def empty_index(path: Path, syntax: Syntax) -> Document:
    """Return an index without images, for the file `path`."""
    return read_document("<index/>\n" if syntax is Syntax.XML else "index\n-\n", str(path))
