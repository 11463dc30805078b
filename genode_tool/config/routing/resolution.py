"""Resolution of session requests: the rules considered in order, and the answer.

Follows both kinds of init. In either, a child's rules are tried in order, and the first target that
fits is used. A rule for the service ends the search; a rule for any service without a fitting
target does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from genode_tool.config.syntax.document import Node
from genode_tool.config.system.model import (
    Child,
    Dialect,
    ExportedService,
    RouteRule,
    RouteTarget,
    System,
    TargetKind,
)
from genode_tool.errors import Location

SEPARATOR = " -> "


class Answer(Enum):
    """The kind of component that answers a request."""

    CHILD = "child"
    PARENT = "parent"
    CONFIG = "config"
    LOCAL = "local"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Considered:
    """A target that was considered; `reason` says why it does not fit, "" for the one used."""

    rule: RouteRule
    target: RouteTarget | None
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The resolution of one session request within one instance of init.

    `label` is what the server sees, with the client's name; `explicit`: neither the rule nor the
    target is a wildcard; `why` is the reason when nobody answers.
    """

    client: str
    service: str
    answer: Answer
    server: Child | None
    label: str
    rule: RouteRule | None
    considered: tuple[Considered, ...]
    why: str = ""

    @property
    def explicit(self) -> bool:
        """True if neither the rule nor the target is a wildcard."""
        taken = self.considered[-1].target if self.considered else None
        wild = taken is not None and taken.wildcard
        return self.rule is None or not (self.rule.wildcard or wild)

    @property
    def location(self) -> Location | None:
        """The place of the rule that decided."""
        return self.rule.location if self.rule else None


def resolve(system: System, client: Child, service: str, label: str = "") -> Resolution:
    """Return the resolution of the request of `client` for a session of `service`.

    `label` is the client's own. Init itself answers requests for the configuration in a start
    node.
    """
    full = f"{client.name}{SEPARATOR}{label}" if label else client.name
    last = label.rpartition(SEPARATOR)[2]
    if service == "ROM" and last == "config" and (client.config or system.dialect is Dialect.OWN):
        return Resolution(client.name, service, Answer.CONFIG, None, full, None, ())
    if service == "ROM" and system.dialect is Dialect.FRAMEWORK:
        # The program itself is requested by the child's name, but routed by the binary's.
        if not label:
            full = client.binary
        # With ld="no", the program itself is started in place of the dynamic linker.
        if label == "ld.lib.so" and not client.uses_ld:
            full = client.binary
        # Init informs servers of session requests by this ROM.
        if last == "session_requests":
            return Resolution(client.name, service, Answer.CONFIG, None, full, None, ())
    considered: list[Considered] = []
    for rule in client.rules:
        if rule.service not in ("", service) or not _selects(rule, client, full, label, system):
            continue
        for target in rule.targets:
            server, reason, final = _try(system, client, service, target)
            considered.append(Considered(rule, target, reason))
            if not reason:
                answer = {
                    TargetKind.PARENT: Answer.PARENT,
                    TargetKind.LOCAL: Answer.LOCAL,
                }.get(target.kind, Answer.CHILD)
                seen = _rewritten(full, target)
                return Resolution(
                    client.name, service, answer, server, seen, rule, tuple(considered)
                )
            if final:
                return _nobody(client, service, full, rule, considered, reason)
        if not rule.targets:
            considered.append(Considered(rule, None, "it has no target"))
        # A rule for the very service ends the search, even if none of its targets fits.
        if not rule.wildcard:
            return _nobody(client, service, full, rule, considered, considered[-1].reason)
    why = considered[-1].reason if considered else "no rule applies"
    return _nobody(client, service, full, None, considered, why)


def _nobody(
    client: Child,
    service: str,
    label: str,
    rule: RouteRule | None,
    considered: list[Considered],
    why: str,
) -> Resolution:
    return Resolution(
        client.name, service, Answer.NOBODY, None, label, rule, tuple(considered), why
    )


def _selects(rule: RouteRule, client: Child, full: str, label: str, system: System) -> bool:
    """Return whether a rule applies to a label."""
    wanted = rule.selectors
    if system.dialect is Dialect.OWN:
        return (
            wanted.get("label", label) == label
            and label.startswith(wanted.get("label_prefix", ""))
            and label.endswith(wanted.get("label_suffix", ""))
        )
    if "unscoped_label" in wanted:
        return wanted["unscoped_label"] == full
    if "label_last" in wanted:
        return wanted["label_last"] == full.rpartition(SEPARATOR)[2]
    if not wanted:
        return True
    prefix = client.name + SEPARATOR
    # The other selectors are for what the client puts behind its own name.
    if not full.startswith(prefix):
        return False
    scoped = full[len(prefix) :]
    return (
        wanted.get("label", scoped) == scoped
        and scoped.startswith(wanted.get("label_prefix", ""))
        and scoped.endswith(wanted.get("label_suffix", ""))
    )


def _try(
    system: System, client: Child, service: str, target: RouteTarget
) -> tuple[Child | None, str, bool]:
    """Return the server, or why the target does not fit and whether that ends the search."""
    if target.kind is TargetKind.LOCAL:
        return None, "", False
    if target.kind is TargetKind.PARENT:
        fits = system.from_parent(service)
        return None, "" if fits else f"the parent does not provide {service}", False
    if target.kind is TargetKind.CHILD:
        server = system.child(target.child)
        if server is None:
            return None, f"no such child: `{target.child}`", False
        if system.dialect is Dialect.OWN and server is client:
            return None, f"`{target.child}` is the client itself", False
        if not server.offers(service):
            return None, f"`{target.child}` does not provide {service}", False
        return server, "", False
    servers = providers(system, client, service)
    if len(servers) > 1:
        names = ", ".join(f"`{one.name}`" for one in servers)
        final = system.dialect is Dialect.OWN  # the framework's init tries the next target
        return None, f"several children provide {service}: {names}", final
    if not servers:
        return None, f"no child provides {service}", False
    return servers[0], "", False


def providers(system: System, client: Child, service: str) -> list[Child]:
    """Return the children that `<any-child/>` may mean for a service."""
    own = system.dialect is Dialect.OWN
    return [one for one in system.providers(service) if not (own and one is client)]


def _rewritten(label: str, target: RouteTarget) -> str:
    """Return the label that the server sees."""
    given = target.rewrites
    if "label" in given:
        return given["label"]
    prefix, _, last = label.rpartition(SEPARATOR)
    identity = given.get("identity", prefix)
    resource = given.get("prepend_resource", "") + given.get("resource", last)
    return f"{identity}{SEPARATOR}{resource}" if identity else resource


@dataclass(frozen=True, slots=True)
class Hop:
    """A step on the path of a request: the instance of init, and its resolution."""

    system: System
    resolution: Resolution


def trace(
    systems: dict[tuple[str, ...], System], path: tuple[str, ...], service: str, label: str = ""
) -> tuple[Hop, ...]:
    """Return the path of a request from the component at `path`, through all instances of init.

    `systems` are the instances by their paths. The path ends at a component, at core, or where
    nobody answers. A server that is an instance of init passes the request on to its child.
    """
    hops: list[Hop] = []
    place, asked = path, label
    while len(place) > 1 and (system := systems.get(place[:-1])) is not None:
        client = system.child(place[-1])
        if client is None:
            break
        found = resolve(system, client, service, asked)
        hops.append(Hop(system, found))
        if found.answer is Answer.CHILD and found.server is not None:
            hops += _into(systems, (*system.path, found.server.name), service, found.label)
        if found.answer is not Answer.PARENT:
            break
        place, asked = system.path, found.label
    return tuple(hops)


def _export(system: System, service: str, label: str) -> ExportedService | None:
    """Return the exported service for a label: that of the policy that fits it best."""
    best: tuple[tuple[int, int, int], ExportedService] | None = None
    for one in system.exports:
        if one.service != service:
            continue
        rank = _rank(one.policy, label)
        if rank is not None and (best is None or rank > best[0]):
            best = rank, one
    return best[1] if best else None


def _rank(policy: Node, label: str) -> tuple[int, int, int] | None:
    """Return how well a policy fits: by the whole label, by a long prefix, by a long suffix."""
    if policy.name != "policy":  # a default policy, or the only one there is
        return 0, 0, 0
    prefix, suffix = policy.get("label_prefix"), policy.get("label_suffix")
    whole = policy.has("label")
    last = policy.get("label_last", label.rpartition(SEPARATOR)[2])
    fits = (
        policy.get("label", label) == label
        and label.startswith(prefix)
        and label.endswith(suffix)
        and last == label.rpartition(SEPARATOR)[2]
    )
    named = whole or prefix or suffix or policy.has("label_last")
    return (1 + whole, len(prefix), len(suffix)) if fits and named else None


def _into(
    systems: dict[tuple[str, ...], System], path: tuple[str, ...], service: str, label: str
) -> list[Hop]:
    """Return the path from a server that is an instance of init down to the child that answers."""
    hops: list[Hop] = []
    while (system := systems.get(path)) is not None:
        exported = _export(system, service, label)
        server = system.child(exported.child) if exported else None
        if server is None:
            answer, why = Answer.NOBODY, f"it does not pass {service} on to its parent"
            hops.append(
                Hop(system, Resolution(path[-1], service, answer, None, label, None, (), why))
            )
            break
        hops.append(
            Hop(system, Resolution(path[-1], service, Answer.CHILD, server, label, None, ()))
        )
        path = (*path, server.name)
    return hops


def resolutions(
    system: System, client: Child, service: str = "", label: str | None = None
) -> list[Resolution]:
    """Return the resolutions of the requests of a child that its rules distinguish.

    Without a `service`: for all services that its rules name, or that any component here has.
    Without a `label`: one request for each label that rules name, and one with another label.
    """
    found: list[Resolution] = []
    wild = any(rule.wildcard for rule in client.rules)
    names = {rule.service for rule in client.rules if rule.service}
    if service:
        names = {service}
    elif wild:
        names |= set(system.services)
    for name in sorted(names):
        if label is not None:
            found.append(resolve(system, client, name, label))
            continue
        rules = [rule for rule in client.rules if rule.service in ("", name)]
        seen: set[RouteRule | None] = set()
        for rule in rules:
            if rule.selectors:
                _add(found, seen, resolve(system, client, name, _sample(rule, client)), rule)
        if service or any(not rule.selectors for rule in rules):
            _add(found, seen, resolve(system, client, name, ANOTHER_LABEL), None)
    return found


ANOTHER_LABEL = "\N{HORIZONTAL ELLIPSIS}"
"""Stands for a label that no rule names."""


def _add(
    found: list[Resolution], seen: set[RouteRule | None], one: Resolution, wanted: RouteRule | None
) -> None:
    """Add a resolution, unless an earlier rule has taken the request already."""
    if one.rule in seen or (wanted is not None and one.rule is not wanted):
        return
    seen.add(one.rule)
    found.append(one)


def _sample(rule: RouteRule, client: Child) -> str:
    """Return a label that a rule applies to."""
    given = rule.selectors
    if "unscoped_label" in given:
        return given["unscoped_label"].removeprefix(client.name + SEPARATOR)
    if "label" in given:
        return given["label"]
    if "label_last" in given:
        return given["label_last"]
    return given.get("label_prefix", "") + ANOTHER_LABEL + given.get("label_suffix", "")
