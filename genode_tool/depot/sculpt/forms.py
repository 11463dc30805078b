"""What both kinds of index files have in common: reading them, and Sculpt's limits.

Source of the limits: `depot_query` and `sculpt_manager` of the original; longer values are cut
there, and larger files are not read at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from genode_tool.config.syntax.document import Document, Finding, Node
from genode_tool.config.syntax.read import read_document, read_file
from genode_tool.depot.sculpt.names import IndexName
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import Diagnostic, Location, Severity, UserError
from genode_tool.files import write_atomically

MAX_BYTES = 16 * 1024
"""The size of an index file up to which Sculpt reads it."""


def read_index(path: Path) -> Document:
    """Return an index file, in either syntax. Raises `Malformed`, `UserError` and others."""
    return read_document(read_file(path), str(path))


def write_index(path: Path, text: str, *, force: bool) -> bool:
    """Write an index; return whether it changed.

    Raises `UserError` when there is another one and not `force`, and `EnvironmentProblem`.
    """
    before = read_file(path) if path.exists() else None
    if before == text:
        return False
    if before is not None and not force:
        raise UserError(
            f"{path} is there with another content",
            hint="--force replaces it; it may be edited, too",
        )
    write_atomically(path, text)
    return True


def indexes_of(depot: Depot) -> Iterator[IndexName]:
    """Yield the indexes of packages that a depot has."""
    for user in depot.users():
        top = depot.path / user / "index"
        for path in sorted(top.iterdir()) if top.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                yield IndexName(user, "index", path.name)


def image_indexes_of(depot: Depot) -> Iterator[IndexName]:
    """Yield the indexes of images that a depot has."""
    for user in depot.users():
        if (depot.path / user / "image/index").is_file():
            yield IndexName(user, "image", "index")


def error(text: str, location: Location, hint: str = "") -> Finding:
    """Return a finding because of which Sculpt does not show what was meant."""
    return Finding("index", Diagnostic(Severity.ERROR, text, location, hint=hint))


def warning(text: str, location: Location, hint: str = "") -> Finding:
    """Return a finding that may be meant like this."""
    return Finding("index", Diagnostic(Severity.WARNING, text, location, hint=hint))


def common_findings(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with any index: its top-level node, its size."""
    yield from document.remarks
    root = document.root
    if root.name != "index":
        yield error(f"the top-level node is `{root.name}`, wanted `index`", root.location)
    size = len(document.text.encode())
    if size > MAX_BYTES:
        text = f"the index has {size} bytes; Sculpt reads none of more than {MAX_BYTES}"
        yield error(text, Location(document.file), "leave packages out, or shorten descriptions")


def value_findings(node: Node, attribute: str, limit: int, *, wanted: bool) -> Iterator[Finding]:
    """Yield what is wrong with the value of an attribute; `limit` is in bytes."""
    value = node.get(attribute)
    if not value:
        if wanted:
            yield error(f"`{node.name}` has no `{attribute}`", node.location)
    elif len(value.encode()) > limit:
        text = f"`{attribute}` has {len(value.encode())} bytes; Sculpt cuts it off after {limit}"
        yield error(text, node.place_of(attribute))


def require_good(findings: Iterable[Finding], what: str) -> None:
    """Raise `UserError` for the errors among findings; it begins with `what`."""
    errors = [one for one in findings if one.severity is Severity.ERROR]
    if errors:
        first = errors[0].diagnostic
        raise UserError(
            f"{what}: {first.text}",
            location=first.location,
            trail=tuple(str(one) for one in errors[1:]),
            hint=first.hint,
        )
