"""Procedures that make the boot image of the boot directory, in the way of the kernel."""

from __future__ import annotations

from genode_tool.errors import UserError
from genode_tool.run.api.image.boot_arguments import BootArgumentProcedures
from genode_tool.run.api.image.boot_directory import BootDirectory
from genode_tool.run.api.image.kernel_names import KernelNames
from genode_tool.run.api.procedure import procedure
from genode_tool.run.boot.style import BootRequest, BootStyle
from genode_tool.run.configuration.gate import ConfigurationGate
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import Phase
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, Words, words_of
from genode_tool.run.scenario.system_image import SystemImage
from genode_tool.run.verdict import Outcome, ScenarioStop


class BootImage:
    """`build_boot_image` and its steps, each of which a script may override."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        progress: Progress,
        *,
        names: KernelNames,
        arguments: BootArgumentProcedures,
        directory: BootDirectory,
        gate: ConfigurationGate,
        image: SystemImage,
        record: RunRecord | None,
    ) -> None:
        """`image` takes in what is made; `record`, if any, notes it."""
        self._context = context
        self._script = script
        self._mode = mode
        self._plan = plan
        self._progress = progress
        self._names = names
        self._arguments = arguments
        self._directory = directory
        self._gate = gate
        self._image = image
        self._record = record

    @procedure()
    def build_boot_image(self, binaries: Words) -> None:
        """Gather the binaries with everything installed before, and make the image."""
        names = words_of(self._script, binaries)
        self._plan.modules += [name for name in names if name not in self._plan.modules]
        self._script.invoke("check_for_missing_depot_archives")
        self._script.invoke("check_for_missing_lib_build", " ".join(names))
        self._script.invoke("run_boot_dir", " ".join(names))

    @procedure()
    def run_boot_dir(self, binaries: Words) -> None:
        """Make the image in the way of the kernel in use."""
        style = self._names.style
        names = words_of(self._script, binaries)
        directory = self._directory.path
        self._mode.make_image(
            names, directory, lambda: style.goals(directory), lambda: self._make(style, names)
        )

    def _make(self, style: BootStyle, names: tuple[str, ...]) -> None:
        with self._progress.phase(Phase.BOOT_DIRECTORY, " ".join(names)):
            goals = style.goals(self._directory.path)
        if goals:
            self._script.invoke("build", " ".join(goals))
        with self._progress.phase(Phase.IMAGE, style.name):
            self._directory.copy_binaries(names)
            self._gate.check_boot_directory()
            self._record_config()
            request = BootRequest(
                build=self._context.build,
                run_dir=self._context.run_dir,
                warn=self._progress.warn,
                switches=self._context.switches,
                arguments=self._arguments.collect(),
            )
            try:
                result = style.make_image(request)
            except UserError as error:
                raise ScenarioStop(
                    Outcome.NO_IMAGE,
                    error.message,
                    location=error.location,
                    trail=error.trail,
                    hint=error.hint,
                ) from error
        self._image.medium, self._image.entry = result.medium, result.entry
        self._image.file = result.image
        if self._record:
            modules = {module.name: module.size for module in result.modules}
            self._record.note_modules(modules, result.image)
        if style.discard_modules:
            self._script.invoke("remove_genode_dir")
        self._script.invoke("run_image")

    def _record_config(self) -> None:
        config = self._directory.path / "config"
        if self._record and config.is_file():
            self._record.write("config", config.read_text(errors="replace"))
