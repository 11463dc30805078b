"""The names that other kernels' parts have, for planning scenarios on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.run.boot.style import BootRequest, BootResult


@dataclass(frozen=True, slots=True)
class PlannedStyle:
    """A kernel whose scenarios can be planned but whose image the engine cannot make.

    `parts` are pairs of a file that the boot directory must have and the goal that builds it.
    """

    name: str
    boot_message: str
    timer: str
    parts: tuple[tuple[str, str], ...]
    links: bool = False
    discard_modules: bool = True

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """See `BootStyle`."""
        return {
            "core.a": (f"core-{self.name}.a",),
            "ld.lib.so": (f"ld-{self.name}.lib.so",),
            "timer": (self.timer,),
        }

    def excludes(self, binary: str) -> bool:
        """See `BootStyle`."""
        return binary in ("core", f"core-{self.name}.a", *(part for part, _ in self.parts[:1]))

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """See `BootStyle`."""
        return tuple(goal for part, goal in self.parts if not (genode_path / part).exists())

    def make_image(self, request: BootRequest) -> BootResult:
        """Raises `UserError`: the image of this kernel needs a boot loader with modules."""
        del request
        raise UserError(
            f"kernel {self.name} starts from a boot loader with several modules,"
            " and the engine makes single images only",
            hint="boot with --kernel hw or linux; `--plan` shows what the scenario wants",
        )


PLANNED_STYLES = {
    style.name: style
    for style in (
        PlannedStyle(
            name="nova",
            boot_message="\nHypervisor NOVA ",
            timer="nova_timer",
            parts=(
                ("hypervisor", "kernel"),
                ("core-nova.a", "core/nova"),
                ("ld.lib.so", "lib/ld-nova"),
            ),
        ),
        PlannedStyle(
            name="sel4",
            boot_message="\nBooting all finished, dropped to user space",
            timer="hpet_timer",
            parts=(("sel4", "kernel/sel4"), ("ld.lib.so", "lib/ld-sel4")),
        ),
    )
}
