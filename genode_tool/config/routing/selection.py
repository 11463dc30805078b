"""Routes of a whole system, or of one child or service; for `genode config routes`."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.config.routing.resolution import Hop, Resolution, resolutions, trace
from genode_tool.config.system.model import System
from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean, known_names


@dataclass(frozen=True, slots=True)
class InstanceRoutes:
    """The selected routes of the children of one instance of init."""

    system: System
    routes: tuple[Resolution, ...]


def select_routes(system: System, client: str = "", service: str = "") -> list[InstanceRoutes]:
    """Return the routes of `system` and the instances of init below it.

    `client` selects a child by its name, or as `outer -> inner`; `service` one service; "" all.
    Raises `UserError` when there is no such child.
    """
    wanted = _path(system, client)
    instances = list(system.instances())
    names = [child.name for one in instances for child in one.children]
    if wanted and wanted[-1] not in names:
        raise UserError(
            f"no such child: `{client}`", hint=did_you_mean(wanted[-1], names) or known_names(names)
        )
    selected = []
    for one in instances:
        routes = tuple(
            route
            for child in one.children
            if not wanted or (*one.path, child.name) == wanted or (child.name,) == wanted[1:]
            for route in resolutions(one, child, service)
        )
        selected.append(InstanceRoutes(one, routes))
    return selected


def trace_session(system: System, client: str, service: str, label: str) -> tuple[Hop, ...]:
    """Return the path of a session request through all instances of init, one hop each."""
    instances = {one.path: one for one in system.instances()}
    return trace(instances, _path(system, client), service, label)


def _path(system: System, client: str) -> tuple[str, ...]:
    """Return the path of a child, beginning with the outermost init; () for no child."""
    path = tuple(part.strip() for part in client.split("->") if part.strip())
    return (*system.path, *path) if path and path[0] != system.path[0] else path
