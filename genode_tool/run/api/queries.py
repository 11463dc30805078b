"""Procedures that tell about the build directory, the tree and the host."""

from __future__ import annotations

import shutil
from pathlib import Path

from genode_tool.process import run
from genode_tool.run.api.base import ApiBase, command
from genode_tool.run.verdict import Outcome

_SYSTEM_PATHS = ("/sbin", "/usr/sbin", "/usr/local/bin")
_MOUNTS = 64
_UNMOUNT_SECONDS = 60.0
_DEPOT_SPECS = ("x86_32", "x86_64", "arm_v6", "arm_v7a", "arm_v8a", "riscv")


class Queries(ApiBase):
    """Facts that a run script bases its decisions on."""

    @command
    def run_name(self) -> str:
        """The scenario's name."""
        return self.context.name

    @command
    def run_dir(self) -> str:
        """The scenario's directory, relative to the build directory."""
        return self.context.relative_run_dir

    @command
    def genode_dir(self) -> str:
        """The top directory of the source tree."""
        return str(self.context.build.genode_dir)

    @command
    def cross_dev_prefix(self) -> str:
        """What precedes the names of the tool chain's programs."""
        return self.context.build.variable("CROSS_DEV_PREFIX")

    @command
    def board(self) -> str:
        """The board; ends the script when none is selected."""
        if not self.context.build.board:
            raise self.stop(
                Outcome.UNSUPPORTED,
                "no board is selected",
                hint="give one with `--board` or BOARD in etc/build.conf",
            )
        return self.context.build.board

    @command
    def have_board(self, board: str) -> bool:
        """Whether the board is the named one."""
        return self.context.build.board == board

    @command
    def have_spec(self, spec: str) -> bool:
        """Whether a spec is in force for this build."""
        return spec in self.context.build.specs

    @command
    def assert_spec(self, spec: str) -> None:
        """End the script unless a spec is in force."""
        if not self.have_spec(spec):
            raise self.unmet(f"the scenario needs spec `{spec}`")

    @command
    def have_recipe(self, name: str) -> bool:
        """Whether a repository has the depot recipe `TYPE/NAME`."""
        return self.find(f"recipes/{name}/hash") is not None

    @command
    def have_installed(self, program: str) -> bool:
        """Whether the host has a program."""
        return shutil.which(program) is not None

    @command
    def installed_command(self, program: str) -> str:
        """Return the path of a program of the host; ends the script when it is missing."""
        found = shutil.which(program)
        if found:
            return found
        for directory in _SYSTEM_PATHS:
            path = Path(directory) / program
            if path.exists():
                return str(path)
        if self.session.planning:
            return program
        raise self.stop(
            Outcome.UNSUPPORTED,
            f"the scenario needs the program `{program}`, which is not installed",
            hint="install the package that has it; `genode doctor` knows the usual ones",
        )

    @command
    def check_installed(self, program: str) -> str:
        """The name of `installed_command` in older trees."""
        return self.installed_command(program)

    @command
    def requires_installation_of(self, program: str) -> None:
        """End the script unless the host has a program: a name in older trees."""
        self.installed_command(program)

    @command
    def umount_and_rmdir(self, path: str) -> None:
        """Unmount a directory, as often as something is mounted there, and remove it."""
        unmount = ("sudo", "umount", "-l", path)
        if self.session.planning:
            self.session.plan.commands.append(unmount)
            return
        for _ in range(_MOUNTS):
            if run(unmount, timeout=_UNMOUNT_SECONDS).returncode:
                break
        run(("rmdir", "-p", path), timeout=_UNMOUNT_SECONDS)

    @command
    def gdb(self) -> str:
        """The debugger to use for this build."""
        crossed = self.cross_dev_prefix() + "gdb"
        return crossed if self.have_installed(crossed) else self.installed_command("gdb")

    @command
    def terminal(self) -> str:
        """The program that opens a terminal window."""
        return "x-terminal-emulator"

    @command
    def repository_contains(self, rep_rel_path: str) -> str:
        """Return the first repository that holds a path, "" when none does."""
        found = self.find(rep_rel_path)
        return str(found)[: -len(rep_rel_path)].rstrip("/") if found else ""

    @command
    def select_from_repositories(self, rep_rel_path: str) -> str:
        """Return a path in the first repository that has it; ends the script when none does."""
        found = self.find(rep_rel_path)
        if found is None:
            raise self.stop(
                Outcome.ERROR,
                f"{rep_rel_path} is in none of the repositories",
                exit_code=-8,
                trail=tuple(f"looked in {repo}" for repo in self.context.build.repositories),
            )
        return str(found)

    @command
    def gather_from_repositories(self, rep_rel_path: str) -> tuple[str, ...]:
        """Return a path in every repository that has it, the one that wins first."""
        return tuple(
            str(repository / rep_rel_path)
            for repository in self.context.build.repositories
            if (repository / rep_rel_path).exists()
        )

    @command
    def is_qemu_available(self) -> bool:
        """Whether the board can be run in QEMU: whether the tree has arguments for it."""
        if self.find(f"board/{self.board()}/qemu_args"):
            return True
        self.session.print("the board is not supported by QEMU, not executed", error=True)
        return False

    @command
    def depot_spec(self) -> str:
        """The instruction set's name in the depot."""
        for spec in _DEPOT_SPECS:
            if self.have_spec(spec):
                return spec
        raise self.stop(Outcome.ERROR, "no known instruction set among the specs")

    def unmet(self, message: str, hint: str = "") -> Exception:
        """Return the exception for a requirement that is not fulfilled."""
        self.session.plan.unmet = message
        return self.stop(Outcome.UNSUPPORTED, message, hint=hint)
