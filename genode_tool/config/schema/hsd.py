"""HSD, schemas that are written in HID (`doc/hid.txt`, section Validation).

A schema describes attributes by regular expressions and nodes by categories. A value has to
match the whole expression; the framework's tool takes `yes|no` as "begins with yes, or ends
with no".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from genode_tool.config.syntax.document import Document, Finding, Node, TextBlock
from genode_tool.errors import Diagnostic, Location, Severity, UserError
from genode_tool.nearest import did_you_mean, known_names

# The schema of schemas, which every other one is checked against.
_SELF = r"""schema schema
+ type any | : .*
+ type id | : [a-z][a-z0-9_-]*
+ type bool | : yes|no
+ category attributes
  + node attr
    + attr name | type: id
    + attr type | type: id
    + attr default | type: any | default:
+ category nodes
  + node node
    + attr name | type: id | default:
    + attr category | type: id | default:
    + attr multiple | type: bool | default: yes
    + attr optional | type: bool | default: yes
    + node | category: attributes
    + node | category: nodes
    + node anything
    + node quote
+ attr name | type: id
+ node type
  + attr name | type: id
  + anything
+ node category
  + attr name | type: id
  + node | category: nodes
+ node | category: attributes
+ node | category: nodes
-
"""


@dataclass(frozen=True, slots=True)
class _Attr:
    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class _Slot:
    """Nodes that may be in a node: one by its name, or those of a category."""

    key: str
    names: tuple[str, ...]
    multiple: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class _Type:
    """The possible content of a node; `nodes` has the description of each node by its name."""

    attributes: Mapping[str, _Attr]
    slots: tuple[_Slot, ...]
    nodes: Mapping[str, Node]
    anything: bool
    quote: bool


@dataclass(slots=True)
class HsdSchema:
    """A schema, ready for use. Make it with `read_hsd`."""

    name: str
    file: str
    root: Node
    patterns: dict[str, re.Pattern[str]] = field(default_factory=dict)
    categories: dict[str, Node] = field(default_factory=dict)
    _types: dict[int, _Type] = field(default_factory=dict)

    def check(self, root: Node) -> Iterator[Finding]:
        """Yield the errors in a document. Disabled nodes must be valid as well."""
        if root.name != self.name:
            yield _error(
                f"the top-level node is <{root.name}>, the schema describes <{self.name}>",
                root.location,
            )
            return
        yield from self._check(root, self.root)

    def _check(self, node: Node, described: Node) -> Iterator[Finding]:
        kind = self._type(described)
        yield from self._attributes(node, kind)
        seen: dict[str, int] = {}
        for one in node.items:
            if isinstance(one, TextBlock) and not (kind.quote or kind.anything):
                yield _error(f"text in <{node.name}>, which takes none", one.location)
            if not isinstance(one, Node):
                continue
            slot = next((slot for slot in kind.slots if one.name in slot.names), None)
            if slot is None:
                if not kind.anything:
                    names = [name for other in kind.slots for name in other.names]
                    yield _error(
                        f"unknown node <{one.name}> in <{node.name}>",
                        one.location,
                        did_you_mean(one.name, names) or known_names(names),
                    )
                continue
            seen[slot.key] = seen.get(slot.key, 0) + 1
            # At the second one only: one finding is enough for any number.
            if not slot.multiple and seen[slot.key] == 2 and not kind.anything:
                yield _error(f"more than one <{one.name}> in <{node.name}>", one.location)
            yield from self._check(one, kind.nodes[one.name])
        for slot in kind.slots:
            if not slot.optional and slot.key not in seen:
                wanted = " or ".join(f"<{name}>" for name in slot.names)
                yield _error(f"<{node.name}> is missing {wanted}", node.location)

    def _attributes(self, node: Node, kind: _Type) -> Iterator[Finding]:
        for one in node.attributes:
            attr = kind.attributes.get(one.name)
            if attr is None:
                if not kind.anything:
                    yield _error(
                        f"<{node.name}> has no attribute `{one.name}`",
                        one.location,
                        did_you_mean(one.name, kind.attributes) or known_names(kind.attributes),
                    )
                continue
            pattern = self.patterns.get(attr.type)
            if pattern and not pattern.fullmatch(one.value.strip()):
                yield _error(
                    f"`{one.name}` is `{one.value}`, which is not of type {attr.type}",
                    one.location,
                    f"expected a value that matches {pattern.pattern}",
                )
        for attr in kind.attributes.values():
            if attr.required and not node.has(attr.name):
                yield _error(f"<{node.name}> is missing the attribute `{attr.name}`", node.location)

    def _type(self, described: Node) -> _Type:
        # By identity: the hash of a node would be computed from all nodes below it.
        known = self._types.get(id(described))
        if known is None:
            known = self._types[id(described)] = self._read_type(described)
        return known

    def _read_type(self, described: Node) -> _Type:
        attributes = {
            one.get("name"): _Attr(one.get("name"), one.get("type"), not one.has("default"))
            for one in described.named("attr")
        }
        slots: list[_Slot] = []
        nodes: dict[str, Node] = {}
        for one in described.named("node"):
            multiple = one.get("multiple", "yes") != "no"
            optional = one.get("optional", "yes") != "no"
            if one.get("name"):
                slots.append(_Slot(one.get("name"), (one.get("name"),), multiple, optional))
                nodes[one.get("name")] = one  # wins over a category
                continue
            category = one.get("category")
            members = dict(self._members(category, one.location, ()))
            slots.append(_Slot(f":{category}", tuple(members), multiple, optional))
            nodes = {**members, **nodes}
        return _Type(
            attributes,
            tuple(slots),
            nodes,
            anything=described.first("anything") is not None,
            quote=described.first("quote") is not None,
        )

    def require_category(self, category: str, location: Location) -> None:
        """Raise `UserError` when a category does not exist or contains itself."""
        for _ in self._members(category, location, ()):
            continue

    def _members(
        self, category: str, location: Location, visited: tuple[str, ...]
    ) -> Iterator[tuple[str, Node]]:
        """Yield the nodes of a category by name, those of categories in it as well."""
        if category in visited:
            raise UserError(f"the category `{category}` contains itself", location=location)
        definition = self.categories.get(category)
        if definition is None:
            raise UserError(
                f"no such category: `{category}`",
                location=location,
                hint=did_you_mean(category, self.categories) or known_names(self.categories),
            )
        for one in definition.named("node"):
            if one.get("name"):
                yield one.get("name"), one
            else:
                yield from self._members(one.get("category"), one.location, (*visited, category))


def read_hsd(document: Document) -> HsdSchema:
    """Return the schema in a document. Raises `UserError` when it is not a schema."""
    return _read(document, check=True)


def _read(document: Document, *, check: bool) -> HsdSchema:
    root = document.root
    if check:
        from genode_tool.config.syntax.hid_reader import read_hid

        rules = _read(read_hid(_SELF, "schema of schemas"), check=False)
        found = [*document.remarks, *rules.check(root)]
        errors = [one for one in found if one.severity is Severity.ERROR]
        if errors:
            raise UserError(
                f"invalid schema: {errors[0].diagnostic.text}",
                location=errors[0].location,
                trail=tuple(str(one) for one in errors[1:]),
                hint=errors[0].diagnostic.hint,
            )
    schema = HsdSchema(root.get("name"), document.file, root)
    for one in root.named("type"):
        text = "".join(
            line for item in one.items if isinstance(item, TextBlock) for line in item.lines
        ).strip()
        try:
            schema.patterns[one.get("name")] = re.compile(text, re.ASCII)
        except re.error as error:
            raise UserError(
                f"the type `{one.get('name')}` has the malformed pattern `{text}`: {error}",
                location=one.location,
            ) from error
    for one in root.named("category"):
        schema.categories[one.get("name")] = one
    _check_references(schema)
    return schema


def _check_references(schema: HsdSchema) -> None:
    for node in schema.root.walk():
        if node.name == "attr" and node.get("type") not in schema.patterns:
            raise UserError(
                f"the attribute `{node.get('name')}` has the unknown type `{node.get('type')}`",
                location=node.place_of("type"),
                hint=did_you_mean(node.get("type"), schema.patterns)
                or known_names(schema.patterns),
            )
        if node.name == "node" and not node.get("name") and not node.get("category"):
            raise UserError("a node without a name or category", location=node.location)
        if node.name == "node" and node.get("category"):
            schema.require_category(node.get("category"), node.location)


def _error(message: str, location: Location, hint: str = "") -> Finding:
    return Finding("schema", Diagnostic(Severity.ERROR, message, location, hint=hint))
