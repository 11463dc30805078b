"""The index of packages that a user offers for one version of Sculpt: `USER/index/VERSION`.

Packages stand in groups, which may contain groups; a group or package may be for one architecture
only. A *template*, such as `run/sculpt/index` of a repository, has names of packages in place of
paths with versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from genode_tool.config.syntax.document import Document, Finding, Node, Syntax
from genode_tool.config.syntax.edit import Change, apply
from genode_tool.config.syntax.read import read_document
from genode_tool.config.syntax.write import document_text
from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.sculpt.forms import common_findings, error, value_findings, warning
from genode_tool.depot.store.depot import Depot
from genode_tool.nearest import did_you_mean
from genode_tool.regex import regex

_PATH = regex(r"([\w.+-]+)/pkg/([\w.+-]+)/([\w.+~-]+)", re.ASCII)
_NODES = ("supports", "index", "pkg")
_MAX_LEVELS = 10
_PATH_BYTES = 99
_INFO_BYTES = 199
_NAME_BYTES = 99
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """A package in an index, with the groups around it; `arch` "" is any."""

    node: Node
    groups: tuple[str, ...]
    arch: str

    @property
    def path(self) -> str:
        """The path of the package."""
        return self.node.get("path")

    @property
    def package(self) -> Archive | None:
        """The package, None when its path is none."""
        match = _PATH.fullmatch(self.path)
        return Archive(match[1], ArchiveType.PKG, match[2], match[3]) if match else None


def offers(root: Node) -> Iterator[Offer]:
    """Yield the packages of an index in their order."""
    return _offers(root, (), "")


def _offers(node: Node, groups: tuple[str, ...], arch: str) -> Iterator[Offer]:
    for one in node.nodes:
        own = one.get("arch") or arch
        if one.name == "pkg":
            yield Offer(one, groups, own)
        elif one.name == "index":
            yield from _offers(one, (*groups, one.get("name")), own)


def architectures(root: Node) -> tuple[str, ...]:
    """Return the architectures that an index supports."""
    return tuple(dict.fromkeys(one.get("arch") for one in root.named("supports")))


def form_findings(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with an index, whatever a depot has."""
    root = document.root
    yield from common_findings(document)
    supported = architectures(root)
    if not supported:
        example = "+ supports | arch: x86_64"
        if document.syntax is Syntax.XML:
            example = '<supports arch="x86_64"/>'
        text = "the index supports no architecture, so nobody sees its packages"
        yield error(text, root.location, f"add `{example}`")
    yield from _group_findings(root, supported, 1)
    if supported and not any(offers(root)):
        yield warning("the index has no packages", root.location)


def _group_findings(group: Node, supported: tuple[str, ...], level: int) -> Iterator[Finding]:
    if level > _MAX_LEVELS:
        text = f"groups are nested more than {_MAX_LEVELS} levels deep; Sculpt stops there"
        yield error(text, group.location)
        return
    for one in group.nodes:
        arch = one.get("arch")
        if one.name == "supports":
            yield from value_findings(one, "arch", 15, wanted=True)
        elif one.name == "index":
            yield from value_findings(one, "name", _NAME_BYTES, wanted=True)
            yield from _group_findings(one, supported, level + 1)
        elif one.name == "pkg":
            yield from _package_findings(one)
        else:
            hint = did_you_mean(one.name, _NODES) or f"the nodes are {', '.join(_NODES)}"
            yield warning(f"Sculpt ignores the node `{one.name}`", one.location, hint)
            continue
        if arch and one.name != "supports" and supported and arch not in supported:
            text = f"`{one.name}` is for {arch}, which the index does not support"
            yield warning(text, one.place_of("arch"))


def _package_findings(node: Node) -> Iterator[Finding]:
    yield from value_findings(node, "path", _PATH_BYTES, wanted=True)
    yield from value_findings(node, "info", _INFO_BYTES, wanted=False)
    path = node.get("path")
    if path and not _PATH.fullmatch(path):
        text = f"`{path}` is not the path of a package"
        yield error(text, node.place_of("path"), "wanted USER/pkg/NAME/VERSION")


def depot_findings(document: Document, depot: Depot) -> Iterator[Finding]:
    """Yield which packages of an index a depot does not have, or not with all they need.

    Missing binaries are warnings: a depot need not have those of every architecture.
    """
    supported = architectures(document.root)
    for offer in offers(document.root):
        package = offer.package
        if package is None:
            continue
        place = offer.node.place_of("path")
        missing = _missing(depot, package)
        if missing:
            what = f"{package} is" if missing == [package] else f"{package} needs {_some(missing)}:"
            yield error(f"{what} not in the depot", place, "`genode depot create` makes archives")
            continue
        for arch in supported if not offer.arch else (offer.arch,):
            missing = _missing(depot, package.binary(arch))
            if missing:
                yield warning(f"for {arch}, the depot does not have {_some(missing)}", place)


def _missing(depot: Depot, root: Archive) -> list[Archive]:
    return [one for one in closure_of([root], depot).sorted() if not depot.has(one)]


def _some(archives: list[Archive]) -> str:
    more = len(archives) - _SHOWN
    text = ", ".join(map(str, archives[:_SHOWN]))
    return f"{text} and {more} more" if more > 0 else text


def filled_template(document: Document, path_of: Callable[[str], str]) -> str:
    """Return the text of a template with paths in place of names; all else stays as it is.

    `path_of` returns the path of the package of a name. Full paths are left as they are.
    """
    changes = []
    for offer in offers(document.root):
        found = offer.node.attribute("path")
        if found is not None and found.value and "/" not in found.value:
            changes.append(
                Change(found.value_span.start, found.value_span.end, path_of(found.value))
            )
    return apply(document.text, changes)


def index_text(
    architectures: Iterable[str],
    group: str,
    packages: Iterable[tuple[Archive, str]],
    syntax: Syntax,
) -> str:
    """Return the text of a new index: packages, with a line on each, in a group, "" for none.

    Raises `Malformed` for what HID cannot express.
    """
    lines = [f"<supports arch={quoteattr(arch)}/>" for arch in architectures]
    lines += [f"<index name={quoteattr(group)}>"] if group else []
    lines += [
        f"<pkg path={quoteattr(str(package))} info={quoteattr(info)}/>"
        for package, info in packages
    ]
    lines += ["</index>"] if group else []
    document = read_document(f"<index>{''.join(lines)}</index>", "index")
    return document_text(document, syntax)
