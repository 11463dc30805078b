"""Predictions about configurations against our own OS; and mistakes that are found before."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.config import read_document
from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.routing.resolution import Answer, resolve
from genode_tool.config.system.model import Dialect, System
from genode_tool.config.system.reader import read_system
from genode_tool.events import discard
from genode_tool.run.configuration.examination import examine_image
from genode_tool.run.context.run_scripts import all_scenarios, find_scenario
from genode_tool.run.context.tree_build import TreeBuild
from genode_tool.run.engine.scenario_planner import plan_lightly
from genode_tool.run.options import RunOptions
from genode_tool.tree import BuildDirectory
from tests.scenarios.own_os import CHECKOUT, OwnOs

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("g++", "ld", "ar", "objcopy")),
    reason="compiler missing",
)

# What init reports: who got a session of what, with the label that the server sees.
_OPENED = re.compile(
    r'\[(init[^]]*)\] child "([^"]+)": session (\S+) \(label "([^"]*)"\) from'
    r' (init|parent|child "([^"]+)")'
)
_REFUSED = re.compile(r'\[(init[^]]*)\] Error: child "([^"]+)": no route to service "([^"]+)"')


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> OwnOs:
    return OwnOs(tmp_path_factory.mktemp("own"))


def _predicted(system: System, client: str, service: str, label: str) -> str:
    start = system.child(client)
    assert start is not None
    found = resolve(system, start, service, label)
    if found.answer is Answer.CHILD and found.server is not None:
        return f'child "{found.server.name}"'
    return {Answer.CONFIG: "init", Answer.PARENT: "parent"}.get(found.answer, "nobody")


@pytest.mark.parametrize(
    ("name", "sessions", "kernel"),
    [
        ("routing", 13, "linux"),
        ("subsystem", 10, "hw"),
        ("nested_init", 5, "linux"),
        ("timer", 3, "linux"),
    ],
)
def test_init_opens_the_sessions_that_the_routes_predict(
    own: OwnOs, name: str, sessions: int, kernel: str
) -> None:
    """Each session of the log has the predicted server; each refusal was predicted as well."""
    script = CHECKOUT / "repos/os/run" / f"{name}.run"
    text = script.read_text().replace("<config>\n", '<config verbose="yes">\n')
    # Errors that a nested instance reports may come anywhere: the log is what we are after.
    own.script(f"verbose_{name}", text.partition("set complete_output")[0])
    if kernel == "hw" and shutil.which("qemu-system-x86_64") is None:
        pytest.skip("QEMU missing")
    done = own.genode("run", f"verbose_{name}", "--kernel", kernel)
    assert "passed" in done.stdout, done.stdout + done.stderr
    run = own.build / f"var/run/verbose_{name}"
    log = (run / "serial.log").read_text()
    document = read_document((run / "config").read_text(), "config")
    systems = {" -> ".join(one.path): one for one in read_system(document, Dialect.OWN).instances()}
    opened = _OPENED.findall(log)
    assert len(opened) >= sessions, log
    for path, client, service, full, answer, _ in opened:
        label = full.removeprefix(client).removeprefix(" -> ")
        assert _predicted(systems[path], client, service, label) == answer, (path, client, service)
    for path, client, service in _REFUSED.findall(log):
        start = systems[path].child(client)
        assert start is not None
        labels = ["", "one", "two"]
        assert any(
            resolve(systems[path], start, service, label).answer is Answer.NOBODY
            for label in labels
        )
    # What explicit routes to children promise to a client that came so far, came about.
    seen = {(path, client, service) for path, client, service, *_ in opened}
    ended = set(re.findall(r'child "([^"]+)" exited', log))
    for path, system in systems.items():
        for start in system.children:
            for rule in start.rules if start.own_route and start.name in ended else ():
                if rule.service and _predicted(system, start.name, rule.service, "one") not in (
                    "nobody",
                    "parent",
                ):
                    assert (path, start.name, rule.service) in seen


def _misspelt(own: OwnOs, name: str) -> Path:
    text = (CHECKOUT / "repos/os/run/routing.run").read_text()
    return own.script(name, text.replace('label="one"', 'label_prefx="one"', 1))


def test_a_misspelt_attribute_stops_the_scenario_before_any_build(tmp_path: Path) -> None:
    own = OwnOs(tmp_path)
    script = _misspelt(own, "misspelt")
    script.write_text(script.read_text().replace("tolerate_config_mistakes", "# "))
    line = script.read_text()[: script.read_text().index("label_prefx")].count("\n") + 1
    done = own.genode("run", "misspelt")
    assert done.returncode == 2
    assert f"{script}:{line}:" in done.stdout
    assert "<service> has no attribute `label_prefx` [init]" in done.stdout
    assert "did you mean `label_prefix`?" in done.stdout
    assert not (own.build / "compile_commands.json").exists()
    assert not (own.build / "bin").exists() or not list((own.build / "bin").iterdir())

    checked = own.genode("config", "check", "misspelt")
    assert checked.returncode == 1
    assert f"{script}:{line}:28: error: <service> has no attribute" in checked.stdout
    switched = own.genode("run", "misspelt", "--plan")
    assert switched.returncode == 0


def test_the_own_scenarios_have_no_errors_but_the_wanted_ones(own: OwnOs) -> None:
    variables = {"KERNEL": "linux", "BOARD": "linux"}
    directory = BuildDirectory.open(own.build, variables)
    build = TreeBuild(directory, RunOptions(), discard)
    looked_at = 0
    for name in all_scenarios(build.repositories):
        _, plan = plan_lightly(build, name)
        script = find_scenario(build.repositories, name)
        for image in plan.images:
            found = examine_image(build, script, image, CheckOptions())
            assert found is not None
            looked_at += 1
            if script.is_relative_to(own.tree):
                assert bool(found.errors) == bool(plan.mistakes_wanted), (name, found.errors)
    assert looked_at > 9


def test_the_trusted_computing_base_counts_what_an_independent_count_finds(own: OwnOs) -> None:
    """The judge reads what the compiler prints with rules of its own, in awk."""
    done = own.genode("tcb", "log", "test-log", "--json", "KERNEL=linux", "BOARD=linux")
    assert done.returncode == 0, done.stderr
    base = json.loads(done.stdout)
    assert [(one["path"], one["role"]) for one in base["components"]] == [
        (["init", "test-log"], "itself"),
        (["init"], "parent"),
        ([], "core"),
    ]
    parts = [*base["components"], *base["libraries"]]
    everything: set[tuple[Path, int]] = set()
    for part in parts:
        lines = _independent_count(own.build, part["directory"])
        assert part["lines"] == len(lines), part
        everything |= lines
    assert base["total"] == len(everything)
    table = own.must("tcb", "log", "test-log", "--skip-build", "KERNEL=linux", "BOARD=linux")
    assert f"init -> test-log rests on {len(everything):,} lines" in table
    for part in parts:
        assert f"{part['lines']:,}" in table


def _independent_count(build: Path, directory: str) -> set[tuple[Path, int]]:
    """Return the places of lines left by the preprocessor, as awk sees them."""
    found: set[tuple[Path, int]] = set()
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["directory"] != directory:
            continue
        words = shlex.split(entry["command"])
        words[words.index("-o") + 1] = "/dev/stdout"
        words[words.index("-c")] = "-E"
        for option in ("-MMD", "-MP"):
            if option in words:
                words.remove(option)
        if "-MT" in words:
            at = words.index("-MT")
            del words[at : at + 2]
        text = subprocess.run(
            words, cwd=entry["directory"], capture_output=True, check=True, text=True
        ).stdout
        script = (
            r'/^# [0-9]+ "/ { f=$0; sub(/^# [0-9]+ "/, "", f); sub(/".*$/, "", f); n=$2-1; next }'
            r' { n++ } NF && f !~ /^</ && f !~ /\/\/$/ { print n "\t" f }'
        )
        listed = subprocess.run(
            ["awk", script], input=text, capture_output=True, check=True, text=True
        ).stdout
        for line in listed.splitlines():
            number, _, name = line.partition("\t")
            found.add(((Path(entry["directory"]) / name).resolve(), int(number)))
    return found


def test_the_guide_shows_what_the_commands_print(own: OwnOs) -> None:
    docs = CHECKOUT / "docs"
    picture = own.must("config", "graph", "subsystem")
    assert picture == (docs / "pictures/routes-subsystem.svg").read_text()
    guide = (docs / "guides/configuration.md").read_text()
    shown = guide.partition("```\ninit: client-1")[2].partition("```")[0]
    printed = own.must(
        "config", "routes", "subsystem", "--from", "client-1", "--service", "Counter",
        "--label", "one",
    )  # fmt: skip
    assert printed == "init: client-1" + shown
    checked = own.genode("config", "check", "routing")
    assert checked.returncode == 1
    first = guide.partition("repos/os/run/routing.run:")[2].partition("\n")[0]
    assert f"routing.run:{first}\n" in checked.stdout
