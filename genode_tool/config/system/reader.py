"""Reads the model of an instance of init, and of the instances within it, from a document.

The inner configurations are in start nodes, or boot modules that a route names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from genode_tool.config.syntax.document import (
    MAX_DEPTH,
    Document,
    Malformed,
    Node,
    TranslateLocation,
)
from genode_tool.config.syntax.read import read_document
from genode_tool.config.system.model import (
    INIT,
    Child,
    Dialect,
    ExportedService,
    NamedReference,
    RouteRule,
    RouteTarget,
    System,
    TargetKind,
    byte_count,
)

_SELECTORS = ("label", "label_prefix", "label_suffix", "label_last", "unscoped_label")

Modules = Callable[[str], tuple[str, str] | None]
"""Returns the text of a boot module and its name for messages, or None."""


_Read = Callable[[str], Node | None]

_NESTED = 12
"""Most levels of boot modules: one that names itself as a configuration would never end."""


def no_modules(name: str) -> None:
    """Return None: no boot module is known."""
    del name


def read_system(
    document: Document,
    dialect: Dialect,
    modules: Modules = no_modules,
    translate: TranslateLocation | None = None,
) -> System:
    """Return the model of a configuration of init; `modules` has those that are boot modules.

    `translate` maps places in their texts to where these were written.
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
    general = root.first("default")
    default_ram = byte_count(general.get("ram")) if general and general.has("ram") else None
    problems: list[Malformed] = []
    children = tuple(
        _start(one, default_ram, dialect, modules, path, aliases, default_rules, problems)
        for one in root.named("start")
    )
    exports = tuple(_exports(root))
    return System(
        path,
        dialect,
        root,
        _services(provides),
        children,
        exports,
        aliases,
        default_rules,
        tuple(problems),
    )


def _start(
    node: Node,
    default_ram: int | None,
    dialect: Dialect,
    modules: _Read,
    path: tuple[str, ...],
    aliases: Mapping[str, str],
    default_rules: tuple[RouteRule, ...],
    problems: list[Malformed],
) -> Child:
    name = node.get("name")
    named = node.first("binary")
    binary = named.get("name", name) if named else node.get("binary", name)
    route = node.first("route")
    rules = _rules(route, aliases) if route else default_rules
    config = node.first("config")
    inner = None
    deeper = (*path, name)
    if binary == INIT and len(deeper) < MAX_DEPTH:
        if config is not None:
            inner = _system(config, dialect, modules, deeper)
        else:
            inner = _from_module(rules, dialect, modules, deeper, problems)
    return Child(
        name,
        binary,
        node,
        _services(node.first("provides")),
        rules,
        route is not None,
        _ram(node, default_ram),
        config,
        inner,
        node.get("ld", "yes") not in ("no", "false", "off", "0"),
    )


def _from_module(
    rules: tuple[RouteRule, ...],
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
            # Only a rewritten label names a boot module; plain "config" is the instance's own.
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


def _services(node: Node | None) -> tuple[NamedReference, ...]:
    if node is None:
        return ()
    return tuple(
        NamedReference(one.get("name"), one.place_of("name")) for one in node.named("service")
    )


def _rules(route: Node, aliases: Mapping[str, str]) -> tuple[RouteRule, ...]:
    return tuple(
        RouteRule(
            one.get("name") if one.name == "service" else "",
            {name: one.get(name) for name in _SELECTORS if one.has(name)},
            tuple(_targets(one, aliases)),
            one.place_of("name"),
        )
        for one in route.nodes
        if one.name == "any-service" or (one.name == "service" and one.get("name"))
    )


def _targets(rule: Node, aliases: Mapping[str, str]) -> Iterator[RouteTarget]:
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
        yield RouteTarget(
            kinds[one.name], aliases.get(child, child), one.place_of("name"), rewrites
        )


def _exports(root: Node) -> Iterator[ExportedService]:
    """Yield the services for init's own parent, one for each policy."""
    for service in root.named("service"):
        policies = [*service.named("policy"), *service.named("default-policy")] or [service]
        for policy in policies:
            for target in policy.named("child"):
                place = target.place_of("name")
                yield ExportedService(service.get("name"), target.get("name"), policy, place)


def _ram(node: Node, default: int | None) -> int | None:
    """Return the RAM quota of a child in bytes."""
    for one in node.named("resource"):
        if one.get("name") == "RAM":
            return byte_count(one.get("quantum"))
    if node.has("ram"):
        return byte_count(node.get("ram"))
    return default
