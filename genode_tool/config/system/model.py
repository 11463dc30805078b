"""The model of an instance of init: children, services, routes, and instances within it.

Two dialects exist: the framework's init (`repos/os/src/init` and the `sandbox` library of the
original) and the smaller one of our own OS (`repos/os/doc/init.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from genode_tool.config.syntax.document import Malformed, Node
from genode_tool.errors import Location
from genode_tool.regex import regex

INIT = "init"
_BYTES = regex(r"(\d+)([KMG]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Dialect(Enum):
    """The init that reads the configuration."""

    FRAMEWORK = "framework"
    OWN = "own"


class TargetKind(Enum):
    """The kind of a rule's target."""

    PARENT = "parent"
    CHILD = "child"
    ANY_CHILD = "any-child"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, eq=False)
class RouteTarget:
    """A target of a rule; `child` is the name after aliases were followed.

    `rewrites` are the attributes that change the label which the server sees.
    """

    kind: TargetKind
    child: str
    location: Location
    rewrites: Mapping[str, str]

    @property
    def wildcard(self) -> bool:
        """True if it leads to any child that has the service."""
        return self.kind is TargetKind.ANY_CHILD


@dataclass(frozen=True, slots=True, eq=False)
class RouteRule:
    """A rule of a route. `service` is "" for any; `selectors` narrow it down to some labels."""

    service: str
    selectors: Mapping[str, str]
    targets: tuple[RouteTarget, ...]
    location: Location

    @property
    def wildcard(self) -> bool:
        """True if it applies to every service."""
        return not self.service

    @property
    def shown(self) -> str:
        """The rule in short, as `ROM label="config"`."""
        words = [f'{name}="{value}"' for name, value in self.selectors.items()]
        return " ".join([self.service or "any service", *words])


@dataclass(frozen=True, slots=True)
class NamedReference:
    """A name with its place: a service, a policy's target, a reference."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class ExportedService:
    """A service of a subsystem, `child` answers it; `policy` is the node that says so."""

    service: str
    child: str
    policy: Node
    location: Location


@dataclass(frozen=True, slots=True)
class Child:
    """A child. `ram` is in bytes, None when not given; `own_route`: not the default one.

    `inner` is the instance of init that it is, `config` its configuration in the start node.
    """

    name: str
    binary: str
    node: Node
    provides: tuple[NamedReference, ...]
    rules: tuple[RouteRule, ...]
    own_route: bool
    ram: int | None
    config: Node | None
    inner: System | None
    uses_ld: bool = True

    @property
    def location(self) -> Location:
        """The place of the child's name."""
        return self.node.place_of("name")

    def offers(self, service: str) -> bool:
        """Return whether the child is allowed to announce a service."""
        return any(one.name == service for one in self.provides)


@dataclass(frozen=True, slots=True)
class System:
    """One instance of init. `path` are the names of the components that lead to it."""

    path: tuple[str, ...]
    dialect: Dialect
    root: Node
    parent_provides: tuple[NamedReference, ...]
    children: tuple[Child, ...]
    exports: tuple[ExportedService, ...]
    aliases: Mapping[str, str]
    default_rules: tuple[RouteRule, ...]
    problems: tuple[Malformed, ...] = ()
    _by_name: dict[str, Child] = field(default_factory=dict, compare=False)
    _by_service: dict[str, tuple[Child, ...]] = field(default_factory=dict, compare=False)
    _services: list[str] = field(default_factory=list, compare=False)

    @property
    def shown_path(self) -> str:
        """The path as core's log shows it."""
        return " -> ".join(self.path)

    def child(self, name: str) -> Child | None:
        """Return the child of a name; the first one when the name is not unique."""
        if not self._by_name:
            for one in reversed(self.children):
                self._by_name[one.name] = one
        return self._by_name.get(name)

    def providers(self, service: str) -> tuple[Child, ...]:
        """Return the children that are allowed to announce a service."""
        if not self._by_service:
            found: dict[str, dict[int, Child]] = {}
            for number, one in enumerate(self.children):
                for provided in one.provides:
                    found.setdefault(provided.name, {})[number] = one
            self._by_service.update((name, tuple(one.values())) for name, one in found.items())
        return self._by_service.get(service, ())

    def from_parent(self, service: str) -> bool:
        """Return whether the parent has a service."""
        return any(one.name == service for one in self.parent_provides)

    def instances(self) -> Iterator[System]:
        """Yield this instance of init and all below it."""
        yield self
        for one in self.children:
            if one.inner is not None:
                yield from one.inner.instances()

    @property
    def services(self) -> tuple[str, ...]:
        """The services that occur in this instance, sorted."""
        if not self._services:
            names = {one.name for one in self.parent_provides}
            for start in self.children:
                names |= {one.name for one in start.provides}
                names |= {rule.service for rule in start.rules}
            self._services.extend(sorted(names - {""}))
        return tuple(self._services)


def byte_count(text: str) -> int | None:
    """Return a number of bytes such as `16M`, None for one that is malformed."""
    match = _BYTES.fullmatch(text.strip())
    return int(match[1]) * _UNITS[match[2]] if match else None
