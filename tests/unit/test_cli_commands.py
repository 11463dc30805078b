"""The calls of `make` and `run` into the domains, and their exit codes for the results."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import genode_tool.building
from genode_tool.building import BuildResult
from genode_tool.cli.main import COMPLETION, main
from genode_tool.cli.place import build_directory
from genode_tool.errors import UserError
from genode_tool.events import Event, Sink, discard
from genode_tool.run.engine import parallel, scenarios
from genode_tool.run.engine.worker import Job
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import Expectation, ScenarioPlan
from genode_tool.run.verdict import Outcome, Verdict
from genode_tool.tree import BuildDirectory, create_builddir


@dataclass
class Domains:
    """Stand-ins for `build.make` and `run_scenarios`: they record calls and return results."""

    built: bool = True
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def make(self, build_dir: BuildDirectory, goals: Sequence[str], **options: Any) -> BuildResult:
        options.pop("sink")
        self.calls.append(("make", tuple(goals), dict(build_dir.overrides), options))
        return BuildResult(self.built, (), (), (), (), 0, 0.0)

    def run(
        self,
        build_dir: BuildDirectory,
        names: Sequence[str],
        options: RunOptions,
        _sink: Any,
        _user: Any = None,
    ) -> list[Verdict]:
        self.calls.append(("run", tuple(names), dict(build_dir.overrides), options))
        outcomes = [(name, self.outcomes.get(name, Outcome.PASSED)) for name in names]
        return [
            Verdict(name, "hw", "pc", one, one.exit_code, "why", 1.0, None)
            for name, one in outcomes
        ]


@pytest.fixture
def domains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Domains:
    fake = Domains()
    monkeypatch.setattr(genode_tool.building, "make", fake.make)
    monkeypatch.setattr(scenarios, "run_scenarios", fake.run)
    monkeypatch.chdir(create_builddir("x86_64", tmp_path / "build"))
    return fake


def test_make_hands_goals_variables_and_options_over(domains: Domains) -> None:
    assert main(["make", "-j3", "-k", "-n", "core", "KERNEL=linux", "lib/ld", "-v"]) == 0
    assert domains.calls == [
        (
            "make",
            ("core", "lib/ld"),
            {"KERNEL": "linux"},
            {
                "jobs": 3,
                "keep_going": True,
                "dry_run": True,
                "verbose": True,
                "strict": False,
                "remember": True,
            },
        )
    ]


def test_make_without_j_leaves_the_number_of_jobs_to_the_build_directory(domains: Domains) -> None:
    assert main(["make", "--strict"]) == 0
    options = domains.calls[0][3]
    assert (options["jobs"], options["strict"]) == (None, True)


def test_make_without_goals_builds_everything(domains: Domains) -> None:
    assert main(["make"]) == 0
    assert domains.calls[0][:2] == ("make", ())


@pytest.mark.parametrize("words", [["-j", "core"], ["core", "-j"], ["--jobs", "core"]])
def test_a_bare_j_means_a_step_per_core(domains: Domains, words: list[str]) -> None:
    assert main(["make", *words]) == 0
    assert domains.calls[0][1] == ("core",)
    assert domains.calls[0][3]["jobs"] >= 1


def test_a_failed_build_ends_with_1_and_starts_no_scenario(domains: Domains) -> None:
    domains.built = False
    assert main(["make", "core", "run/log"]) == 1
    assert [call[0] for call in domains.calls] == ["make"]


def test_run_goals_of_make_are_scenarios(domains: Domains) -> None:
    assert main(["make", "run/log", "core", "BOARD=pc"]) == 0
    assert [call[:3] for call in domains.calls] == [
        ("make", ("core",), {"BOARD": "pc"}),
        ("run", ("log",), {"BOARD": "pc"}),
    ]
    domains.calls.clear()
    assert main(["make", "run/log"]) == 0
    assert [call[0] for call in domains.calls] == ["run"]


def test_run_hands_its_options_over(domains: Domains) -> None:
    words = (
        "run log --kernel hw --board pc --include image/iso --switch '-x y' --autopilot"
        " --qemu-arg '-smp 2' --timeout-scale 2.5 --until done --attempts 1 --skip-build"
        " --keep --retries 2 --screenshot -j 4 --depot-dir /depot --depot-user me --ceiling 60"
        " QEMU_OPT=-s"
    )

    assert main(shlex.split(words)) == 0
    ((_, names, overrides, options),) = domains.calls
    assert names == ("log",)
    assert overrides == {"KERNEL": "hw", "BOARD": "pc", "QEMU_OPT": "-s"}
    assert options == RunOptions(
        switches=(
            *("--include", "image/iso", "--autopilot", "--preserve-genode-dir"),
            *("--depot-dir", "/depot", "--depot-user", "me", "-x", "y"),
        ),
        qemu_args=("-smp", "2"),
        timeout_scale=2.5,
        until="done",
        boot_attempts=1,
        skip_build=True,
        keep=True,
        retries=2,
        screenshot=True,
        time_limit=60,
        jobs=4,
    )


def test_an_image_is_shaped_by_the_same_options(domains: Domains) -> None:
    words = (
        "image log --format disk --size 64 --kernel hw --include ./x --autopilot --depot-user me"
        " --skip-build --keep -j 3"
    )
    main(shlex.split(words))
    ((_, names, overrides, options),) = domains.calls
    assert (names, overrides) == (("log",), {"KERNEL": "hw"})
    assert options == RunOptions(
        switches=(
            *("--include", "./x", "--autopilot", "--preserve-genode-dir", "--depot-user", "me"),
            *("--image-disk_size", "64"),
        ),
        skip_build=True,
        keep=True,
        image_format="disk",
        image_only=True,
        jobs=3,
    )


def test_the_configuration_has_its_part_in_the_options_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = create_builddir("x86_64", tmp_path / "build")
    with (build / "etc/build.conf").open("a") as conf:
        conf.write("BOARD_RUN_OPT(pc) = --include image/iso --autopilot\n")
        conf.write("RUN_OPT += ${BOARD_RUN_OPT(${BOARD})}\n")
    with (build / "etc/tools.conf").open("a") as conf:
        conf.write("QEMU_OPT += -accel kvm\n")
    monkeypatch.chdir(build)
    assert main(["run", "log", "--plan", "--kernel", "hw"]) == 0
    said = capsys.readouterr().out
    assert "-accel kvm" in said and "-cdrom var/run/log.iso" in said


def test_several_at_a_time_on_several_kernels(
    domains: Domains, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[list[Job], int]] = []

    def run_jobs(jobs: list[Job], at_once: int, sink: Sink) -> list[Verdict]:
        calls.append((jobs, at_once))
        return []

    monkeypatch.setattr(parallel, "run_jobs", run_jobs)
    assert main(shlex.split("run log timer --kernel hw --kernel linux -j3 A=b")) == 0
    ((jobs, at_once),) = calls
    assert at_once == 3
    assert [(job.name, job.build_dir.overrides) for job in jobs] == [
        (name, {"A": "b", "KERNEL": kernel})
        for kernel in ("hw", "linux")
        for name in ("log", "timer")
    ]
    assert domains.calls == []


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ({"log": Outcome.PASSED}, 0),
        ({"log": Outcome.TIMEOUT}, 254),
        ({"log": Outcome.BUILD_FAILED}, 252),
        ({"log": Outcome.SKIPPED}, 0),
        ({"log": Outcome.PASSED, "timer": Outcome.SKIPPED}, 0),
        ({"log": Outcome.PASSED, "timer": Outcome.MISMATCH}, 1),
    ],
)
def test_exit_code_is_the_scenarios_own_or_1_of_several(
    domains: Domains, outcomes: dict[str, Outcome], code: int
) -> None:
    domains.outcomes = outcomes
    assert main(["run", *outcomes]) == code


def test_several_scenarios_end_with_a_table(
    domains: Domains, capsys: pytest.CaptureFixture[str]
) -> None:
    domains.outcomes = {"timer": Outcome.TIMEOUT}
    main(["run", "log", "timer"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "genode: 1 passed, 1 failed in 2.0 s"
    assert lines[-1].startswith("genode: report: ")
    assert any(line.split()[:4] == ["timer", "hw", "pc", "time-out"] for line in lines)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "no scenario is named"),
        (["run", "KERNEL=hw"], "no scenario is named"),
        (["run", "log", "--switch", "'open"], "--switch: cannot split"),
        (["run", "log", "--all"], "--all and scenarios by name (log) exclude each other"),
        (
            ["run", "log", "--plan", "--kernel", "hw", "--kernel", "linux"],
            "--plan shows one kernel at a time",
        ),
        (["run", "log", "BUILD_DIR=/nowhere"], "/nowhere is not a build directory"),
    ],
)
def test_wrong_calls_are_refused(
    domains: Domains, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert domains.calls == []


def test_plan_shows_what_a_script_asks_for(
    domains: Domains, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = ScenarioPlan(
        goals=["core", "init"],
        arguments=("-nographic",),
        expectations=[Expectation("done", 20), Expectation("end", None)],
        comparisons=1,
    )
    verdict = Verdict("log", "hw", "pc", Outcome.PASSED, 0, "planned", 0.1, None)
    monkeypatch.setattr(scenarios, "plan_scenarios", lambda *_, **__: [(verdict, plan)])
    assert main(["run", "log", "--plan"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "log on hw/pc",
        "  build       core init",
        "  QEMU        -nographic",
        "  expects     done (within 20 s)",
        "              end",
        "  compares    its output once",
    ]
    assert main(["run", "log", "--plan", "--json"]) == 0
    (data,) = json.loads(capsys.readouterr().out)
    assert (data["name"], data["goals"]) == ("log", ["core", "init"])
    assert domains.calls == []


def test_an_unknown_name_is_no_reason_not_to_plan_the_others(
    domains: Domains, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each plan is printed as soon as it is known; the array is complete nonetheless."""
    seen = []

    def plan_scenarios(
        _: object, names: tuple[str, ...], *__: object, **___: object
    ) -> list[tuple[Verdict, ScenarioPlan]]:
        seen.append(capsys.readouterr().out)
        verdict = Verdict(names[0], "hw", "pc", Outcome.PASSED, 0, "planned", 0.1, None)
        return [(verdict, ScenarioPlan(goals=["core"]))]

    monkeypatch.setattr(scenarios, "plan_scenarios", plan_scenarios)
    # A name that is given twice is planned once.
    assert main(["run", "log", "losg", "timer", "log", "life", "--plan", "--json"]) == 2
    printed = capsys.readouterr()
    array = json.loads("".join(seen) + printed.out)
    assert [one["name"] for one in array] == ["log", "timer", "life"]
    assert '"name": "timer"' in seen[-1]
    assert main(["run", "losg", "--plan"]) == 2
    assert "losg" in capsys.readouterr().err


def test_build_directory_around_us_is_used(
    domains: Domains, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "build/var/x"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    found = build_directory({"KERNEL": "hw"}, discard)
    assert found.path == (tmp_path / "build").resolve()
    assert found.overrides == {"KERNEL": "hw"}


def test_build_dir_variable_wins_and_is_no_override(domains: Domains, tmp_path: Path) -> None:
    other = create_builddir("x86_64", tmp_path / "other")
    found = build_directory({"BUILD_DIR": str(other), "A": "b"}, discard)
    assert (found.path, found.overrides) == (other.resolve(), {"A": "b"})


def test_outside_of_any_tree_the_tools_own_tree_is_meant_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Path] = []

    def find(start: Path | str) -> Path:
        used.append(Path(start))
        return create_builddir("x86_64", tmp_path / "own")

    monkeypatch.setattr("genode_tool.tree.find_builddir", find)
    monkeypatch.chdir(tmp_path)
    notes: list[Event] = []
    found = build_directory({}, notes.append)
    assert used == [Path(genode_tool.__file__).resolve().parents[1]]
    assert str(found.path) in str(notes)


def test_without_a_tree_there_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genode_tool.tree.search.own_tree", lambda: None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="neither in a build directory nor in a source tree"):
        build_directory({}, discard)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["targets", "test/lo[g]"], ["test/log"]),
        (["targets", "core/*"], ["core/hw"]),
        (["targets", "core/*", "KERNEL=linux"], ["core/linux"]),
        (["libs", "base", "KERNEL=linux"], ["base"]),
        (["scenarios", "log", "time?"], ["log", "timer"]),
    ],
)
def test_names_are_listed(
    domains: Domains, capsys: pytest.CaptureFixture[str], words: list[str], names: list[str]
) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out.split() == names
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == names


def test_a_pattern_that_matches_nothing_is_told(
    domains: Domains, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["targets", "nothing/*"]) == 2
    assert "no target matches `nothing/*`" in capsys.readouterr().err


KERNEL_AND_BOARD = (
    "make core",
    "run log",
    "image log",
    "graph core",
    "explain core",
    "targets",
    "libs",
    "scenarios",
    "config check log",
    "config routes log",
    "config graph log",
    "tcb log test-log",
    "port sbom log",
)


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ("KERNEL=linx", "unknown kernel `linx`", "did you mean `linux`?"),
        ("--kernel linx", "unknown kernel `linx`", "did you mean `linux`?"),
        ("--kernel foc", "unknown kernel `foc`", "known names: `hw`, `linux`"),
        ("BOARD=pcc", "unknown board `pcc` for kernel `hw`", "did you mean `pc`?"),
        ("--kernel hw --board pcc", "unknown board `pcc` for kernel `hw`", "did you mean `pc`?"),
    ],
)
@pytest.mark.parametrize("words", KERNEL_AND_BOARD)
def test_every_command_refuses_unknown_kernels_and_boards_alike(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    given: str,
    message: str,
    hint: str,
) -> None:
    monkeypatch.chdir(create_builddir("x86_64", tmp_path / "build"))
    assert main([*words.split(), *given.split()]) == 2
    said = capsys.readouterr().err
    assert message in said and f"hint: {hint}" in said


@pytest.mark.parametrize("words", [one for one in KERNEL_AND_BOARD if one != "run log"])
def test_two_kernels_are_one_too_many(
    domains: Domains, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert main([*words.split(), "--kernel", "hw", "--kernel", "linux"]) == 2
    assert "wanted one kernel, 2 are given: hw, linux" in capsys.readouterr().err
    assert domains.calls == []


def test_options_win_over_variables(domains: Domains) -> None:
    words = "make core KERNEL=hw --kernel linux --board pc BOARD=virt"
    assert main(words.split()) == 0
    assert domains.calls[0][1:3] == (("core",), {"KERNEL": "linux", "BOARD": "pc"})


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("make --kernel l", {"linux"}),
        ("targets --kernel l", {"linux"}),
        ("graph --kernel hw --board p", {"pc"}),
        ("libs --board z", set()),
        ("make --kernel linux core/l", {"core/linux"}),
        ("make KERNEL=l", {"KERNEL=linux"}),
        ("tcb log test-log BOARD=p", {"BOARD=pc"}),
        ("scenarios BOARD=", {"BOARD=pc"}),
        ("run ti", {"timer"}),
        ("run log tim", {"timer"}),
        ("make test/log", {"test/log"}),
        ("make core/l", set()),
        ("make KERNEL=linux core/l", {"core/linux"}),
        ("make clea", {"clean", "cleanall"}),
        ("make run/lo", {"run/log"}),
        ("make KERNEL=linx co", set()),
        ("targets co", set()),
    ],
)
def test_a_shell_is_offered_names_of_the_tree(
    domains: Domains,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    offered: set[str],
) -> None:
    monkeypatch.setenv(COMPLETION, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"genode {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    main([])
    out = capsys.readouterr().out
    assert {line.partition(",")[2] for line in out.split()} == offered


def test_help_is_a_command_too(domains: Domains, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "run"]) == 0
    assert capsys.readouterr().out.startswith("Usage: genode run ")
    assert main(["help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: genode [OPTIONS]")
    assert main(["help", "config", "check"]) == 0
    assert capsys.readouterr().out.startswith("Usage: genode config check ")
    assert main(["help", "rnu"]) == 2
    assert main(["help", "config", "chekc"]) == 2
    assert "did you mean `check`?" in capsys.readouterr().err
    assert main(["help", "run", "log"]) == 2
    assert "`genode run` has no commands below it" in capsys.readouterr().err


def test_create_builddir_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["create-builddir", "x86_64", f"BUILD_DIR={tmp_path / 'b'}"]) == 0
    assert capsys.readouterr().out == f"genode: created {tmp_path / 'b'}\n"
    assert (tmp_path / "b/etc/build.conf").is_file()
    assert main(["create-builddir", "x86_64", f"BUILD_DIR={tmp_path / 'b'}"]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    ["doctor", "settings", "tool-chain check", "--nosuch", "run --nosuch", "nosuch", "make -j x"],
)
@pytest.mark.parametrize("mode", ["always", "never", "auto"])
def test_colours_are_those_that_the_option_asks_for(
    words: str, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--color", mode, *words.split()])
    said = capsys.readouterr()
    assert ("\x1b[" in said.out + said.err) == (mode == "always")
