"""The run API of one scenario: its themes, put together, and the table of their procedures."""

from __future__ import annotations

from genode_tool.run.api.content.building import Building
from genode_tool.run.api.content.configuration_checks import ConfigurationChecks
from genode_tool.run.api.content.depot import DepotProcedures
from genode_tool.run.api.content.depot_update import DepotUpdate
from genode_tool.run.api.image.boot_arguments import BootArgumentProcedures
from genode_tool.run.api.image.boot_directory import BootDirectory
from genode_tool.run.api.image.boot_image import BootImage
from genode_tool.run.api.image.core_image import CoreImage
from genode_tool.run.api.image.disk_images import DiskImages
from genode_tool.run.api.image.kernel_names import KernelNames
from genode_tool.run.api.procedure import Procedure, procedures_of
from genode_tool.run.api.script.arguments import Arguments
from genode_tool.run.api.script.control import Control
from genode_tool.run.api.script.output_filters import OutputFilters
from genode_tool.run.api.script.queries import Queries
from genode_tool.run.api.system.execution import Execution
from genode_tool.run.api.system.foreseen_command import ForeseenCommand
from genode_tool.run.api.system.keyboard import Keyboard
from genode_tool.run.api.system.power import Power
from genode_tool.run.api.system.qemu_arguments import QemuArguments
from genode_tool.run.api.system.system_output import SystemOutput
from genode_tool.run.api.system.system_start import SystemStart
from genode_tool.run.configuration.gate import ConfigurationGate
from genode_tool.run.context.run_modules import SystemModules
from genode_tool.run.scenario.state import ScenarioState


class Scenario:
    """All that the script of one scenario can call.

    `procedures` is the table that a front end makes known to its script.
    """

    def __init__(self, state: ScenarioState, gate: ConfigurationGate) -> None:
        """Make the themes for the parts of `state`; `gate` checks configurations."""
        self.procedures: dict[str, Procedure] = procedures_of(_themes(state, gate))


def _themes(state: ScenarioState, gate: ConfigurationGate) -> tuple[object, ...]:
    context, script, mode, plan = state.context, state.script, state.mode, state.plan
    progress, consoles, system, image = (
        state.progress,
        state.consoles,
        state.system,
        state.image,
    )
    modules = SystemModules(context.switches, context.build.repositories)
    names = KernelNames(context.build, script, progress)
    arguments = BootArgumentProcedures(context.switches, script)
    queries = Queries(context, script, mode, plan, progress)
    qemu = QemuArguments(context, script, queries, progress)
    directory = BootDirectory(context, script, mode, plan, names)
    disks = DiskImages(context, script, mode, image)
    command = ForeseenCommand(context, names, arguments, disks, qemu, modules)
    start = SystemStart(
        context,
        script,
        progress,
        system=system,
        image=image,
        modules=modules,
        names=names,
        queries=queries,
        disks=disks,
        qemu=qemu,
    )
    output = SystemOutput(script, progress, consoles, system, context.options.timeout_scale)
    return (
        Arguments(context.switches, script),
        queries,
        Building(context, script, mode, plan, progress, names.specific),
        names,
        arguments,
        directory,
        BootImage(
            context,
            script,
            mode,
            plan,
            progress,
            names=names,
            arguments=arguments,
            directory=directory,
            gate=gate,
            image=image,
            record=state.record,
        ),
        CoreImage(context, script, mode, progress, names=names, directory=directory, gate=gate),
        disks,
        ConfigurationChecks(context, script, mode, plan, progress, gate),
        DepotProcedures(context, script, mode, plan, queries, DepotUpdate(context, progress)),
        qemu,
        Power(
            context,
            script,
            mode,
            progress,
            system=system,
            image=image,
            modules=modules,
            start=start,
            command=command,
        ),
        Keyboard(script, mode, consoles, system),
        Execution(
            context,
            script,
            mode,
            plan,
            progress,
            consoles=consoles,
            system=system,
            modules=modules,
            start=start,
            output=output,
            command=command,
        ),
        OutputFilters(script, mode, progress),
        Control(script, mode, plan, progress, consoles),
    )
