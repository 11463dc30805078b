"""What an instance of init is told: children, services, routes; instances within it as well.

Two dialects exist: the framework's init (`repos/os/src/init` and the `sandbox` library of the
original) and the smaller one of our own OS (`repos/os/doc/init.md`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from genode_tool.config.document import Document, Malformed, Node, Translate
from genode_tool.config.reading import DEEPEST, read_document
from genode_tool.errors import Location

INIT = "init"
_BYTES = re.compile(r"(\d+)([KMG]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SELECTORS = ("label", "label_prefix", "label_suffix", "label_last", "unscoped_label")


class Dialect(Enum):
    """Whose init reads the configuration."""

    FRAMEWORK = "framework"
    OWN = "own"


class TargetKind(Enum):
    """Where a rule leads to."""

    PARENT = "parent"
    CHILD = "child"
    ANY_CHILD = "any-child"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A target of a rule; `child` is the name after aliases were followed.

    `rewrites` are the attributes that change the label which the server sees.
    """

    kind: TargetKind
    child: str
    location: Location
    rewrites: Mapping[str, str]

    @property
    def wildcard(self) -> bool:
        """Whether it leads to whoever happens to have the service."""
        return self.kind is TargetKind.ANY_CHILD


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule of a route. `service` is "" for any; `selectors` narrow it down to some labels."""

    service: str
    selectors: Mapping[str, str]
    targets: tuple[Target, ...]
    location: Location

    @property
    def wildcard(self) -> bool:
        """Whether it applies to every service."""
        return not self.service

    @property
    def shown(self) -> str:
        """The rule in short, as `ROM label="config"`."""
        words = [f'{name}="{value}"' for name, value in self.selectors.items()]
        return " ".join([self.service or "any service", *words])


@dataclass(frozen=True, slots=True)
class Named:
    """A name with its place: a service, a policy's target, a reference."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Export:
    """A service of a subsystem, `child` answers it; `policy` is the node that says so."""

    service: str
    child: str
    policy: Node
    location: Location


@dataclass(frozen=True, slots=True)
class Start:
    """A child. `ram` is in bytes, None when not given; `own_route`: not the default one.

    `inner` is the instance of init that it is, `config` its configuration in the start node.
    """

    name: str
    binary: str
    node: Node
    provides: tuple[Named, ...]
    rules: tuple[Rule, ...]
    own_route: bool
    ram: int | None
    config: Node | None
    inner: System | None
    uses_ld: bool = True

    @property
    def location(self) -> Location:
        """Where the child's name stands."""
        return self.node.place_of("name")

    def offers(self, service: str) -> bool:
        """Whether the child is allowed to announce a service."""
        return any(one.name == service for one in self.provides)


@dataclass(frozen=True, slots=True)
class System:
    """One instance of init. `path` are the names of the components that lead to it."""

    path: tuple[str, ...]
    dialect: Dialect
    root: Node
    parent_provides: tuple[Named, ...]
    starts: tuple[Start, ...]
    exports: tuple[Export, ...]
    aliases: Mapping[str, str]
    default_rules: tuple[Rule, ...]
    problems: tuple[Malformed, ...] = ()
    _by_name: dict[str, Start] = field(default_factory=dict, compare=False)

    @property
    def shown_path(self) -> str:
        """The path as core's log shows it."""
        return " -> ".join(self.path)

    def child(self, name: str) -> Start | None:
        """Return the child of a name; the first one when the name is not unique."""
        if not self._by_name:
            for one in reversed(self.starts):
                self._by_name[one.name] = one
        return self._by_name.get(name)

    def from_parent(self, service: str) -> bool:
        """Whether the parent has a service."""
        return any(one.name == service for one in self.parent_provides)

    def instances(self) -> Iterator[System]:
        """Yield this instance of init and all below it."""
        yield self
        for one in self.starts:
            if one.inner is not None:
                yield from one.inner.instances()

    @property
    def services(self) -> tuple[str, ...]:
        """The services that anything here speaks of, sorted."""
        names = {one.name for one in self.parent_provides}
        for start in self.starts:
            names |= {one.name for one in start.provides}
            names |= {rule.service for rule in start.rules}
        return tuple(sorted(names - {""}))


Modules = Callable[[str], tuple[str, str] | None]
"""Gives the text of a boot module and what to call it in messages, or None."""


_Read = Callable[[str], Node | None]

_NESTED = 12
"""A boot module that names itself as a configuration would go on for ever."""


def no_modules(name: str) -> None:
    """Know no boot module."""
    del name


def read_system(
    document: Document,
    dialect: Dialect,
    modules: Modules = no_modules,
    translate: Translate | None = None,
) -> System:
    """Return what a configuration of init says; `modules` has the ones that ROMs hold.

    `translate` leads from their texts to where these were written.
    """

    def read(name: str) -> Node | None:
        found = modules(name)
        return read_document(*found, translate).root if found else None

    return _system(document.root, dialect, read, (INIT,))


def _system(root: Node, dialect: Dialect, modules: _Read, path: tuple[str, ...]) -> System:
    aliases = {one.get("name"): one.get("child") for one in root.named("alias")}
    provides = root.first("parent-provides")
    default = root.first("default-route")
    default_rules = _rules(default, aliases) if default else ()
    problems: list[Malformed] = []
    starts = tuple(
        _start(one, root, dialect, modules, path, aliases, default_rules, problems)
        for one in root.named("start")
    )
    exports = tuple(_exports(root))
    return System(
        path,
        dialect,
        root,
        _services(provides),
        starts,
        exports,
        aliases,
        default_rules,
        tuple(problems),
    )


def _start(
    node: Node,
    root: Node,
    dialect: Dialect,
    modules: _Read,
    path: tuple[str, ...],
    aliases: Mapping[str, str],
    default_rules: tuple[Rule, ...],
    problems: list[Malformed],
) -> Start:
    name = node.get("name")
    named = node.first("binary")
    binary = named.get("name", name) if named else node.get("binary", name)
    route = node.first("route")
    rules = _rules(route, aliases) if route else default_rules
    config = node.first("config")
    inner = None
    deeper = (*path, name)
    if binary == INIT and len(deeper) < DEEPEST:
        if config is not None:
            inner = _system(config, dialect, modules, deeper)
        else:
            inner = _from_module(rules, dialect, modules, deeper, problems)
    return Start(
        name,
        binary,
        node,
        _services(node.first("provides")),
        rules,
        route is not None,
        _ram(node, root),
        config,
        inner,
        node.get("ld", "yes") not in ("no", "false", "off", "0"),
    )


def _from_module(
    rules: tuple[Rule, ...],
    dialect: Dialect,
    modules: _Read,
    path: tuple[str, ...],
    problems: list[Malformed],
) -> System | None:
    """Return the instance whose configuration is a boot module that a route names."""
    for rule in rules:
        if rule.service != "ROM" or "config" not in rule.selectors.values():
            continue
        for target in rule.targets:
            label = target.rewrites.get("label", "config").rpartition(" -> ")[2]
            if target.kind is not TargetKind.PARENT or label == "config" or len(path) > _NESTED:
                continue
            try:
                root = modules(label)
            except Malformed as error:
                problems.append(error)
                continue
            if root is not None:
                return _system(root, dialect, modules, path)
        return None
    return None


def _services(node: Node | None) -> tuple[Named, ...]:
    if node is None:
        return ()
    return tuple(Named(one.get("name"), one.place_of("name")) for one in node.named("service"))


def _rules(route: Node, aliases: Mapping[str, str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            one.get("name") if one.name == "service" else "",
            {name: one.get(name) for name in _SELECTORS if one.has(name)},
            tuple(_targets(one, aliases)),
            one.place_of("name"),
        )
        for one in route.nodes
        if one.name == "any-service" or (one.name == "service" and one.get("name"))
    )


def _targets(rule: Node, aliases: Mapping[str, str]) -> Iterator[Target]:
    kinds = {kind.value: kind for kind in TargetKind}
    for one in rule.nodes:
        if one.name not in kinds:
            continue
        rewrites = {
            name: one.get(name)
            for name in ("label", "identity", "resource", "prepend_resource")
            if one.has(name)
        }
        child = one.get("name")
        yield Target(kinds[one.name], aliases.get(child, child), one.place_of("name"), rewrites)


def _exports(root: Node) -> Iterator[Export]:
    """Yield the services for init's own parent, one for each policy."""
    for service in root.named("service"):
        policies = [*service.named("policy"), *service.named("default-policy")] or [service]
        for policy in policies:
            for target in policy.named("child"):
                place = target.place_of("name")
                yield Export(service.get("name"), target.get("name"), policy, place)


def byte_count(text: str) -> int | None:
    """Return a number of bytes such as `16M`, None for one that is malformed."""
    match = _BYTES.fullmatch(text.strip())
    return int(match[1]) * _UNITS[match[2]] if match else None


def _ram(node: Node, root: Node) -> int | None:
    """Return the RAM quota of a child in bytes."""
    for one in node.named("resource"):
        if one.get("name") == "RAM":
            return byte_count(one.get("quantum"))
    if node.has("ram"):
        return byte_count(node.get("ram"))
    default = root.first("default")
    return byte_count(default.get("ram")) if default and default.has("ram") else None
