"""Runs the original's engine with stand-ins, so that it only reports what it would do.

The tree's own `tool/run/run` executes the run script under `expect`. A file of our own, included
after its modules, notes what the engine is asked for and takes the place of the steps that need
a compiler, a boot loader or a running system. `make` and QEMU are a recorder that is found first
on `PATH`; each goal yields one empty file, by a rule that both sides share.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.run.tcl.interpreter import Interpreter

PREFIX = "standin-"
_SECONDS = 120
_TOOLS = ("gcc", "g++", "ld", "ar", "strip", "objcopy", "objdump", "nm", "gdb")
_OUTSIDE = (
    *("mkfs.vfat", "mkfs.ext2", "mcopy", "mmd", "e2cp", "e2mkdir", "sgdisk", "fsck.vfat", "tput"),
    *("tshark", "trafgen", "lynx", "netperf-2.6.0", "nping", "socat", "openssl", "wget", "curl"),
)
"""Programs that scripts want to be installed."""

# The stand-in for make and for whatever the engine spawns. It runs in the build directory.
_RECORDER = r"""#!/usr/bin/tclsh
if {[file tail $argv0] eq "make"} {
    set log [open progress.log w]
    foreach line [split [read [set f [open $env(STANDIN_ARTIFACTS)]]] "\n"] {
        lassign $line goal files
        set made($goal) $files
    }
    foreach goal $argv {
        if {![info exists made($goal)]} continue
        foreach name $made($goal) {
            puts $log "x BUILD_ARTIFACTS = $name"
            if {![file exists bin/$name]} { close [open bin/$name w 0755] }
        }
    }
    close $log
}
"""

# Notes what the engine is asked for. It waits for nothing, links nothing, and makes no image;
# a script that waits in a loop for output leaves with 77.
_INCLUDED = r"""
proc note {kind words} {
    set file [open $::env(STANDIN_NOTES) a]
    puts $file [list $kind $words]
    close $file
}
rename spawn true_spawn
proc spawn {args} {
    note spawn $args
    uplevel 1 [list true_spawn -noecho {*}$args]
}
rename run_boot_dir true_run_boot_dir
proc run_boot_dir {binaries} {
    note modules $binaries
    true_run_boot_dir $binaries
    note_content
}
proc note_content {} {
    note content [lsort [glob -nocomplain -tails -directory [run_dir]/genode *]]
}
rename _collect_from_depot true_collect_from_depot
proc _collect_from_depot {archives} {
    if {$::_collect_from_depot_nesting_level == 0} { note archives $archives }
    true_collect_from_depot $archives
}
rename build_core true_build_core
proc build_core {lib modules target address} {
    if {$modules ne {} && ![string match *core.elf* $modules]} { note linked [lsort $modules] }
    close [open $target w]
}
proc get_grub2_dir {} { return $::env(STANDIN_PLACE) }
proc install_iso_bootloader_to_run_dir {} { exec mkdir -p [run_dir]/boot/grub }
proc run_image {} { return true }
proc sleep {args} {}
proc check_config_in_run_dir {args} {}
proc check_syntax {args} {}
proc compare_output_to {good} {}
proc run_log {wait_for_re timeout_value} {
    global output_spawn_id output
    note_content
    set output_spawn_id exp0
    set output {}
    return true
}
set waits 0
proc wait_for_output {args} {
    global output waits
    set output {}
    if {[incr waits] > 30} { exit 77 }
}
"""


@dataclass(frozen=True, slots=True)
class Platform:
    """The target of a build directory."""

    kernel: str
    board: str
    specs: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.kernel}-{self.board}"

    @property
    def includes(self) -> tuple[str, ...]:
        """The run modules that are usual there."""
        if self.kernel == "linux":
            return ("boot_dir/linux", "power_on/linux", "log/linux")
        image = ("image/iso",) if self.board == "pc" else ()
        return (f"boot_dir/{self.kernel}", *image, "power_on/qemu", "log/qemu")


@dataclass(slots=True)
class Wishes:
    """The requests of a run script to an engine.

    `goals` are what is built, `modules` the names given to the boot directory, `content` what
    lay in it afterwards, `qemu` QEMU's command line, `archives` what is imported from the depot.
    `exit_code` and `output` are the original's.
    """

    goals: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    qemu: list[str] = field(default_factory=list)
    exit_code: int = 0
    output: str = ""


def artifacts_of_goal(goal: str, platform: Platform) -> tuple[str, ...]:
    """Return what a goal yields, by the rule of the stand-ins: close to what really comes out."""
    kernel, board = platform.kernel, platform.board
    core = {"linux": "core-linux", "hw": f"core-hw-{board}.a", "nova": "core-nova.a"}[kernel]
    special = {
        "core": (core,),
        f"core/{kernel}": (core,),
        "lib/ld": (f"ld-{kernel}.lib.so",),
        f"lib/ld-{kernel}": (f"ld-{kernel}.lib.so",),
        "timer": ("linux_timer" if kernel == "linux" else f"{kernel}_timer",),
        "bootstrap/hw": (f"bootstrap-hw-{board}.o",),
        "kernel": ("hypervisor",),
        "init": ("init", "init.xsd"),
    }
    if goal in special:
        return special[goal]
    if goal.startswith("lib/"):
        return (goal.removeprefix("lib/").replace("/", "-") + ".lib.so",)
    return (goal.removeprefix("app/").replace("/", "-"),)


@dataclass(frozen=True, slots=True)
class Standins:
    """A place with the stand-ins and one build directory for a platform."""

    tree: Path
    repositories: tuple[Path, ...]
    platform: Platform
    place: Path
    depot: Path | None = None

    @property
    def build_dir(self) -> Path:
        return self.place / "build"

    @property
    def tools(self) -> Path:
        """The directory that is the first of `PATH`."""
        return self.place / "tools"

    def prepare(self) -> None:
        """Make everything that is the same for all scripts."""
        tools = self.tools
        tools.mkdir(parents=True)
        recorder = tools / "recorder"
        recorder.write_text(_RECORDER)
        recorder.chmod(0o755)
        qemus = ("x86_64", "i386", "arm", "aarch64", "riscv64")
        for name in ("make", *(f"qemu-system-{one}" for one in qemus), *_OUTSIDE):
            (tools / name).symlink_to(recorder)
        for name in _TOOLS:
            (tools / (PREFIX + name)).symlink_to("/bin/true")
        (self.place / "included.tcl").write_text(_INCLUDED)

    def ask_original(self, name: str, goals: Sequence[str], binaries: Sequence[str]) -> Wishes:
        """Run a script of the tree by its own engine.

        `goals` yield what the rule says, others nothing; `binaries` are there from the start.
        """
        for part in ("bin", "var", "etc", "debug"):
            shutil.rmtree(self.build_dir / part, ignore_errors=True)
        for part in ("bin", "var/run", "etc"):
            (self.build_dir / part).mkdir(parents=True)
        for binary in binaries:
            made = self.build_dir / "bin" / binary
            made.write_text("#!/bin/true\n")
            made.chmod(0o755)
        notes = self.place / "notes"
        notes.unlink(missing_ok=True)
        self._write_artifacts(goals)
        done = subprocess.run(
            self._command(name),
            cwd=self.build_dir,
            env=self._environment(notes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
            text=True,
            errors="replace",
        )
        found = self._read(notes)
        found.exit_code, found.output = done.returncode, done.stdout
        return found

    def _command(self, name: str) -> list[str]:
        script = next(
            repo / "run" / f"{name}.run"
            for repo in self.repositories
            if (repo / "run" / f"{name}.run").is_file()
        )
        command = ["expect", "-N", "-n", str(self.tree / "tool/run/run")]
        command += ["--genode-dir", str(self.tree), "--name", name]
        command += ["--specs", " ".join(self.platform.specs), "--board", self.platform.board]
        command += ["--repositories", " ".join(map(str, self.repositories))]
        command += ["--cross-dev-prefix", PREFIX, "--qemu-args", "", "--make", "make"]
        if self.depot:
            command += ["--depot-dir", str(self.depot)]
        for include in (*self.platform.includes, str(self.place / "included.tcl"), str(script)):
            command += ["--include", include]
        return command

    def _environment(self, notes: Path) -> dict[str, str]:
        return {
            "PATH": f"{self.tools}:{os.environ['PATH']}",
            "HOME": str(self.place),
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "KERNEL": self.platform.kernel,
            "BOARD": self.platform.board,
            "STANDIN_NOTES": str(notes),
            "STANDIN_PLACE": str(self.place),
            "STANDIN_ARTIFACTS": str(self.place / "artifacts"),
        }

    def _write_artifacts(self, goals: Sequence[str]) -> None:
        wanted = {*goals, "bootstrap/hw", "core/hw", "kernel", "core/nova", "lib/ld-nova"}
        join = Interpreter().join
        (self.place / "artifacts").write_text(
            "\n".join(
                join([goal, join(artifacts_of_goal(goal, self.platform))])
                for goal in sorted(wanted)
            )
        )

    def _read(self, notes: Path) -> Wishes:
        found = Wishes()
        if not notes.exists():
            return found
        split = Interpreter().split
        for kind, value in zip(*[iter(split(notes.read_text()))] * 2, strict=True):
            words = list(split(value))
            if kind == "spawn" and words[0] == "make":
                found.goals += [word for word in words[1:] if word not in found.goals]
            elif kind == "spawn" and words[0].startswith("qemu-system-"):
                found.qemu = found.qemu or words
            elif kind == "modules":
                found.modules += [word for word in words if word not in found.modules]
            elif kind == "archives":
                found.archives += [word for word in words if word not in found.archives]
            elif kind in ("content", "linked"):
                found.content += [word for word in words if word not in found.content]
        return found
