"""Check of cycles: children that need each other by explicit routes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from genode_tool.config.checks.report import CheckOptions, Report
from genode_tool.config.system.model import RouteRule, TargetKind


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
    for cycle in shortest_cycles(needs):
        rule = needs[cycle[0]][cycle[1]]
        report.warn(
            "cycle",
            "children need each other: " + " -> ".join(f"`{name}`" for name in cycle),
            rule.location,
            child=cycle[0],
        )


def shortest_cycles(needs: Mapping[str, Mapping[str, object]]) -> list[list[str]]:
    """Return a shortest cycle for each group of children that are part of one."""
    found: list[list[str]] = []
    covered: set[str] = set()
    groups = _groups(needs)
    for first in needs:
        if first in covered or groups.get(first) is None:
            continue
        # Breadth first, so that the cycle that is found is a shortest one.
        came_from: dict[str, str] = {}
        queue = deque([first])
        while queue and first not in came_from:
            here = queue.popleft()
            for there in needs.get(here, ()):
                if there not in came_from and groups.get(there) == groups[first]:
                    came_from[there] = here
                    queue.append(there)
        cycle = [first]
        while len(cycle) == 1 or cycle[-1] != first:
            cycle.append(came_from[cycle[-1]])
        found.append(cycle[::-1])
        covered.update(cycle)
    return found


def _groups(needs: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return the number of the group of each child that needs itself through others.

    The groups are the strongly connected components of more than one child (Tarjan's algorithm).
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    found: dict[str, int] = {}
    for start in needs:
        if start in number:
            continue
        pending = [(start, iter(needs[start]))]
        number[start] = lowest[start] = len(number)
        open_nodes.append(start)
        is_open.add(start)
        while pending:
            here, rest = pending[-1]
            there = next(rest, None)
            if there is None:
                pending.pop()
                if pending:
                    user = pending[-1][0]
                    lowest[user] = min(lowest[user], lowest[here])
                if lowest[here] == number[here]:
                    group: list[str] = []
                    while not group or group[-1] != here:
                        group.append(open_nodes.pop())
                    is_open.difference_update(group)
                    if len(group) > 1:
                        found.update(dict.fromkeys(group, number[here]))
            elif there not in number:
                number[there] = lowest[there] = len(number)
                open_nodes.append(there)
                is_open.add(there)
                pending.append((there, iter(needs.get(there, ()))))
            elif there in is_open:
                lowest[here] = min(lowest[here], number[there])
    return found
