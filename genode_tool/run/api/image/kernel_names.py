"""Procedures that map generic binaries such as `ld.lib.so` to those of the kernel in use."""

from __future__ import annotations

from genode_tool.run.api.procedure import procedure
from genode_tool.run.boot.select import select_style
from genode_tool.run.boot.style import BootStyle
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script


class KernelNames:
    """The kernel's boot style and its names of binaries, which scripts may override."""

    def __init__(self, build: BuildSide, script: Script, progress: Progress) -> None:
        self._build = build
        self._script = script
        self._progress = progress

    @property
    def style(self) -> BootStyle:
        """The way in which this kernel boots. Raises `UserError` when the kernel is unknown."""
        return select_style(self._build)

    @procedure()
    def kernel_specific_binary(self, binary: str, silent: str = "") -> str:
        """Return the name that a generic binary such as `ld.lib.so` has for this kernel."""
        specific = self.specific(binary)
        if specific != binary and not silent:
            self._progress.print(f"using '{specific}' as '{binary}'")
        return specific

    @procedure()
    def binary_name_timer(self) -> str:
        """Return the name of the kernel's timer in `bin/`."""
        return self._own_name("timer")

    @procedure()
    def binary_name_ld_lib_so(self) -> str:
        """Return the name of the kernel's dynamic linker in `bin/`."""
        return self._own_name("ld.lib.so")

    @procedure()
    def run_boot_string(self) -> str:
        """Return the text that proves a boot, and when it comes again, a reboot."""
        return self.style.boot_message

    @procedure()
    def kernel_files(self) -> tuple[str, ...]:
        """Return the files of the boot directory that belong to the kernel."""
        return self.style.kernel_files

    def specific(self, binary: str) -> str:
        """Return the name that a generic binary has in `bin/` for this kernel.

        A procedure `binary_name_NAME` of the script, with dots as underscores, decides first.
        """
        hook = "binary_name_" + binary.replace(".", "_")
        if self._script.defines(hook):
            return self._script.invoke(hook)
        return self._own_name(binary)

    def generic(self) -> dict[str, str]:
        """Return the generic name of each binary that has a name of this kernel's own."""
        return {self.specific(name): name for name in self.style.names}

    def _own_name(self, binary: str) -> str:
        present = self._build.path / "bin"
        for name in self.style.names.get(binary, ()):
            if (present / name).exists() or not (present / binary).exists():
                return name
        return binary
