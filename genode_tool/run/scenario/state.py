"""The state of one scenario, as the engine puts it together and the procedures share it."""

from __future__ import annotations

from dataclasses import dataclass, field

from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.scenario.system_image import SystemImage


@dataclass(slots=True)
class ScenarioState:
    """The parts of a scenario. Each procedure gets those that it works with, not the whole.

    `plan` notes what the script asks for, in either mode. `record` is None for a plan.
    """

    context: ScenarioContext
    script: Script
    mode: ExecutionMode
    plan: ScenarioPlan
    progress: Progress
    consoles: Consoles
    system: RunningSystem
    record: RunRecord | None = None
    image: SystemImage = field(default_factory=SystemImage)
