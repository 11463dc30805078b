"""Procedures that bring a machine into the state from which it boots: power, image, serial line."""

from __future__ import annotations

import time

from genode_tool.run.api.procedure import procedure
from genode_tool.run.api.system.system_start import SystemStart
from genode_tool.run.context.run_modules import RunModule, SystemModules
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.scenario.execution_mode import ExecutionMode, StartCommand
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, is_true
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.scenario.system_image import SystemImage

_DRAIN_SECONDS = 1.0  # for a machine to lose its power altogether


class Power:
    """Switching machines on and off, those in QEMU and real ones, and loading images."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        progress: Progress,
        *,
        system: RunningSystem,
        image: SystemImage,
        modules: SystemModules,
        start: SystemStart,
        command: StartCommand,
    ) -> None:
        """`start` starts systems, of which `command` is the command line in a plan."""
        self._context = context
        self._script = script
        self._mode = mode
        self._progress = progress
        self._system = system
        self._image = image
        self._modules = modules
        self._start = start
        self._command = command

    @procedure()
    def run_power_on(self) -> bool:
        """Start the machine on which the scenario runs."""
        return self._mode.start_system(self._power_on, self._command)

    def _power_on(self) -> bool:
        module = self._modules.power_on
        if module is None or not module.local:
            self._system.stop()
            self._start.listen()  # before the machine can print anything
            if module and not module.site:
                self._switch(module)
        else:
            self._start.start_on_host()
        return True

    @procedure()
    def run_power_off(self) -> bool:
        """Stop the machine."""
        self._system.stop()
        module = self._modules.power_off
        if module and not module.site:
            self._mode.perform(lambda: self._switch(module), None)
        return True

    @procedure()
    def run_power_cycle(self) -> bool:
        """Stop the machine and start it again."""
        if self._modules.power_off:
            self._mode.perform(self._power_off_at_end, None)
        self._load(before_power=True)
        self._script.invoke("run_power_off")
        if self._modules.power_off:
            self._mode.perform(lambda: time.sleep(_DRAIN_SECONDS), None)
        return is_true(self._script.invoke("run_power_on"))

    @procedure()
    def run_load(self) -> bool:
        """Bring the image to the machine; nothing to do where it starts from the image."""
        self._load(before_power=False)
        return True

    @procedure()
    def load_spawn_id(self) -> str:
        """Return the spawn id of a program that loads images, -1 when there is none."""
        return self._script.get("load_spawn_id") or "-1"

    def _power_off_at_end(self) -> None:
        self._system.at_end = "run_power_off"

    def _load(self, *, before_power: bool) -> None:
        module = self._modules.load
        if module and not module.site:
            self._mode.perform(lambda: self._load_by(module, before_power=before_power), None)

    def _load_by(self, module: RunModule, *, before_power: bool) -> None:
        """Load the image, if it is the time: what a machine fetches has to be there before."""
        from genode_tool.run.machine.image_loader import FETCHED, LoadableImage, load

        if (module.name in FETCHED) is not before_power:
            return
        context = self._context
        pc = "x86" in context.build.specs
        loadable = LoadableImage(
            self._image.file, self._image.entry, context.run_dir, context.build.genode_dir, pc
        )
        load(module, loadable, context.build.path, self._progress.print)

    def _switch(self, module: RunModule) -> None:
        from genode_tool.run.machine.power import switch

        switch(module, self._context.build.path, self._progress.print)
