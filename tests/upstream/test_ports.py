"""Port descriptions have the same values under GNU make and under our evaluator."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from genode_tool.makefile import ParseCache
from tests.upstream.conftest import Figure
from tests.upstream.judge import evaluate, run_make

_DRIVER = """
SHOWN := LICENSE VERSION DOWNLOADS PATCHES DIRS PATCH_OPT HASH_INPUT \\
         URL% DIR% SHA% REV% SIG% KEY% NAME% TAR_OPT% UNZIP_OPT% CONTENT%
-include $(GENODE_DIR)/tool/ports/mk/common.inc
include $(PORT)
SHOWN := $(sort $(filter $(SHOWN),$(.VARIABLES)))
$(foreach V,$(SHOWN),$(info @@$V [$(flavor $V)] $($V)))
.PHONY: nothing
nothing:
"""


_LACKS = re.compile(r"Need to have '([\w.-]+)'(?: version ([\d.]+))? installed")


def _pretend(tools: Path, message: str) -> bool:
    """Create a stand-in for a tool that a port needs; return whether one was missing.

    Nothing of the ports is run: a tool only has to be found.
    """
    lacks = _LACKS.search(message)
    if lacks is None:
        return False
    tool = tools / (lacks.group(1) + (lacks.group(2) or ""))
    if tool.exists():
        return False
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    return True


def _values(printed: str) -> dict[str, str]:
    found = {}
    for entry in ("\n" + printed.rstrip("\n")).split("\n@@")[1:]:
        name, _, value = entry.partition(" ")
        found[name] = value
    return found


def test_ports_have_the_same_values(tree: Path, tmp_path: Path, figure: Figure) -> None:
    ports = sorted(tree.glob("repos/*/ports/*.port"))
    if not ports:
        pytest.skip("the tree has no port descriptions")
    driver = tmp_path / "driver.mk"
    driver.write_text(_DRIVER)
    tools = tmp_path / "tools"
    tools.mkdir()
    environment = {"PATH": f"{os.environ['PATH']}:{tools}", "HOME": str(tmp_path)}
    cache = ParseCache()
    wrong = []
    compared = failed = 0
    for port in ports:
        variables = {
            "GENODE_DIR": str(tree),
            "PORT": str(port),
            "REP_DIR": str(port.parent.parent),
            "PORT_NAME": port.stem,
        }
        arguments = [f"{name}={value}" for name, value in variables.items()]
        call = ["-f", str(driver), *arguments, "nothing"]
        printed, messages, status = run_make(call, tmp_path, environment)
        while status and _pretend(tools, messages):
            printed, messages, status = run_make(call, tmp_path, environment)
        theirs = _values(printed.replace("make: Nothing to be done for 'nothing'.\n", ""))
        _, said, error = evaluate(
            [str(driver)], tmp_path, environment, variables, goals=["nothing"], cache=cache
        )
        ours = _values("\n".join(said))
        if status or error:
            failed += 1
            if bool(status) != (error is not None):
                wrong.append(f"{port.name}: status {status} {messages.strip()} / {error}")
            continue
        for name in sorted(theirs.keys() | ours.keys()):
            compared += 1
            if theirs.get(name) != ours.get(name):
                wrong.append(f"{port.name}: {name}: {theirs.get(name)!r} / {ours.get(name)!r}")
    figure(
        f"{len(ports)} ports, {compared} values, {len(wrong)} differ;"
        f" {failed} ports cannot be evaluated by either"
    )
    assert compared > 500
    assert wrong == []
