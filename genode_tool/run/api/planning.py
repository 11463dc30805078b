"""What is noted when a script that is merely planned wants to start its system."""

from __future__ import annotations

import contextlib
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.run.api.image import ImageApi, disk_of
from genode_tool.run.api.qemu import QemuApi
from genode_tool.run.boot.planned import planned_medium
from genode_tool.run.machine.base import Medium, ProgramMedium
from genode_tool.run.machine.qemu_args import compose, repeatable
from genode_tool.run.plan import Expectation
from genode_tool.run.verdict import Outcome

FOREVER = "forever"
_PLANNED_WAITS = 100


class Planning(ImageApi, QemuApi):
    """Notes instead of starting and waiting."""

    def plan_wait(self, pattern: str, seconds: float | None) -> None:
        """Note a wait. Ends the script when it waits in a loop that a plan cannot end."""
        plan = self.session.plan
        if len(plan.expectations) >= _PLANNED_WAITS:
            plan.ended_early = "waits in a loop that the system's output would end"
            raise self.stop(Outcome.PASSED, plan.ended_early)
        plan.expectations.append(Expectation(pattern, None if pattern == FOREVER else seconds))
        self.plan_start()

    def plan_start(self) -> None:
        """Note how the system would be started; the first time counts."""
        plan = self.session.plan
        if not plan.arguments:
            plan.arguments = self.words(self.qemu_args())
        if not plan.command:
            plan.command = self.planned_command()
        for variable in ("output_spawn_id", "qemu_spawn_id", "linux_spawn_id"):
            self.session.frontend.set(variable, "exp0")

    def planned_command(self) -> tuple[str, ...]:
        """Return how the system would be started; empty for a board that QEMU does not have."""
        place = Path(self.context.relative_run_dir)
        medium: Medium = planned_medium(self.style, place, self.boot_words())
        if isinstance(medium, ProgramMedium):
            return medium.argv
        if not self.find(f"board/{self.context.build.board}/qemu_args"):
            return ()
        kind = self.image_format()
        if kind is not None and kind.for_pc:
            medium = disk_of(kind, place.with_name(place.name + kind.suffix))
        with contextlib.suppress(EnvironmentProblem):  # the firmware may be missing here
            return repeatable(compose(self.qemu_request(medium), serial_fd=0, control_fd=0))
        return ()
