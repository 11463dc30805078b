"""Checks that each child gets the sessions that it cannot do without.

The framework's init opens the sessions of a child's environment before the child runs: without a
route to PD, CPU, LOG, the ROM with its program, or that with the dynamic linker, it never starts.
Up to release 17.02 (whose init has RAM sessions), and in our own init, PD and the program come
from init itself, and LOG is asked for with the first line of output.
"""

from __future__ import annotations

from genode_tool.config.checks.report import CheckOptions, Report
from genode_tool.config.routing.resolution import Answer, Resolution, resolve
from genode_tool.config.system.model import Child, Dialect, System

_LINKER = "ld.lib.so"
_OF_ENVIRONMENT = (("PD", ""), ("CPU", ""), ("LOG", ""), ("ROM", ""), ("ROM", _LINKER))


def check_environment(report: Report, options: CheckOptions) -> None:
    """Report children that have no route to a session of their environment."""
    del options
    system = report.system
    if _asks_later(report.top):
        for child in system.children:
            missing = _missing(system, child, "LOG", "")
            if missing is not None:
                report.warn(
                    "environment",
                    f"no route to LOG for `{child.name}`: its output will not be shown"
                    f" ({missing.why})",
                    child.location,
                    _hint(system, "LOG"),
                    child.name,
                )
        return
    for child in system.children:
        needed = [one for one in _OF_ENVIRONMENT if child.uses_ld or one[1] != _LINKER]
        lost = [found for one in needed if (found := _missing(system, child, *one)) is not None]
        if not lost:
            continue
        services = list(dict.fromkeys(one.service for one in lost))
        report.broken(
            "environment",
            f"`{child.name}` will not start: no route to {_list(services)} ({lost[0].why})",
            child.location,
            _hint(system, services[0]),
            child.name,
        )


def _asks_later(top: System) -> bool:
    """Return whether children ask for LOG by themselves, and get PD and program from init.

    Core's services, which the topmost instance of init lists, tell old releases from newer ones.
    """
    return top.dialect is Dialect.OWN or top.from_parent("RAM")


def _missing(system: System, child: Child, service: str, label: str) -> Resolution | None:
    """Return the resolution of a request that nobody answers, None if somebody does."""
    found = resolve(system, child, service, label)
    return found if found.answer is Answer.NOBODY else None


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"


def _hint(system: System, service: str) -> str:
    """Return how a route to a service looks like here."""
    if system.from_parent(service):
        target = "<parent/>"
    elif len(servers := system.providers(service)) == 1:
        target = f'<child name="{servers[0].name}"/>'
    else:
        return f"no component here provides {service}; is it missing from <parent-provides>?"
    return f'add <service name="{service}"> {target} </service> to its <route>'
