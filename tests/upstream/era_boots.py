"""Scenarios of a release, built with the adopted compiler of the host and run to their verdict."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from genode_tool.toolchain.choice import choose_tools
from genode_tool.tree import SourceTree, create_builddir
from tests.upstream.configurations import Era

# The first of two names is of trees up to 16.11.
SCENARIOS = (
    *("printf", "log", "thread", "sub_rm", "signal", "resource_request"),
    *(
        "xml_generator",
        "synced_interface",
        "lx_hybrid_ctors",
        "lx_hybrid_exception",
        "lx_rmap_dynamic",
    ),
)
KERNELS = ("linux", "hw", "nova", "foc", "sel4")
_PORTS = ("nova", "foc", "sel4")
"""The kernels that are third-party code; from 14.05 on, ports are named like them."""

_SECONDS = 5400.0
_ENOUGH = 2
_HERE = Path(__file__).resolve().parents[2]
_ERROR = re.compile(r"(\S+?):(\d+):\d+: (?:fatal )?error: (.+)")
_RULE = re.compile(r"genode: error: (.+)")


@dataclass(frozen=True, slots=True)
class Boots:
    """The scenarios, how many failed, why those did that were tried, and a line about it."""

    scenarios: tuple[str, ...]
    failed: int
    wrong: tuple[str, ...]
    figure: str


def boot_scenarios(tree: Path, era: Era, work: Path, kernel: str) -> Boots | None:
    """Run the scenarios that `tree` has on `kernel`; None when it has no such kernel.

    What fails to build is told by file and line.
    """
    board = "linux" if kernel == "linux" else "pc"
    platform = _platform(era, kernel)
    found = SourceTree.at(tree)
    assert found is not None
    if platform is None or kernel not in found.kernels:
        return None
    build = work / f"{tree.name}-boots-{platform}"
    if not build.exists():
        tools = choose_tools("adopted", platform, tree)
        create_builddir(platform, build, tree=found, tools=tools)
    names = [name for name in SCENARIOS if any(tree.glob(f"**/run/{name}.run"))]
    if "log" in names:
        names = [name for name in names if name != "printf"]
    if kernel != "linux":
        names = [name for name in names if not name.startswith("lx_")]
    figure = f"{kernel}/{board}: {', '.join(names)}"
    if kernel in _PORTS and (reason := _call(build, "prepare", kernel)):
        return Boots(tuple(names), len(names), (f"port {kernel}: {reason}",), figure)
    wrong: list[str] = []
    failed = 0
    for tried, name in enumerate(names):
        if tried == len(wrong) == _ENOUGH:  # core itself does not work
            failed = len(names)
            break
        if reason := _run(tree, build, name, kernel, board):
            wrong.append(f"{name}: {reason}")
    failed = failed or len(wrong)
    return Boots(tuple(names), failed, tuple(wrong), figure)


def _platform(era: Era, kernel: str) -> str | None:
    for one in era.configurations:
        if one.prefix == "" and (one.kernel == kernel or one.platform.startswith(f"{kernel}_")):
            return one.platform
    return None


def _run(tree: Path, build: Path, name: str, kernel: str, board: str) -> str:
    """Run one scenario; return why it failed, "" when it passed."""
    words = ("run", name, f"KERNEL={kernel}", f"BOARD={board}", "--timeout-scale", "10")
    record = build / "var/run" / name / "verdict.json"
    record.unlink(missing_ok=True)
    reason = _call(build, *words)
    if record.exists():
        verdict = json.loads(record.read_text())
        if verdict["outcome"] != "build failed" and (reason or verdict["kernel"] != kernel):
            reason = f"{verdict['location']}: {verdict['outcome']}: {verdict['reason']}"
    return reason.replace(f"{tree}/", "").replace(f"{build}/", "")


def _call(build: Path, *words: str) -> str:
    """Call the tool; return its first message, by file and line if it has them, "" on success."""
    done = subprocess.run(
        (sys.executable, "-m", "genode_tool", "-C", str(build), *words),
        env=dict(os.environ, PYTHONPATH=str(_HERE), NO_COLOR="1"),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return ""
    said = done.stdout + done.stderr
    found = next((place for kind in (_ERROR, _RULE) if (place := kind.search(said))), None)
    return found.group(0) if found else (said.strip().splitlines() or ["no message"])[-1]
