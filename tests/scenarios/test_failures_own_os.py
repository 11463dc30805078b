"""Every way in which a scenario can fail, on our own OS in QEMU: its code and its words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.own_os import OwnOs
from tests.shared.standin import needs_qemu

pytestmark = needs_qemu

_STARTED = "run_genode_until {Test done\\..*\\n} 60\nset spawn_id [output_spawn_id]\n"
_MONITOR = 'send "\\x01c"\nrun_genode_until {\\(qemu\\)} 30 $spawn_id\n'
_AFTER = "run_genode_until {never comes} 30 $spawn_id\n"

FAILURES = {
    "mismatch": (
        f"{_STARTED}grep_output {{own type}}\ncompare_output_to {{own type: none}}\n",
        ("mismatch", 255, '"own type: none", got "[init -> test-log] own type:'),
    ),
    "late": (
        f"{_STARTED}run_genode_until {{never comes}} 1 $spawn_id\n",
        ("time-out", 254, '"never comes" did not come within 1 s'),
    ),
    "misread": (
        f"{_STARTED}grep_output {{an error looks}}\ncompare_output_to {{none}}\n",
        ("mismatch", 255, '; the log says "[init -> test-log] Error: an error looks like this"'),
    ),
    "impatient": (
        f"{_STARTED}run_genode_until {{never comes}} 0 $spawn_id\n",
        ("time-out", 254, '"never comes" had not come yet, and there is no time to wait for it'),
    ),
    "unclosed": (
        f"{_STARTED}if {{1}} {{\n",
        ("script error", 2, "this command does not end before the script does"),
    ),
    "twice": (
        f"{_STARTED}run_genode_until {{small numbers}} 1 $spawn_id\n",
        ("time-out", 254, '"small numbers" did not come within 1 s'),
    ),
    "crashed": (
        "run_genode_until {never comes} 4\n",
        ("time-out", 254, "; the log says"),
    ),
    "reboot": (
        f'{_STARTED}{_MONITOR}send "system_reset\\n\\x01c"\n{_AFTER}',
        ("reboot", 252, "the machine rebooted unexpectedly"),
    ),
    "killed": (
        f'{_STARTED}exec sh -c "kill -9 [exp_pid]"\n{_AFTER}',
        (
            "end of output",
            253,
            'output ended before "never comes" came: QEMU was killed by SIGKILL',
        ),
    ),
    "ended": (
        f'{_STARTED}{_MONITOR}send "quit\\n"\n{_AFTER}',
        ("end of output", 253, "QEMU ended with exit status 0"),
    ),
    "wrong": (
        "set x $nothing\n",
        ("script error", 2, 'can\'t read "nothing": no such variable'),
    ),
}
"""The end of a script, after its image was built, and the way it fails."""

OTHERS = {
    "unbuilt": ("build { core test/broken }\n", ("build failed", 252, "COMPILE")),
    "no_image": (
        "create_boot_directory\nbuild_boot_image { core nothing_of_that_name }\n",
        ("no image", 2, "boot module never built: nothing_of_that_name"),
    ),
    "not_made": ("run_genode_until x 1\n", ("no image", 2, "no image to start")),
}
"""Whole scripts, and how they fail."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    own = OwnOs(tmp_path_factory.mktemp("failures"))
    own.component("crash", "__builtin_trap();")
    own.component("broken", "this is no C++;")
    log = (own.tree / "repos/base/run/log.run").read_text().split("run_genode_until")[0]
    for name, (rest, _) in FAILURES.items():
        text = log.replace("test/log", "test/crash").replace("test-log", "test-crash")
        own.script(name, (text if name == "crashed" else log) + rest)
    for name, (whole, _) in OTHERS.items():
        own.script(name, whole)
    done = own.genode("run", *FAILURES, *OTHERS, "-j2", "--kernel", "hw", "--report", "out")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{len(FAILURES) + len(OTHERS)} failed" in done.stdout
    data = json.loads((own.build / "out/report.json").read_text())
    yield {one["name"]: one for one in data["runs"]}


@pytest.mark.parametrize("name", [*FAILURES, *OTHERS])
def test_each_failure_has_its_code_and_its_words(runs: dict[str, Any], name: str) -> None:
    outcome, code, words = {**FAILURES, **OTHERS}[name][1]
    run = runs[name]
    assert (run["outcome"], run["exit_code"]) == (outcome, code), run["reason"]
    assert words in run["reason"]


def test_a_wait_for_what_a_former_wait_took_is_told(runs: dict[str, Any]) -> None:
    assert runs["twice"]["hint"].startswith("it came earlier, in output that a former wait took")
    assert "give the seconds to wait" in runs["impatient"]["hint"]


def test_a_script_without_its_end_is_refused_before_anything_is_built(
    runs: dict[str, Any],
) -> None:
    assert not runs["unclosed"]["phases"]
