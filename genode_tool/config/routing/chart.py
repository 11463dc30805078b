"""The chart of an instance of init: components, their services and dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from genode_tool.config.routing.resolution import ANOTHER_LABEL, Answer, Resolution, resolutions
from genode_tool.config.system.model import Child, System


class Bond(Enum):
    """The kind of a dependence."""

    EXPLICIT = "explicit"
    WILDCARD = "wildcard"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Use:
    """A service that a component gets; `label` narrows it down, "" for all labels."""

    service: str
    label: str
    bond: Bond

    @property
    def shown(self) -> str:
        """The service in short, as `ROM config`."""
        return f"{self.service} {self.label}".strip()


@dataclass(frozen=True, slots=True)
class Arrow:
    """A component, by its place in `Chart.boxes`, depends on another one."""

    client: int
    server: int
    bond: Bond
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A component. `broken` are the requests that explicit rules fail to route, with the reason.

    `exports` are the services that its instance of init passes on for the parent.
    """

    name: str
    binary: str
    ram: int | None
    provides: tuple[str, ...]
    exports: tuple[str, ...]
    from_parent: tuple[Use, ...]
    broken: tuple[tuple[str, str], ...]
    inner: Chart | None


@dataclass(frozen=True, slots=True)
class Chart:
    """One instance of init with everything in it."""

    path: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    parent_provides: tuple[str, ...]

    def all(self) -> Iterator[Chart]:
        """Yield this chart and all within it."""
        yield self
        for one in self.boxes:
            if one.inner is not None:
                yield from one.inner.all()


def read_chart(system: System) -> Chart:
    """Return the chart of an instance of init and all below it."""
    # By identity, since two children may have the same name.
    numbers = {id(child): number for number, child in enumerate(system.children)}
    boxes = []
    bonds: dict[tuple[int, int, Bond], list[Use]] = {}
    for number, child in enumerate(system.children):
        found = [one for one in resolutions(system, child) if one.answer is not Answer.CONFIG]
        for one in found:
            if one.answer is Answer.CHILD and one.server is not None and one.server is not child:
                use = _use(one)
                bonds.setdefault((number, numbers[id(one.server)], use.bond), []).append(use)
        boxes.append(_box(system, child, found))
    arrows = tuple(
        Arrow(client, server, bond, tuple(uses)) for (client, server, bond), uses in bonds.items()
    )
    provides = tuple(one.name for one in system.parent_provides)
    return Chart(system.path, tuple(boxes), arrows, provides)


def _box(system: System, child: Child, found: list[Resolution]) -> Box:
    broken = tuple(
        (_use(one).shown, one.why)
        for one in found
        if one.answer is Answer.NOBODY and one.rule is not None and not one.rule.wildcard
    )
    return Box(
        child.name,
        child.binary,
        child.ram,
        tuple(one.name for one in child.provides),
        tuple(one.service for one in system.exports if one.child == child.name),
        tuple(_use(one) for one in found if one.answer in (Answer.PARENT, Answer.LOCAL)),
        broken,
        read_chart(child.inner) if child.inner is not None else None,
    )


def _use(one: Resolution) -> Use:
    bond = Bond.EXPLICIT if one.explicit else Bond.WILDCARD
    if one.answer is Answer.NOBODY:
        bond = Bond.BROKEN
    label = " ".join(
        value + (ANOTHER_LABEL if name == "label_prefix" else "")
        for name, value in (one.rule.selectors.items() if one.rule else ())
    )
    return Use(one.service, label, bond)
