"""The components that a component depends on: its parents and servers, and theirs, down to core.

A service that is routed by a wildcard is a possible dependence: it counts, but is marked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from genode_tool.config.routing.resolution import Answer, resolutions, trace
from genode_tool.config.system.model import Child, System
from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean, known_names


class Role(Enum):
    """The reason why a component is trusted."""

    ITSELF = "itself"
    PARENT = "parent"
    SERVER = "server"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class Trusted:
    """A component that has to be trusted. `reasons` name clients and services.

    `explicit`: some route names it. Core, with the kernel below it, has an empty path.
    """

    path: tuple[str, ...]
    binary: str
    role: Role
    reasons: tuple[str, ...] = ()
    explicit: bool = True

    @property
    def name(self) -> str:
        """The path as logs show it."""
        return " -> ".join(self.path) or "core"


def find_component(system: System, name: str) -> tuple[str, ...]:
    """Return the path of the component called `name`, alone or as `outer -> inner`.

    Raises `UserError` when there is none, or several.
    """
    wanted = tuple(part.strip() for part in name.split("->"))
    paths = [(*one.path, child.name) for one in system.instances() for child in one.children]
    found = list(dict.fromkeys(path for path in paths if path[-len(wanted) :] == wanted))
    if not found:
        known = [path[-1] for path in paths]
        raise UserError(
            f"no such component: `{name}`",
            hint=did_you_mean(wanted[-1], known) or known_names(known),
        )
    if len(found) > 1 and found[0] != (*system.path, *wanted):
        shown = ", ".join(f"`{' -> '.join(path[1:])}`" for path in found)
        raise UserError(f"several components are called `{name}`", hint=f"say which: {shown}")
    return found[0]


def trusted_by(system: System, path: tuple[str, ...]) -> list[Trusted]:
    """Return all that the component at `path` has to trust: itself first, core last."""
    systems = {one.path: one for one in system.instances()}
    children = {
        (*one.path, child.name): child for one in systems.values() for child in one.children
    }
    found: dict[tuple[str, ...], Trusted] = {}
    queue = [path]
    found[path] = Trusted(path, children[path].binary, Role.ITSELF)
    while queue:
        here = queue.pop(0)
        for one in _needs(systems, children, here):
            known = found.get(one.path)
            if known is None:
                found[one.path] = one
                queue.append(one.path)
                continue
            # Found before, by another way: one explicit route is enough to count as explicit.
            reasons = tuple(dict.fromkeys((*known.reasons, *one.reasons)))
            explicit = known.explicit or one.explicit
            found[one.path] = replace(known, reasons=reasons, explicit=explicit)
    order = list(Role)
    parts = sorted(found.values(), key=lambda one: order.index(one.role))
    return [*parts, Trusted((), "core", Role.CORE)]


def _needs(
    systems: dict[tuple[str, ...], System],
    children: dict[tuple[str, ...], Child],
    path: tuple[str, ...],
) -> list[Trusted]:
    """Return what a component needs directly; an instance of init is run by core or another."""
    # Core starts the outermost init; it is added at the end.
    if len(path) < 2:
        return []
    name, parent = path[-1], path[:-1]
    binary = children[parent].binary if parent in children else parent[-1]
    found = [Trusted(parent, binary, Role.PARENT, (f"runs {name}",))]
    system, child = systems[parent], children[path]
    for one in resolutions(system, child):
        if one.answer is Answer.CONFIG:
            continue
        for hop in trace(systems, path, one.service, one.label.removeprefix(f"{name} -> ")):
            server = hop.resolution.server
            if server is None:
                continue
            place = (*hop.system.path, server.name)
            if place != path:
                wild = "" if one.explicit else ", by wildcard"
                reason = f"{one.service} for {name}{wild}"
                found.append(Trusted(place, server.binary, Role.SERVER, (reason,), one.explicit))
    return found
