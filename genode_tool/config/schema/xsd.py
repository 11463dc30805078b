"""XML schemas (W3C XML Schema 1.0 as libxml2 has it), applied to documents of either syntax.

`genode://NAME` in an include names a file of the catalogue: the `xsd/` directories of the
repositories. libxml2 reports lines only; the path of the element in its error leads back to the
node and the attribute with their columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genode_tool.config.syntax.document import Finding, Node, TextBlock
from genode_tool.errors import Diagnostic, Location, Severity, UserError
from genode_tool.nearest import did_you_mean
from genode_tool.regex import regex

if TYPE_CHECKING:
    from lxml import etree

SCHEME = "genode://"
_ATTRIBUTE = regex(r"attribute '([^']+)'")
_ELEMENT = regex(r"^Element '([^']+)'(?:, attribute '[^']+')?: ")
_EXPECTED = regex(r"Expected is (?:one of )?\(? ?(.*?) ?\)?\.$")
_XS = "{http://www.w3.org/2001/XMLSchema}"


class XsdSchema:
    """A schema file with all that it includes."""

    def __init__(self, path: Path, catalogue: Mapping[str, Path]) -> None:
        """Load a schema. Raises `UserError` when it is malformed or an included file is missing."""
        from lxml import etree

        self.file = str(path)
        # A schema is a file of a source tree: it must not fetch or include anything else.
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        parser.resolvers.add(_resolver(catalogue))
        self.attributes: dict[str, set[str]] = {}  # with the elements that have them
        self.elements: set[str] = set()
        try:
            tree = etree.parse(str(path), parser)
            self._note_names(tree, path, catalogue, set())
            self._schema = etree.XMLSchema(tree)
        except (etree.XMLSyntaxError, etree.XMLSchemaParseError, OSError) as error:
            log: Any = getattr(error, "error_log", ())
            entry = next(iter(log), None)
            line = entry.line if entry else 0
            missing = self._missing(path, catalogue)
            raise UserError(
                f"unusable XML schema: {entry.message if entry else error}",
                location=Location(str(path), line),
                hint=missing,
            ) from None

    def _note_names(
        self,
        tree: etree._ElementTree,
        path: Path,
        catalogue: Mapping[str, Path],
        seen: set[Path],
    ) -> None:
        """Collect the names of all attributes and elements, for suggestions."""
        from lxml import etree

        seen.add(path)
        root = tree.getroot()
        for one in root.iter(f"{_XS}attribute"):
            owner = next((up.get("name") for up in one.iterancestors(f"{_XS}element")), None)
            owners = self.attributes.setdefault(one.get("name", ""), set())
            owners |= {owner} if owner else set()
        self.elements |= {one.get("name", "") for one in root.iter(f"{_XS}element")}
        for include in root.iter(f"{_XS}include"):
            place = include.get("schemaLocation", "")
            beside = path.parent / place
            other = (
                beside if beside.is_file() else catalogue.get(place.removeprefix(SCHEME), beside)
            )
            if other not in seen and other.is_file():
                parser = etree.XMLParser(no_network=True, resolve_entities=False)
                self._note_names(etree.parse(str(other), parser), other, catalogue, seen)

    def _missing(self, path: Path, catalogue: Mapping[str, Path]) -> str:
        text = path.read_text(errors="replace")
        found = re.findall(rf'schemaLocation="(?:{SCHEME})?([^"]+)"', text)
        unknown = [
            name for name in found if name not in catalogue and not (path.parent / name).exists()
        ]
        return f"no repository has xsd/{unknown[0]}" if unknown else ""

    def check(self, root: Node) -> Iterator[Finding]:
        """Yield the errors in a document; `root` is its node at the top."""
        from lxml import etree

        element = _element(root)
        tree = etree.ElementTree(element)
        if self._schema.validate(tree):
            return
        places = _paths(root)
        log: Any = self._schema.error_log
        for entry in log:
            node = places.get(entry.path or "", root)
            yield self._finding(entry, node)

    def _finding(self, entry: Any, node: Node) -> Finding:
        # libxml2 puts the element in front, which our message names in its own way.
        message = _ELEMENT.sub("", entry.message)
        named = _ATTRIBUTE.search(entry.message)
        location, hint = node.location, ""
        if named and node.has(named[1]):
            location = node.place_of(named[1])
        if named and "is not allowed" in message:
            message = f"<{node.name}> has no attribute `{named[1]}`"
            hint = self._guess(named[1])
        elif "This element is not expected" in message:
            message = f"unknown or misplaced node <{node.name}>"
            wanted = _EXPECTED.search(entry.message)
            names = wanted[1].split(", ") if wanted else []
            known = names or sorted(self.elements)
            if node.name not in known:
                hint = did_you_mean(node.name, known)
            if names and not hint:
                hint = f"expected here: {', '.join(names)}"
        else:
            message = f"<{node.name}>: {message[:1].lower()}{message[1:]}"
        return Finding("schema", Diagnostic(Severity.ERROR, message, location, hint=hint))

    def _guess(self, attribute: str) -> str:
        """Return a hint on an attribute that is not allowed where it is."""
        if owners := self.attributes.get(attribute):
            elements = " or ".join(f"<{name}>" for name in sorted(owners))
            return f"`{attribute}` is an attribute of {elements}"
        return did_you_mean(attribute, self.attributes)


def _resolver(catalogue: Mapping[str, Path]) -> Any:
    from lxml import etree

    base: Any = etree.Resolver  # its type declares no resolve_filename

    class Catalogue(base):  # type: ignore[misc]
        def resolve(self, system_url: str, public_id: str, context: object) -> Any:
            del public_id
            if system_url.startswith(SCHEME):
                path = catalogue.get(system_url.removeprefix(SCHEME))
            elif not Path(system_url).exists():  # up to 24.05: a name without a place
                path = catalogue.get(Path(system_url).name)
            else:
                path = None
            return self.resolve_filename(str(path), context) if path else None

    return Catalogue()


def _element(node: Node) -> etree._Element:
    """Return a node as libxml2's element, without comments and disabled nodes."""
    from lxml import etree

    element = etree.Element(_name(node.name))
    for one in node.attributes:
        # Declares a name space; schemas do not describe it as an attribute.
        if one.name == "xmlns" or one.name.startswith("xmlns:"):
            continue
        element.set(_name(one.name), _clean(one.value))
    last: etree._Element | None = None
    for item in node.items:
        if isinstance(item, Node) and not item.disabled:
            last = _element(item)
            element.append(last)
        elif isinstance(item, TextBlock):
            text = _clean("\n".join(item.lines))
            if last is None:
                element.text = (element.text or "") + text
            else:
                last.tail = (last.tail or "") + text
    return element


def _name(name: str) -> str:
    """Return a name that lxml accepts; prefixes are not resolved, since no schema here has any."""
    return re.sub(r"[^\w.-]", "_", name)


def _clean(text: str) -> str:
    """Return text without characters that XML does not have; they never match a schema."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _paths(root: Node) -> dict[str, Node]:
    """Return all nodes by their paths, as libxml2 writes them (`/config/start[2]/route`)."""
    found: dict[str, Node] = {}

    def add(node: Node, path: str) -> None:
        found[path] = node
        totals = Counter(one.name for one in node.nodes)
        counts: Counter[str] = Counter()
        for one in node.nodes:
            counts[one.name] += 1
            index = f"[{counts[one.name]}]" if totals[one.name] > 1 else ""
            add(one, f"{path}/{_name(one.name)}{index}")

    add(root, f"/{_name(root.name)}")
    return found
