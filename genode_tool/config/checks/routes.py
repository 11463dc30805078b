"""Checks of routes: missing targets, ambiguous wildcards, unused services."""

from __future__ import annotations

from itertools import chain

from genode_tool.config.checks.report import CheckOptions, Report
from genode_tool.config.routing.resolution import providers
from genode_tool.config.system.model import (
    Child,
    Dialect,
    RouteRule,
    RouteTarget,
    System,
    TargetKind,
)

_MOST_PROVIDERS = 8
"""The number of providers of a service that a hint names."""


def check_routes(report: Report, options: CheckOptions) -> None:
    """Check the targets of each route; in strict mode, report wildcards."""
    system = report.system
    for child in system.children:
        if child.own_route:
            for rule in child.rules:
                _rule(report, rule, child, options)
    for rule in system.default_rules:
        _rule(report, rule, None, options)
    for one in system.exports:
        server = system.child(one.child)
        if server is None:
            report.broken(
                "no child",
                f"the service {one.service} for the parent leads to `{one.child}`, but there is"
                " no such child",
                one.location,
                report.guess(one.child, report.children()),
            )
        elif not server.offers(one.service):
            report.broken(
                "not provided",
                f"the service {one.service} for the parent leads to `{one.child}`, which does not"
                " provide it",
                one.location,
                _who(report, one.service),
            )


def _rule(report: Report, rule: RouteRule, client: Child | None, options: CheckOptions) -> None:
    name = client.name if client else ""
    what = f"the route of {rule.shown}" if client else f"the default route of {rule.shown}"
    if options.strict and rule.wildcard:
        report.error(
            "wildcard", f"{what} applies to every service", rule.location, "name services", name
        )
    if not rule.targets:
        report.warn("no target", f"{what} leads nowhere", rule.location, child=name)
    for target in rule.targets:
        if options.strict and target.wildcard:
            report.error(
                "wildcard",
                f"{what} leads to any child",
                target.location,
                "name the child",
                name,
            )
        _target(report, rule, target, client, what)


def _target(
    report: Report, rule: RouteRule, target: RouteTarget, client: Child | None, what: str
) -> None:
    system, name = report.system, client.name if client else ""
    if target.kind is TargetKind.CHILD:
        server = system.child(target.child)
        if server is None:
            report.broken(
                "no child",
                f"{what} leads to `{target.child}`, but there is no such child",
                target.location,
                report.guess(target.child, report.children()),
                name,
            )
        elif server is client and system.dialect is Dialect.OWN:
            report.error(
                "itself", f"{what} leads back to `{name}` itself", target.location, child=name
            )
        elif rule.service and not server.offers(rule.service):
            report.broken(
                "not provided",
                f"{what} leads to `{target.child}`, which does not provide it",
                target.location,
                _who(report, rule.service),
                name,
            )
    elif target.kind is TargetKind.PARENT and rule.service and not system.from_parent(rule.service):
        report.broken(
            "not provided",
            f"{what} leads to the parent, which does not provide it",
            target.location,
            _who(report, rule.service),
            name,
        )


def _who(report: Report, service: str) -> str:
    """Return the hint that names the providers of a service."""
    system = report.system
    if system.from_parent(service):
        return "the parent does"
    servers = system.providers(service)
    if servers:
        names = ", ".join(f"`{one.name}`" for one in servers[:_MOST_PROVIDERS])
        more = len(servers) - _MOST_PROVIDERS
        return f"provided by {names}" + (f" and {more} others" if more > 0 else "")
    below = chain.from_iterable(child.provides for child in system.children)
    provided = (one.name for one in chain(system.parent_provides, below))
    return report.guess(service, provided) or f"no component here provides {service}"


def check_ambiguities(report: Report, options: CheckOptions) -> None:
    """Warn of services that several children provide to clients routed to any child."""
    del options
    system = report.system
    unclear: dict[str, list[tuple[Child, RouteRule]]] = {}
    shared = [service for service in system.services if len(system.providers(service)) > 1]
    for client in system.children:
        for service in shared:
            first_rule = _first(client, service)
            rule = first_rule if first_rule and _asks_any(system, first_rule, service) else None
            servers = providers(system, client, service)
            if rule and len(servers) > 1 and not any(client is one for one in servers):
                unclear.setdefault(service, []).append((client, rule))
    for service, clients in unclear.items():
        first, rule = clients[0]
        servers = providers(system, first, service)
        who = ", ".join(f"`{client.name}`" for client, _ in clients[:3])
        who += f" and {len(clients) - 3} others" if len(clients) > 3 else ""
        names = ", ".join(f"`{one.name}`" for one in servers[:4])
        names += f" and {len(servers) - 4} others" if len(servers) > 4 else ""
        report.warn(
            "ambiguous",
            f"the wildcard is ambiguous for {service}: {names}; used by {who}",
            rule.location,
            f'name one: <service name="{service}"> <child name="…"/> </service>',
            first.name if len(clients) == 1 else "",
        )


def _first(client: Child, service: str) -> RouteRule | None:
    """Return the first rule for a service, whatever the label."""
    for rule in client.rules:
        if rule.service in ("", service) and not rule.selectors:
            return rule
    return None


def _asks_any(system: System, rule: RouteRule, service: str) -> bool:
    """Return whether a rule for a service gets as far as `<any-child/>`."""
    for target in rule.targets:
        if target.kind is TargetKind.ANY_CHILD:
            return True
        if target.kind is TargetKind.PARENT and system.from_parent(service):
            return False
    return False


def check_unused(report: Report, options: CheckOptions) -> None:
    """Warn of services that no rule can lead to."""
    del options
    system = report.system
    exported = {(one.child, one.service) for one in system.exports}
    clients = _clients(system)
    for server in system.children:
        ways = [
            *clients.get(("", ""), ()),
            *clients.get((server.name, ""), ()),
        ]
        for service in server.provides:
            name = service.name
            asked = (server.name, name) in exported or any(
                client is not server
                for client in (
                    *ways,
                    *clients.get(("", name), ()),
                    *clients.get((server.name, name), ()),
                )
            )
            if not asked and name:
                report.warn(
                    "unused",
                    f"no route leads to the service {name}",
                    service.location,
                    child=server.name,
                )


def _clients(system: System) -> dict[tuple[str, str], list[Child]]:
    """Return the children that rules lead to a server for a service, two of each kind at most.

    "" stands for any server and for any service. Two are enough to know whether there is another
    client than the server itself.
    """
    found: dict[tuple[str, str], list[Child]] = {}
    for client in system.children:
        for rule in client.rules:
            for target in rule.targets:
                if target.wildcard or target.kind is TargetKind.CHILD:
                    server = "" if target.wildcard else target.child
                    clients = found.setdefault((server, rule.service), [])
                    if len(clients) < 2 and not any(client is one for one in clients):
                        clients.append(client)
    return found
