"""Checks of routes: missing targets, ambiguous wildcards, unused services, cycles."""

from __future__ import annotations

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
from genode_tool.nearest import did_you_mean


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
                did_you_mean(one.child, child_names(system)),
            )
        elif not server.offers(one.service):
            report.broken(
                "not provided",
                f"the service {one.service} for the parent leads to `{one.child}`, which does not"
                " provide it",
                one.location,
                _who(system, one.service),
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
                did_you_mean(target.child, child_names(system)),
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
                _who(system, rule.service),
                name,
            )
    elif target.kind is TargetKind.PARENT and rule.service and not system.from_parent(rule.service):
        report.broken(
            "not provided",
            f"{what} leads to the parent, which does not provide it",
            target.location,
            _who(system, rule.service),
            name,
        )


def _who(system: System, service: str) -> str:
    """Return the hint that names the providers of a service."""
    names = [one.name for one in system.children if one.offers(service)]
    if system.from_parent(service):
        return "the parent does"
    if names:
        return "provided by " + ", ".join(f"`{name}`" for name in names)
    provided = [one.name for one in system.parent_provides]
    provided += [one.name for child in system.children for one in child.provides]
    guess = did_you_mean(service, provided)
    return guess or f"no component here provides {service}"


def child_names(system: System) -> list[str]:
    """Return the names of all children."""
    return [one.name for one in system.children]


def check_ambiguities(report: Report, options: CheckOptions) -> None:
    """Warn of services that several children provide to clients routed to any child."""
    del options
    system = report.system
    unclear: dict[str, list[tuple[Child, RouteRule]]] = {}
    for client in system.children:
        for service in system.services:
            first_rule = _first(client, service)
            rule = first_rule if first_rule and _asks_any(system, first_rule, service) else None
            servers = providers(system, client, service)
            if rule and len(servers) > 1 and client not in servers:
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
    for server in system.children:
        for service in server.provides:
            asked = (server.name, service.name) in exported or any(
                _leads(rule, server, service.name)
                for client in system.children
                if client is not server
                for rule in client.rules
            )
            if not asked and service.name:
                report.warn(
                    "unused",
                    f"no route leads to the service {service.name}",
                    service.location,
                    child=server.name,
                )


def _leads(rule: RouteRule, server: Child, service: str) -> bool:
    if rule.service not in ("", service):
        return False
    return any(
        one.wildcard or (one.kind is TargetKind.CHILD and one.child == server.name)
        for one in rule.targets
    )


def check_cycles(report: Report, options: CheckOptions) -> None:
    """Warn of children that need each other by explicit routes."""
    del options
    system = report.system
    needs: dict[str, dict[str, RouteRule]] = {}
    for client in system.children:
        for rule in client.rules:
            # Further targets are alternatives.
            for target in rule.targets[:1]:
                server = system.child(target.child)
                if target.kind is not TargetKind.CHILD or not server or rule.wildcard:
                    continue
                if server is not client and server.offers(rule.service):
                    needs.setdefault(client.name, {}).setdefault(server.name, rule)
    for cycle in _found_cycles(needs):
        rule = needs[cycle[0]][cycle[1]]
        report.warn(
            "cycle",
            "children need each other: " + " -> ".join(f"`{name}`" for name in cycle),
            rule.location,
            child=cycle[0],
        )


def _found_cycles(needs: dict[str, dict[str, RouteRule]]) -> list[list[str]]:
    """Return a shortest cycle for each group of children that are part of one."""
    found: list[list[str]] = []
    covered: set[str] = set()
    for first in needs:
        if first in covered:
            continue
        # Breadth first, so that the cycle that is found is a shortest one.
        ways = {first: [first]}
        queue = [first]
        while queue:
            here = queue.pop(0)
            for there in needs.get(here, ()):
                if there == first:
                    found.append([*ways[here], first])
                    covered.update(ways[here])
                    queue.clear()
                    break
                if there not in ways:
                    ways[there] = [*ways[here], there]
                    queue.append(there)
    return found
