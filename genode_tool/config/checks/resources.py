"""Checks of priorities, affinities, programs and RAM quotas against what is available."""

from __future__ import annotations

from genode_tool.config.checks.report import CheckOptions, Report
from genode_tool.config.routing.resolution import Answer, resolve
from genode_tool.config.syntax.document import Node
from genode_tool.config.system.model import Dialect, byte_count


def _number(node: Node, name: str, default: int) -> int | None:
    try:
        return int(node.get(name, str(default)), 0)
    except ValueError:
        return None


def check_priorities(report: Report, options: CheckOptions) -> None:
    """Check prio_levels, and the priorities of the children."""
    del options
    root = report.system.root
    levels = _number(root, "prio_levels", 0)
    if levels is None or levels < 0 or (levels & (levels - 1)):
        report.broken(
            "priority",
            f"prio_levels is {root.get('prio_levels')}: wanted a power of two",
            root.place_of("prio_levels"),
        )
        return
    for child in report.system.children:
        value = _number(child.node, "priority", 0)
        lowest = 1 - levels if levels else 0
        if value is None or not lowest <= value <= 0:
            report.warn(
                "priority",
                f"the priority {child.node.get('priority')} is out of range: with prio_levels"
                f" {levels}, it ranges from {lowest} to 0",
                child.node.place_of("priority"),
                child=child.name,
            )


def check_affinities(report: Report, options: CheckOptions) -> None:
    """Warn of affinities outside of the space."""
    del options
    space = report.system.root.first("affinity-space")
    width = _number(space, "width", 1) if space else 1
    height = _number(space, "height", 1) if space else 1
    for child in report.system.children:
        node = child.node.first("affinity")
        if node is None or width is None or height is None:
            continue
        for low, size, end in (("xpos", "width", width), ("ypos", "height", height)):
            begin, extent = _number(node, low, 0), _number(node, size, 1)
            if begin is None or extent is None or begin < 0 or begin + extent > end:
                report.warn(
                    "affinity",
                    f"the affinity {low}={node.get(low, '0')} {size}={node.get(size, '1')} is"
                    f" outside of a space with {size} {end}",
                    node.place_of(low),
                    child=child.name,
                )


def check_binaries(report: Report, options: CheckOptions) -> None:
    """Report programs that come from the image and are missing in it."""
    if options.modules is None:
        return
    for child in report.system.children:
        if not child.binary:
            continue
        binary = child.binary
        if (
            report.system.dialect is Dialect.FRAMEWORK
        ):  # our own init gets programs from its parent directly
            way = resolve(report.system, child, "ROM")
            if way.answer is not Answer.PARENT:
                continue
            # The route may rewrite the label, and with it the name of the boot module.
            binary = way.label.rpartition(" -> ")[2] or binary
        if binary not in options.modules:
            named = child.node.first("binary")
            report.broken(
                "no binary",
                f"the program `{binary}` is not in the image",
                named.place_of("name") if named else child.location,
                report.guess(binary, options.modules),
                child.name,
            )


def check_quotas(report: Report, options: CheckOptions) -> None:
    """Compare the RAM quotas with the available RAM."""
    total = sum(one.ram or 0 for one in report.system.children)
    if options.ram and total > options.ram:
        report.warn(
            "quota",
            f"children are assigned {_mib(total)} of RAM; only {_mib(options.ram)} is available",
            report.system.root.location,
        )
    for child in report.system.children:
        for node, name in [(child.node, "ram")] + [
            (one, "quantum") for one in child.node.named("resource") if one.get("name") == "RAM"
        ]:
            if node.has(name) and byte_count(node.get(name)) is None:
                report.broken(
                    "quota",
                    f"`{node.get(name)}` is not a number of bytes",
                    node.place_of(name),
                    "write digits, followed by K, M or G if needed",
                    child.name,
                )


def _mib(count: int) -> str:
    return f"{count / (1 << 20):.1f} MiB".replace(".0 MiB", " MiB")
