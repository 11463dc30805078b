"""Several scenarios at a time, and the reports of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.scenarios.own_os import OwnOs
from tests.shared.waiting import LIMIT_S, until

_SYSTEM = """
build { core init test/log lib/ld }
create_boot_directory
install_config { <config>
  <parent-provides> <service name="LOG"/> <service name="PD"/> <service name="ROM"/>
  </parent-provides>
  <default-route> <any-service> <parent/> </any-service> </default-route>
  <start name="test-log"> <resource name="RAM" quantum="1M"/> </start> </config> }
build_boot_image [build_artifacts]
append qemu_args "-nographic "
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnOs]:
    system = OwnOs(tmp_path_factory.mktemp("parallel"))
    (system.mine / "run").mkdir(exist_ok=True)
    (system.mine / "run/late.run").write_text(_SYSTEM + "run_genode_until {never comes} 2\n")
    (system.mine / "run/endless.run").write_text(_SYSTEM + "run_genode_until {never comes} 900\n")
    (system.mine / "run/unbuilt.run").write_text("build { test/nothing_of_that_name }\n")
    yield system


@pytest.fixture(scope="module")
def reports(own: OwnOs) -> Path:
    done = own.genode(
        *("run", "log", "late", "unbuilt", "-j3", "--retries", "1", "--screenshot"),
        *("--kernel", "hw", "--kernel", "linux", "--report", str(own.outside / "re ports")),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 passed, 4 failed" in done.stdout
    lines = done.stdout.splitlines()  # logs of several machines would mix
    assert not any(line.startswith("[init -> test-log]") for line in lines)
    return own.outside / "re ports"


def test_verdicts_of_both_kernels(reports: Path) -> None:
    data = json.loads((reports / "report.json").read_text())
    outcomes = {(one["name"], one["kernel"]): one["outcome"] for one in data["runs"]}
    assert outcomes == {
        (name, kernel): outcome
        for name, outcome in (
            ("log", "passed"),
            ("late", "time-out"),
            ("unbuilt", "build failed"),
        )
        for kernel in ("hw", "linux")
    }
    attempts = {one["name"]: one["attempts"] for one in data["runs"]}
    assert attempts == {"log": 1, "late": 2, "unbuilt": 1}
    for one in data["runs"]:
        if one["name"] == "log":
            assert any(text == "[init -> test-log] Test done." for _, text in one["log"])


def test_one_name_never_runs_twice_at_once(reports: Path) -> None:
    data = json.loads((reports / "report.json").read_text())
    for name in ("log", "late"):
        first, second = sorted(
            (one["started"], one["started"] + one["seconds"])
            for one in data["runs"]
            if one["name"] == name
        )
        assert first[1] <= second[0] + 0.05


def test_junit_of_both_kernels(reports: Path) -> None:
    root = ElementTree.parse(reports / "junit.xml").getroot()
    assert {suite.get("name"): suite.get("tests") for suite in root} == {
        "hw/pc": "3",
        "linux/linux": "3",
    }


def test_page_in_a_browser(reports: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium here")
    done = subprocess.run(
        [
            *("prlimit", "--as=unlimited"),  # browsers reserve more than tests may have
            *(browser, "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={tmp_path}", "--virtual-time-budget=2000", "--dump-dom"),
            (reports / "report.html").as_uri(),
        ],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    assert ">6 of 6<" in shown  # written by the page's own script
    assert shown.count('<details class="run"') == 6
    assert "data:image/png;base64," in shown


def test_the_exit_code_and_the_json_of_one(own: OwnOs) -> None:
    done = own.genode("run", "late", "--json", "KERNEL=linux")
    assert done.returncode == 254
    assert json.loads(done.stdout)["runs"][0]["outcome"] == "time-out"
    assert "late: time-out" in done.stderr


def test_warnings_about_several_configurations_are_counted_and_kept(own: OwnOs) -> None:
    shown = own.genode("run", "routing", "KERNEL=linux")
    assert "routing: passed" in shown.stdout, shown.stdout + shown.stderr
    warnings = [line for line in shown.stdout.splitlines() if line.startswith("genode: warning: ")]
    assert warnings
    # A name that is given twice is one scenario.
    several = own.genode("run", "routing", "log", "routing", "KERNEL=linux")
    assert "2 passed, 0 failed" in several.stdout, several.stdout + several.stderr
    assert "genode: warning: " not in several.stdout
    plural = "s" if len(warnings) > 1 else ""
    assert f"genode: {len(warnings)} warning{plural} about configurations" in several.stdout
    kept = (own.build / "var/run/routing/configuration.log").read_text().splitlines()
    assert [f"genode: warning: {line}" for line in kept] == warnings
    detailed = own.genode("-v", "run", "routing", "log", "KERNEL=linux")
    assert set(warnings) <= set(detailed.stdout.splitlines())
    own.must("run", "log", "KERNEL=linux")
    assert not (own.build / "var/run/log/configuration.log").exists()


def test_interruption_ends_all_machines(own: OwnOs) -> None:
    own.must("make", "core", "init", "test/log", "lib/ld", "KERNEL=hw")
    shutil.copy(own.mine / "run/endless.run", own.mine / "run/endless2.run")
    child = own.start("run", "endless", "endless2", "-j2", "KERNEL=hw")
    try:
        logs = [own.build / "var/run" / name / "serial.log" for name in ("endless", "endless2")]

        def up() -> bool:
            assert child.poll() is None, child.communicate()
            return all(log.is_file() and "Test done" in log.read_text() for log in logs)

        until(up, "both machines")
        os.killpg(child.pid, signal.SIGINT)
        said, _ = child.communicate(timeout=LIMIT_S)
        assert child.returncode == 130, said
        assert "Traceback" not in said
        until(lambda: not [one for one in _processes() if str(own.build) in one], "their end")
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)


def _processes() -> list[str]:
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                lines.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except (OSError, UnicodeDecodeError):
                continue
    return lines


def test_all_are_those_that_apply_here(own: OwnOs) -> None:
    """An unsupported scenario, or one with a missing port, is not a failure of `--all`."""
    for script in (own.mine / "run").glob("*.run"):
        script.unlink()
    for repository in ("os", "demo"):
        shutil.rmtree(own.tree / "repos" / repository / "run")
    (own.tree / "repos/base/run").rename(own.outside / "run of base")
    shutil.copytree(own.tree / "repos/libports/run", own.mine / "run", dirs_exist_ok=True)
    own.script("for_hw", "assert_spec hw\nexit 0\n")
    contrib = own.outside / "contrib"
    done = own.genode(
        *("run", "--all", "-j2", "--kernel", "hw", "--kernel", "linux", "--json"),
        f"CONTRIB_DIR={contrib}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = "genode: missing ports: run `genode prepare expat libpng lua lz4 zlib`"
    assert wanted in done.stderr
    runs = {(one["name"], one["kernel"]): one for one in json.loads(done.stdout)["runs"]}
    assert runs["for_hw", "hw"]["outcome"] == "passed"
    assert runs["for_hw", "linux"]["outcome"] == "skipped"
    assert runs["hw_abuse", "hw"]["outcome"] == "passed"
    assert ("hw_abuse", "linux") not in runs
    assert runs["zlib", "linux"]["outcome"] == "skipped"
    assert "port `zlib` is not prepared" in runs["zlib", "linux"]["reason"]
