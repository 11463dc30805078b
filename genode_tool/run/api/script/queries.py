"""Procedures that answer questions about the build directory, the tree and the host."""

from __future__ import annotations

import shutil
from pathlib import Path

from genode_tool.process import run
from genode_tool.run.api.procedure import procedure
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop, unmet
from genode_tool.run.verdict import Outcome

_SYSTEM_PATHS = ("/sbin", "/usr/sbin", "/usr/local/bin")
_MOUNTS = 64
_UNMOUNT_SECONDS = 60.0
_DEPOT_SPECS = ("x86_32", "x86_64", "arm_v6", "arm_v7a", "arm_v8a", "riscv")


class Queries:
    """Facts that a run script bases its decisions on."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        progress: Progress,
    ) -> None:
        self._context = context
        self._build = context.build
        self._script = script
        self._mode = mode
        self._plan = plan
        self._progress = progress

    @procedure()
    def run_name(self) -> str:
        """Return the scenario's name."""
        return self._context.name

    @procedure()
    def run_dir(self) -> str:
        """Return the scenario's directory, relative to the build directory."""
        return self._context.relative_run_dir

    @procedure()
    def genode_dir(self) -> str:
        """Return the top directory of the source tree."""
        return str(self._build.genode_dir)

    @procedure()
    def cross_dev_prefix(self) -> str:
        """Return the prefix of the names of the tool chain's programs."""
        return self._build.variable("CROSS_DEV_PREFIX")

    @procedure()
    def board(self) -> str:
        """Return the board; ends the script when none is selected."""
        if not self._build.board:
            raise stop(
                self._script,
                Outcome.UNSUPPORTED,
                "no board is selected",
                hint="choose one with `--board` or BOARD in etc/build.conf",
            )
        return self._build.board

    @procedure()
    def have_board(self, board: str) -> bool:
        """Return whether the board is the named one."""
        return self._build.board == board

    @procedure()
    def have_spec(self, spec: str) -> bool:
        """Return whether a spec is in force for this build."""
        return spec in self._build.specs

    @procedure()
    def assert_spec(self, spec: str) -> None:
        """End the script unless a spec is in force."""
        if not self.have_spec(spec):
            raise unmet(self._script, self._plan, f"the scenario needs spec `{spec}`")

    @procedure()
    def have_recipe(self, name: str) -> bool:
        """Return whether a repository has the depot recipe `TYPE/NAME`."""
        return self._context.find(f"recipes/{name}/hash") is not None

    @procedure()
    def have_installed(self, program: str) -> bool:
        """Return whether the host has a program."""
        return shutil.which(program) is not None

    @procedure("installed_command", "check_installed")
    def installed_command(self, program: str) -> str:
        """Return the path of a program of the host; ends the script when it is missing."""
        found = shutil.which(program)
        if found:
            return found
        for directory in _SYSTEM_PATHS:
            path = Path(directory) / program
            if path.exists():
                return str(path)
        self._mode.missing(
            stop(
                self._script,
                Outcome.UNSUPPORTED,
                f"the scenario needs the program `{program}`, which is not installed",
                hint="install the package that has it; `genode doctor` names the usual ones",
            )
        )
        return program

    @procedure()
    def requires_installation_of(self, program: str) -> None:
        """End the script unless the host has a program: a name in older trees."""
        self.installed_command(program)

    @procedure()
    def umount_and_rmdir(self, path: str) -> None:
        """Unmount a directory, as often as something is mounted there, and remove it."""
        unmount = ("sudo", "umount", "-l", path)

        def repeat() -> None:
            for _ in range(_MOUNTS):
                if run(unmount, timeout=_UNMOUNT_SECONDS).returncode:
                    break
            run(("rmdir", "-p", path), timeout=_UNMOUNT_SECONDS)

        self._mode.start_program(unmount, repeat, None)

    @procedure()
    def gdb(self) -> str:
        """Return the debugger to use for this build."""
        crossed = self.cross_dev_prefix() + "gdb"
        return crossed if self.have_installed(crossed) else self.installed_command("gdb")

    @procedure()
    def terminal(self) -> str:
        """Return the program that opens a terminal window."""
        return "x-terminal-emulator"

    @procedure()
    def repository_contains(self, rep_rel_path: str) -> str:
        """Return the first repository that holds a path, "" when none does."""
        found = self._context.find(rep_rel_path)
        return str(found)[: -len(rep_rel_path)].rstrip("/") if found else ""

    @procedure()
    def select_from_repositories(self, rep_rel_path: str) -> str:
        """Return a path in the first repository that has it; ends the script when none does."""
        found = self._context.find(rep_rel_path)
        if found is None:
            raise stop(
                self._script,
                Outcome.ERROR,
                f"{rep_rel_path} is in none of the repositories",
                exit_code=-8,
                trail=tuple(f"looked in {repo}" for repo in self._build.repositories),
            )
        return str(found)

    @procedure()
    def gather_from_repositories(self, rep_rel_path: str) -> tuple[str, ...]:
        """Return a path in every repository that has it, the one that wins first."""
        return tuple(
            str(repository / rep_rel_path)
            for repository in self._build.repositories
            if (repository / rep_rel_path).exists()
        )

    @procedure()
    def depot_spec(self) -> str:
        """Return the instruction set's name in the depot."""
        for spec in _DEPOT_SPECS:
            if self.have_spec(spec):
                return spec
        raise stop(self._script, Outcome.ERROR, "no known instruction set among the specs")
