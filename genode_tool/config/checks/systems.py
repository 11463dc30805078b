"""All checks of instances of init: names, routes, policies, priorities, quotas.

An error keeps a system from working as configured; a warning may be intended. Our own init refuses
a route that leads nowhere; the framework's init reports it only when a session is requested, and
released scenarios have such routes: a warning, except in strict mode. Each check is for one
instance; `check_systems` goes through all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from genode_tool.config.checks.cycles import check_cycles
from genode_tool.config.checks.environment import check_environment
from genode_tool.config.checks.report import CheckOptions, Report
from genode_tool.config.checks.resources import (
    check_affinities,
    check_binaries,
    check_priorities,
    check_quotas,
)
from genode_tool.config.checks.routes import (
    check_ambiguities,
    check_routes,
    check_unused,
)
from genode_tool.config.syntax.document import Finding
from genode_tool.config.system.model import System
from genode_tool.nearest import did_you_mean

POLICY_LABELS = ("label", "label_prefix", "label_suffix", "label_last")


def check_systems(system: System, options: CheckOptions) -> Iterator[Finding]:
    """Yield the findings about an instance of init and all below it."""
    for one in system.instances():
        report = Report(one, system, options.strict)
        for check in _CHECKS:
            check(report, options if one is system else replace(options, ram=_quota(system, one)))
        yield from report.findings
        for problem in one.problems:
            yield from problem.problems


def _quota(top: System, one: System) -> int:
    """Return the RAM that a nested instance is given, 0 when unknown."""
    for outer in top.instances():
        for child in outer.children:
            if child.inner is one:
                return child.ram or 0
    return 0


def _names(report: Report, options: CheckOptions) -> None:
    del options
    seen: set[str] = set()
    for one in report.system.children:
        if not one.name:
            report.error("name", "<start> without a name", one.node.location)
        elif one.name in seen:
            report.broken("duplicate", f"there are two children called `{one.name}`", one.location)
        seen.add(one.name)
        names: set[str] = set()
        for service in one.provides:
            if service.name in names:
                report.warn(
                    "duplicate",
                    f"`{one.name}` provides {service.name} twice",
                    service.location,
                )
            names.add(service.name)
    for alias in report.system.root.named("alias"):
        if report.system.child(alias.get("child")) is None:
            report.broken(
                "alias",
                f"the alias `{alias.get('name')}` means `{alias.get('child')}`, but there is"
                " no such child",
                alias.place_of("child"),
                report.guess(alias.get("child"), report.children()),
            )


def _policies(report: Report, options: CheckOptions) -> None:
    """Warn of policies without a selector."""
    del options
    for child in report.system.children:
        if child.config is None or child.inner is not None or not child.provides:
            continue
        for node in child.config.named("policy"):
            if not any(node.has(name) for name in POLICY_LABELS):
                known = [one.name for one in node.attributes]
                near = [n for n in known if did_you_mean(n, POLICY_LABELS)]
                hint = (
                    did_you_mean(near[0], POLICY_LABELS)
                    if near
                    else "add a label, or make it a <default-policy>"
                )
                place = node.place_of(near[0]) if near else node.location
                report.warn(
                    "policy",
                    "a <policy> without label, label_prefix or label_suffix never applies",
                    place,
                    hint,
                    child.name,
                )
    for service in report.system.root.named("service"):
        for node in service.named("policy"):
            if not any(node.has(name) for name in POLICY_LABELS):
                report.warn(
                    "policy",
                    "a <policy> without label, label_prefix or label_suffix never applies",
                    node.location,
                    "add a label, or make it a <default-policy>",
                )


_CHECKS: Iterable[Callable[[Report, CheckOptions], None]] = (
    _names,
    check_routes,
    check_environment,
    check_ambiguities,
    check_unused,
    _policies,
    check_priorities,
    check_affinities,
    check_binaries,
    check_quotas,
    check_cycles,
)
