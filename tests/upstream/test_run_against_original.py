"""Our engine builds, puts into the image and starts the same things as the original's engine.

Both follow every run script of the tree with the same stand-ins: nothing is compiled, no machine
is started, the depot holds an empty archive for each recipe. Where the original ended early (it
misses a program of the host, or the network), what it wanted until then is the beginning of what
our plan names.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.events import discard
from genode_tool.run.context.run_scripts import all_scenarios
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.engine.scenario_runner import run_all
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import ScenarioPlan
from genode_tool.settings.layered import LayeredSettings, settings_of
from tests.upstream.conftest import Figure
from tests.upstream.plan_figures import repositories_of
from tests.upstream.standin_depot import make_depot
from tests.upstream.standins import (
    PREFIX,
    Platform,
    Standins,
    Wishes,
    artifacts_of_goal,
)

_X86 = ("x86", "x86_64", "64bit")
_PLATFORMS = (
    Platform("linux", "linux", (*_X86, "linux")),
    Platform("hw", "pc", (*_X86, "hw")),
    Platform("nova", "pc", (*_X86, "nova")),
    Platform("hw", "virt_qemu_arm_v8a", ("arm_64", "arm_v8", "arm_v8a", "64bit", "hw")),
)

# Scripts of which the two are known to differ, and why that is so.
_DIFFERENT = {
    "usb_serial": "the original takes `usb-serial` for the option -serial and adds no console",
    "usb_serial_bash": "as usb_serial",
}

# What has to be among the scripts that are followed to the end on at least one platform: this is
# where the idioms of run scripts are.
_CHOSEN = (
    *("log", "thread", "smp", "hpet", "timer_accuracy", "sub_rm", "migrate", "kernel_time"),
    *("lx_fs", "lx_fs_import", "lx_hybrid_ctors", "nova", "cpu_scheduler", "bomb", "cpu_bench"),
    *("demo", "event_filter", "framebuffer", "init_smp", "depot_autopilot", "log_core"),
    *("nic_dump", "nic_router", "nic_uplink", "ping", "ping_nic_router", "nvme", "ahci_block"),
    *("tar_rom", "timeout", "usb_block", "vfs_block", "rtc", "monitor"),
    *("libc", "libc_vfs_fat", "libc_vfs_ext2", "lwip", "extract", "fs_rom_update_fat"),
    *("nic_bridge", "netty_lwip_tcp", "acpica", "terminal_log", "wm", "depot_query"),
    *("file_vault", "vim", "bash", "pc_nic", "hello"),
)


@dataclass(frozen=True, slots=True)
class _Facts:
    """A build directory as the stand-ins have it; `make` leaves empty files."""

    path: Path
    genode_dir: Path
    repositories: tuple[Path, ...]
    platform: Platform

    @property
    def specs(self) -> tuple[str, ...]:
        return self.platform.specs

    @property
    def kernel(self) -> str:
        return self.platform.kernel

    @property
    def board(self) -> str:
        return self.platform.board

    @property
    def settings(self) -> LayeredSettings:
        return settings_of(self.genode_dir, self.path)

    def variable(self, name: str) -> str:
        return PREFIX if name == "CROSS_DEV_PREFIX" else ""

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        made = self.artifacts_of(goals)
        for name in made:
            (self.path / "bin" / name).write_text("#!/bin/true\n")
            (self.path / "bin" / name).chmod(0o755)
        return made

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for goal in goals for name in artifacts_of_goal(goal, self.platform))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both engines for one platform."""

    standins: Standins
    facts: _Facts
    switches: tuple[str, ...]

    @staticmethod
    def of(tree: Path, platform: Platform, place: Path) -> _Pair:
        repositories = repositories_of(tree, platform.kernel)
        spec = "arm_v8a" if "arm_v8a" in platform.specs else "x86_64"
        depot = make_depot(repositories, spec, place / "depot")
        standins = Standins(tree, repositories, platform, place / "original", depot)
        standins.prepare()
        (place / "ours").mkdir()
        words = [word for include in platform.includes for word in ("--include", include)]
        return _Pair(
            standins,
            _Facts(place / "ours", tree, repositories, platform),
            (*words, "--depot-dir", str(depot)),
        )

    def plan(self, name: str) -> ScenarioPlan:
        options = RunOptions(switches=self.switches)
        ((_, plan),) = plan_all(self.facts, [name], options, discard)
        return plan

    def original(self, name: str, plan: ScenarioPlan) -> Wishes:
        """Ask the original, with the files that our plan names if it gets further with them."""
        bare = self.standins.ask_original(name, plan.goals, ())
        if not plan.modules or (bare.modules and not bare.exit_code):
            return bare
        kernel = self.facts.kernel
        own = {"ld.lib.so": f"ld-{kernel}.lib.so", "timer": f"{kernel}_timer", "core": "core-linux"}
        own["timer"] = "linux_timer" if kernel == "linux" else own["timer"]
        files = [*plan.modules, *(own[name] for name in plan.modules if name in own)]
        full = self.standins.ask_original(name, plan.goals, files)
        return max(bare, full, key=lambda one: (bool(one.qemu), len(one.content), len(one.goals)))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A display, so that neither engine changes what a script says about windows."""
    monkeypatch.setenv("DISPLAY", ":0")


@pytest.fixture(scope="module")
def seen() -> dict[str, str]:
    """The scripts that were equal on some platform."""
    return {}


def _pair(tree: Path, platform: Platform, place: Path) -> _Pair:
    if not (tree / "tool/run/boot_dir" / platform.kernel).is_file() or not list(
        tree.glob("repos/*/recipes/src")
    ):
        pytest.skip("the tree's engine has no such run modules, or it has no depot")
    if shutil.which("expect") is None:
        pytest.skip("expect missing")
    return _Pair.of(tree, platform, place)


@pytest.mark.parametrize("platform", _PLATFORMS, ids=lambda one: one.name)
def test_plans_are_what_the_original_asks_for(
    tree: Path,
    tmp_path: Path,
    figure: Figure,
    screen: None,
    seen: dict[str, str],
    platform: Platform,
) -> None:
    pair = _pair(tree, platform, tmp_path)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name in all_scenarios(pair.facts.repositories):
        if name in _DIFFERENT:
            counts["left out"] += 1
            continue
        plan = pair.plan(name)
        wanted = pair.original(name, plan)
        problems = _differences(plan, wanted, platform)
        if problems:
            wrong += [f"{name} (the original left with {wanted.exit_code}): {p}" for p in problems]
        elif not wanted.modules:
            counts["equal up to where the original ended without an image"] += 1
        else:
            counts["equal with an image"] += 1
            seen[name] = platform.name
    shown = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    figure(f"{platform.name}: {shown}")
    assert wrong == []


def test_the_chosen_scripts_were_among_them(seen: dict[str, str], figure: Figure) -> None:
    if not seen:
        pytest.skip("the comparison did not run")
    figure(f"{len(seen)} scripts are equal with an image on some platform")
    assert [name for name in _CHOSEN if name not in seen] == []


def test_boot_directories_are_filled_alike(
    tree: Path, tmp_path: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Linux, where the boot directory is the image: the same files, for each script."""
    pair = _pair(tree, _PLATFORMS[0], tmp_path)
    monkeypatch.setenv("PATH", f"{pair.standins.tools}:{os.environ['PATH']}")
    same = 0
    wrong: list[str] = []
    for name in all_scenarios(pair.facts.repositories):
        if name in _DIFFERENT or name.startswith("sculpt"):
            continue
        plan = pair.plan(name)
        wanted = pair.original(name, plan)
        if wanted.exit_code or not wanted.content:
            continue
        build = pair.facts.path
        shutil.rmtree(build)
        shutil.copytree(pair.standins.build_dir / "bin", build / "bin", symlinks=True)
        for module in plan.modules:  # those that the script itself made are gone by now
            (build / "bin" / module).touch()
        switches = (*pair.switches, "--no-config-check")
        (verdict,) = run_all(
            pair.facts, [name], RunOptions(switches=switches, boot_attempts=1), discard
        )
        directory = build / "var/run" / name / "genode"
        found = sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []
        if found == sorted(set(wanted.content)):
            same += 1
        else:
            odd = sorted({*found} ^ {*wanted.content})
            wrong.append(f"{name}: {', '.join(odd)}: {verdict.reason}")
    figure(f"{same} boot directories are equal")
    assert wrong == []


def _differences(plan: ScenarioPlan, wanted: Wishes, platform: Platform) -> list[str]:
    """Return how the plan differs from what the original wanted, as far as it came."""
    partial = wanted.exit_code != 0
    found = []
    for what, ours, theirs in (
        ("goals", plan.goals, wanted.goals),
        ("modules", plan.modules, wanted.modules),
        ("archives", plan.archives, wanted.archives),
        ("QEMU", _without_monitor(plan.command), _without_monitor(wanted.qemu)),
    ):
        if what == "QEMU" and platform.kernel == "linux":
            continue
        if ours != theirs and not (partial and ours[: len(theirs)] == theirs):
            found.append(f"{what}: ours {ours}, the original's {theirs}")
    return found


def _without_monitor(words: Sequence[str]) -> list[str]:
    """Level out that our console always has QEMU's monitor behind it."""
    return ["stdio" if word == "mon:stdio" else word for word in words]
