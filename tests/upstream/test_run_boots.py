"""Scenarios of a tree of the original, built with adopted compilers and booted to their verdict.

`GENODE_UPSTREAM_BUILD` names build directories of the tree, separated by colons, each set up for
one instruction set (`genode create-builddir`, then `genode tool-chain adopt`), with the
repositories that the scenarios are in. `GENODE_UPSTREAM_DEPOT` is a depot with the archives
that some scripts import. What is missing, a scenario or an archive, is skipped.

Not chosen are scenarios that need hardware or KVM, third-party code that is not everywhere to
be had, or a person who looks; those that demand of an emulated machine on a busy host that two
processors get on evenly (`smp`) or that time passes as in the world outside (`timer_accuracy`
on NOVA, `timeout` on Linux) or that threads never lose a processor between two steps
(`timeout_smp` on NOVA); and `cache` where memory beyond its buffers is not mapped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.upstream.conftest import Figure

_SECONDS = 3000.0
_HERE = Path(__file__).resolve().parents[2]
_BANNER = r"Genode \d\d\.\d\d"


@dataclass(frozen=True)
class Platform:
    """A kernel on a board; `architecture` is what a build directory for it has in its specs.

    `proof` is what the kernel, or what boots it, prints of itself.
    """

    kernel: str
    board: str
    architecture: str
    proof: str

    def __str__(self) -> str:
        return f"{self.kernel}/{self.board}"


_LINUX = Platform("linux", "linux", "x86_64", _BANNER)
_HW = Platform("hw", "pc", "x86_64", "kernel initialized")
_NOVA = Platform("nova", "pc", "x86_64", "Hypervisor NOVA ")
_FOC = Platform("foc", "pc", "x86_64", r"L4/Fiasco\.OC microkernel")
_SEL4 = Platform("sel4", "pc", "x86_64", "dropped to user space")
_ARM = Platform("hw", "virt_qemu_arm_v8a", "arm_v8a", "kernel initialized")
_ALL = (_LINUX, _HW, _NOVA, _FOC, _SEL4, _ARM)
_THREE = (_LINUX, _HW, _NOVA)
_PCS = (_HW, _NOVA)

_GONE_WELL = 'child "{}" exited with exit value 0'

# What a scenario prints when all went well, and where it can be run.
_SCENARIOS: tuple[tuple[str, str, tuple[Platform, ...]], ...] = (
    ("log", "Test done", _ALL),
    ("block_request_stream", _GONE_WELL.format("block_tester"), _THREE),
    ("bomb", "Done. Going to sleep", _THREE),
    ("dns", _GONE_WELL.format("dns_test"), _THREE),
    ("event_filter", _GONE_WELL.format("test-event_filter"), (_LINUX, _HW)),
    ("hello", "hello test completed", _THREE),
    ("nic_bridge_stress", _GONE_WELL.format("nic_stress_1"), _THREE),
    ("nic_router_dhcp_managed", "DHCP request completed", _THREE),
    ("nic_router_dhcp_unmanaged", "DHCP request completed", _THREE),
    ("nic_router_stress", _GONE_WELL.format("nic_stress_1"), _THREE),
    ("rtc", "RTC test finished", _THREE),
    ("smp", "SMP testsuite finished", (_LINUX,)),
    ("sub_rm", "end of sub-rm test", _THREE),
    ("tar_rom", "timer test", _THREE),
    ("thread", "test completed successfully", _THREE),
    ("timeout_smp", _GONE_WELL.format("test"), (_LINUX, _HW)),
    ("timer_accuracy", "test-timer_accuracy]", (_LINUX, _HW)),
    ("timer_rate", _GONE_WELL.format("test"), _THREE),
    ("cache", "test-cache done", (_NOVA,)),
    ("ahci_block", "all tests finished", _PCS),
    ("monitor", _GONE_WELL.format("test-monitor"), (_HW,)),
    ("nvme", _GONE_WELL.format("block_tester"), _PCS),
    ("smbios_decoder", "description: BIOS Information", _PCS),
    ("timeout", _GONE_WELL.format("test"), _PCS),
    ("lx_hybrid_ctors", _GONE_WELL.format("test-lx_hybrid_ctors"), (_LINUX,)),
    ("lx_hybrid_errno", "finished thread-local errno test", (_LINUX,)),
    ("lx_hybrid_exception", _GONE_WELL.format("test-lx_hybrid_exception"), (_LINUX,)),
    ("lx_hybrid_pthread_ipc", "finished pthread IPC test", (_LINUX,)),
    ("lx_rmap_dynamic", "exited with exit value 0", (_LINUX,)),
    ("lx_rmap_static", "exited with exit value 0", (_LINUX,)),
    ("region_map_mmap", "Signalling test finished", (_LINUX,)),
    ("rom_to_file", "finished", (_LINUX,)),
    ("cpu_scheduler", _GONE_WELL.format("test-cpu_scheduler"), (_HW,)),
    ("migrate", "test completed successfully", (_NOVA,)),
    ("nova", "Test finished", (_NOVA,)),
    ("scale_priority", "exited with exit value 0", (_NOVA,)),
)


def _cases() -> Iterator[object]:
    for name, proof, platforms in _SCENARIOS:
        for platform in platforms:
            where = f"{platform.kernel}-{platform.board}"
            yield pytest.param(platform, name, proof, id=f"{where}-{name}")


@pytest.fixture(scope="session")
def builds() -> dict[str, Path]:
    """Return the build directory for each instruction set."""
    found: dict[str, Path] = {}
    for word in filter(None, os.environ.get("GENODE_UPSTREAM_BUILD", "").split(":")):
        directory = Path(word).resolve()
        specs = (directory / "etc/specs.conf").read_text()
        for architecture in re.findall(r"SPECS\s*\+?=\s*(\S+)", specs):
            found.setdefault(architecture, directory)
    if not found:
        pytest.skip("GENODE_UPSTREAM_BUILD names no build directory")
    return found


@pytest.mark.timeout(_SECONDS + 60)
@pytest.mark.parametrize(("platform", "name", "proof"), tuple(_cases()))
def test_a_scenario_passes(
    tree: Path,
    builds: dict[str, Path],
    figure: Figure,
    platform: Platform,
    name: str,
    proof: str,
) -> None:
    build = builds.get(platform.architecture)
    if build is None:
        pytest.skip(f"no build directory for {platform.architecture}")
    if not any(tree.glob(f"repos/*/run/{name}.run")):
        pytest.skip(f"the tree has no scenario {name}")
    depot = os.environ.get("GENODE_UPSTREAM_DEPOT")
    words = ["run", name, "--kernel", platform.kernel, "--board", platform.board]
    if depot:
        words += ["--switch", f"--depot-dir {depot}"]
    result = subprocess.run(
        [sys.executable, "-m", "genode_tool", "-C", str(build), *words],
        env=dict(os.environ, PYTHONPATH=str(_HERE), NO_COLOR="1"),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        check=False,
    )
    said = result.stdout + result.stderr
    if " missing in the depot " in said:
        pytest.skip("the depot lacks archives of this scenario")
    assert result.returncode == 0, said[-4000:]
    record = build / "var/run" / name
    verdict = json.loads((record / "verdict.json").read_text())
    assert (verdict["outcome"], verdict["exit_code"]) == ("passed", 0)
    assert (verdict["kernel"], verdict["board"]) == (platform.kernel, platform.board)
    serial = (record / "serial.log").read_text(errors="replace")
    boots = list(re.finditer(platform.proof, serial))
    assert len(boots) == 1, "the kernel booted once"
    assert re.search(_BANNER, serial[boots[0].start() :])
    assert proof in serial[boots[0].end() :], serial[-2000:]
    figure(f"{platform} {name}: {verdict['seconds']:.1f} s")
