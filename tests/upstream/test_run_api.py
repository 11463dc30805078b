"""Procedures of the run API: the same calls under the original's engine and ours.

The tree's `tool/run/run` loads a script of ours, as it would load a run script; so does our
engine. Lines that the script shows, and the exit code, have to be the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genode_tool.events import Event
from genode_tool.run.engine.scenario_runner import run_all
from genode_tool.run.events import ScriptOutput
from genode_tool.run.options import RunOptions
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.settings.layered import LayeredSettings, settings_of
from tests.upstream.plan_figures import repositories_of
from tests.upstream.standin_depot import make_depot
from tests.upstream.standins import PREFIX, Platform

_X86 = ("x86", "x86_64", "64bit")
_LINUX = Platform("linux", "linux", (*_X86, "linux"))
_PLATFORMS = (
    _LINUX,
    Platform("hw", "pc", (*_X86, "hw")),
    Platform("nova", "pc", (*_X86, "nova")),
    Platform("foc", "pc", (*_X86, "foc")),
    Platform("sel4", "pc", (*_X86, "sel4")),
    Platform("hw", "virt_qemu_arm_v8a", ("arm_64", "arm_v8", "arm_v8a", "64bit", "hw")),
)
_SHOW = r"""
proc show {args} {
    foreach text $args { puts "= [string map [list \r \\r \n \\n \t \\t \x1b \\e] $text]" }
}
proc try_ {script} { show [catch { uplevel 1 $script } result],$result }
"""


@dataclass(frozen=True, slots=True)
class _Facts:
    """A build directory as our engine sees it."""

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
        raise AssertionError(f"nothing is to be built: {goals}")

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        raise AssertionError(f"nothing is to be built: {goals}")


Seen = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class _Engines:
    """Both engines in a place with two build directories."""

    tree: Path
    place: Path
    platform: Platform = _LINUX

    @property
    def repositories(self) -> tuple[Path, ...]:
        mine = self.place / "mine"
        return (mine, *repositories_of(self.tree, self.platform.kernel))

    def both(self, body: str, *switches: str) -> tuple[Seen, Seen]:
        """Return exit code and shown lines of the original and of ours."""
        script = self.place / "mine/run/probe.run"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(_SHOW + body)
        words = [word for one in self.platform.includes for word in ("--include", one)]
        return self._original(script, (*words, *switches)), self._ours((*words, *switches))

    def _fresh(self, name: str) -> Path:
        path = self.place / name / "build"
        shutil.rmtree(path, ignore_errors=True)
        for part in ("bin", "etc", "var/run"):
            (path / part).mkdir(parents=True)
        return path

    def _original(self, script: Path, switches: Sequence[str]) -> Seen:
        command = ["expect", "-N", "-n", str(self.tree / "tool/run/run")]
        command += ["--genode-dir", str(self.tree), "--name", "probe"]
        command += ["--specs", " ".join(self.platform.specs), "--board", self.platform.board]
        command += ["--repositories", " ".join(map(str, self.repositories))]
        command += ["--cross-dev-prefix", PREFIX, "--qemu-args", "", "--make", "make"]
        done = subprocess.run(
            [*command, *switches, "--include", str(script)],
            cwd=self._fresh("original"),
            env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, _shown(done.stdout.splitlines())

    def _ours(self, switches: Sequence[str]) -> Seen:
        facts = _Facts(self._fresh("ours"), self.tree, self.repositories, self.platform)
        events: list[Event] = []
        options = RunOptions(switches=("--no-config-check", *switches), boot_attempts=1)
        (verdict,) = run_all(facts, ["probe"], options, events.append)
        shown = [event.text for event in events if isinstance(event, ScriptOutput)]
        return verdict.exit_code, _shown(shown)


def _shown(lines: Sequence[str]) -> list[str]:
    """Return what the script shows; that `true` and 1 are the same to Tcl is levelled out."""
    texts = (line[2:] for line in lines if line.startswith("= "))
    return [{"false": "0", "true": "1"}.get(text, text) for text in texts]


@pytest.fixture
def engines(tree: Path, tmp_path: Path) -> _Engines:
    if not (tree / "tool/run/run").is_file() or shutil.which("expect") is None:
        pytest.skip("the tree has no engine of that kind, or expect is missing")
    (tmp_path / "mine").mkdir()
    return _Engines(tree, tmp_path)


_PIECES = ("a", "b", " ", "\t", "\n", "\r\n", "\r", "\x1b[0m", "\x1b[31;1m", "[init]", "x y", "")
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=8).map("".join)
_PATTERNS = st.sampled_from(("a", "^b", r"\[init\]", "x.y", "a|b", "b$", "", "a+", r"\s"))


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=st.lists(st.tuples(_TEXTS, _PATTERNS, _TEXTS), min_size=80, max_size=80))
def test_procedures_on_output(engines: _Engines, table: list[tuple[str, str, str]]) -> None:
    quote = Interpreter.quote
    lines = []
    for text, pattern, other in table:
        word, sought, new = quote(text), quote(pattern), quote(other.replace("\\", ""))
        lines += [
            f"show [strip_whitespace {word}]",
            f"set output {word}; filter_out_color_escape_sequences; show $output",
            f"set output {word}; trim_lines; show $output",
            f"set output {word}; grep_output {sought}; show $output",
            f"set output {word}; unify_output {sought} {new}; show $output",
        ]
    original, ours = engines.both("\n".join(lines) + "\n")
    assert original[0] == 0 and len(original[1]) == 5 * len(table)
    assert ours == original


_COMPARED = [
    ("a\nb", "a\nb"), (" a \n\n b ", "a\n\nb"), ("a\nb\nc", "a\nb"), ("a", "a\nb"), ("", ""),
    ("a", ""), ("", "a"), ("a\r\nb\r\n", "a\nb"), ("  \n", ""), ("a\n\nb", "a\nb"), ("x", "y"),
]  # fmt: skip


def test_comparing(engines: _Engines) -> None:
    for output, good in _COMPARED:
        quote = Interpreter.quote
        body = f"set output {quote(output)}\ncompare_output_to {quote(good)}\nshow same\n"
        original, ours = engines.both(body)
        assert ours == original, (output, good)


_ARGUMENTS = r"""
foreach name {--a --b --c --d --missing --autopilot --include} {
    show $name [have_cmd_switch $name] [get_cmd_switch $name]
    if {$name ne "--include"} { show [get_cmd_arg $name none] [cmd_arg $name {a b}] }
    show [cmd_arg_first $name {}]
}
foreach name {power_on/linux log/linux image/iso boot_dir/linux ""} { show [have_include $name] }
show [run_name] [run_dir] [cross_dev_prefix] [have_spec x86] [have_spec x] [have_spec ""]
show [board] [have_board linux] [have_board pc] [depot_user] [depot_dir] [terminal]
"""


@pytest.mark.parametrize(
    "switches",
    [
        (),
        ("--a", "1", "--b", "2", "--b", "3", "--c", "4"),
        ("--a", "--b", "--c", "x y", "--autopilot", "--depot-user", "me", "--depot-dir", "/d"),
        ("--d", "1", "--d", "2", "--depot-dir", "/one", "--depot-dir", "/two"),
    ],
    ids=["none", "repeated", "mixed", "depot"],
)
def test_arguments(engines: _Engines, switches: tuple[str, ...]) -> None:
    original, ours = engines.both(_ARGUMENTS, *switches)
    if original[0] != 0:  # what a switch without a value gets depends on where it stands
        pytest.fail(f"the original ended with {original[0]}")
    assert ours == original


_HELPERS = r"""
set l {}
append_if 1 s a b {c d}; append_if 0 s x; append_if on t y
try_ { append_if {2 > 1} t y }
show $s $t [info exists u]
append_if 0 u x; show [info exists u]
lappend_if 1 l {a b} c; lappend_if 0 l z; lappend_if true l; show $l
proc inner {} { append_if yes mine 1; lappend_if on list 2 3; return $mine,$list }
show [inner]
try_ { append_if maybe v x }
set qemu_args {}; append_qemu_nic_args; show $qemu_args
append_qemu_nic_args "hostfwd=tcp::1-:2"; show $qemu_args [qemu_args]
show [have_installed sh] [have_installed no-such-program]
show [expr {[installed_command sh] ne {}}]
show [repository_contains run/probe.run] [repository_contains no/such/file]
show [select_from_repositories run/probe.run]
show [have_recipe src/init] [have_recipe src/no_such] [have_recipe pkg/terminal]
show [kernel_specific_binary init] [kernel_specific_binary init silent]
proc binary_name_odd_name {} { return even }
show [kernel_specific_binary odd.name silent]
assert {1 == 1}; assert true; assert 1 "words"
try_ { assert {1 +} }
try_ { assert 17 }
try_ { assert_spec x86 }
show [error_at_any_line "x\nError: y"] [error_at_any_line "an Error: y"]
set f [open etc/conf w]; puts $f "A = 1\nKERNEL = bin/k"; close $f; close [open bin/k w]
show [kernel_location_from_config_file etc/conf dflt]
foreach {name text} {a {<x/>} b { <x/>} c {x <y/>} d {} e "\n\n<x>"} {
    set f [open bin/$name w]; puts -nonewline $f $text; close $f
    show [looks_like_xml bin/$name]
}
create_boot_directory
show [file isdirectory [run_dir]/genode]
install_boot_module one a b {c d}; install_config {<config/>}
foreach name {one config} { show [read [set f [open [run_dir]/genode/$name]]]; close $f }
copy_file bin/k [run_dir]/genode; copy_file bin/k [run_dir]/genode/other
show [lsort [glob -tails -directory [run_dir]/genode *]]
build {}
show [llength [build_artifacts]]
remove_genode_dir
show [file exists [run_dir]/genode]
"""


def test_helpers(engines: _Engines) -> None:
    original, ours = engines.both(_HELPERS)
    assert original[0] == 0 and len(original[1]) == 40, original
    assert [line for line in ours[1] if not _worded(line)] == [
        line for line in original[1] if not _worded(line)
    ]
    assert ours[0] == original[0]


def _worded(line: str) -> bool:
    """Return whether a line is a Tcl error in the engine's own words."""
    return line.startswith(("1,invalid boolean", "1,not a condition"))


_LEAVING = {
    "an unmet requirement": ("assert {0}", 1),
    "a spec": ("assert_spec no_such_spec", 1),
    "a program": ("installed_command no-such-program", 1),
    "no such file in the tree": ("select_from_repositories no/such/file", 248),
    "a kernel that is not there": (
        "set f [open etc/c w]\nputs $f {KERNEL = no/such}\nclose $f\n"
        "kernel_location_from_config_file etc/c x",
        250,
    ),
    "a script's own code": ("exit 7", 7),
    "a script's own negative code": ("exit -5", 251),
    "a script's end": ("exit", 0),
    "the end of a program": ("spawn -noecho printf text\nrun_genode_until never 5 $spawn_id", 253),
    "too late": ("spawn -noecho sleep 9\nrun_genode_until never 1 $spawn_id", 254),
    "what was awaited": (
        "set output {}\nspawn -noecho printf {one two\\n}\n"
        "run_genode_until {t(w)o} 5 $spawn_id\nshow $output",
        0,
    ),
    "output is added up": (
        "set output {}\nspawn -noecho sh -c {printf 'one\\n'; sleep 1; printf 'two\\n'}\n"
        "set id $spawn_id\nrun_genode_until {one} 5 $id\nrun_genode_until {two} 5 $id\n"
        "show $output",
        0,
    ),
    "either of two": (
        "set output {}\nspawn -noecho sleep 9\nset a $spawn_id\nspawn -noecho printf {two\\n}\n"
        "run_genode_until {two} 5 [list $a $spawn_id]\nshow $output",
        0,
    ),
    "an attempt that succeeds": (
        "set r [retry 3 {sh -c {echo ok; sleep 9}} ok 1]\n"
        "show [string trim [lindex $r 0]] [llength $r]",
        0,
    ),
    "good XML": ("set f [open a w]; puts $f {<a><b/></a>}; close $f; check_xml_syntax a", 0),
    "bad HID": ('set f [open a w]; puts $f "a\\n+ b\\n  c"; close $f; check_hid_syntax a', 1),
    "good HID": ('set f [open a w]; puts $f "a\\n+ b\\n-"; close $f; check_syntax a', 0),
    "a library that was not built": ("check_for_missing_lib_build { a b }\nshow fine", 0),
    "hooks of the script": (
        "proc run_power_on {} { show on; return true }\n"
        "proc run_power_off {} { show off; return true }\n"
        "proc run_load {} { show load; return true }\n"
        "proc run_log {re seconds} { show log $re $seconds; return true }\n"
        "proc sleep {seconds} {}\nrun_genode_until done 3\nshow end",
        0,
    ),
}
_OUR_CODE = {"bad HID": 2}
"""Scenarios with another exit code here: a mistake in the configuration is wrong input."""


@pytest.mark.parametrize("name", _LEAVING)
def test_how_a_script_is_left(engines: _Engines, name: str) -> None:
    body, code = _LEAVING[name]
    original, ours = engines.both(body + "\n")
    assert original[0] == code
    assert ours == (_OUR_CODE.get(name, code), original[1])


@pytest.mark.parametrize("platform", _PLATFORMS, ids=lambda one: one.name)
def test_what_depends_on_the_platform(
    tree: Path, tmp_path: Path, engines: _Engines, platform: Platform
) -> None:
    if not (tree / "tool/run/boot_dir" / platform.kernel).is_file():
        pytest.skip("the tree has no such run module")
    both = _Engines(tree, tmp_path, platform)
    body = r"""
        show [run_boot_string] [board] [have_board pc]
        foreach name {core.a ld.lib.so timer init} { show [kernel_specific_binary $name silent] }
        show [core_link_address] [lsort [kernel_files]]
    """
    body += "show [depot_spec] [base_src] [drivers_nic_pkg] [drivers_interactive_pkg]\n"
    if platform.kernel != "linux":
        body += "show [core_ld_opts] [boot_output] [bender_intel_hwp_mode_option]\n"
    if platform.kernel == "nova":
        body += "show [kernel_output] [kernel_iommu] [apply_microcode]\n"
    original, ours = both.both(body)
    if platform.kernel in ("linux", "hw"):  # core is no archive there, or has the board's name
        body = body.replace("[core_link_address] ", "").replace("core.a ", "")
        original, ours = both.both(body)
    assert original[0] == 0
    assert ours == original


def test_a_depot(tree: Path, tmp_path: Path, engines: _Engines) -> None:
    if not list(tree.glob("repos/*/recipes/pkg")):
        pytest.skip("the tree has no depot")
    depot = make_depot(repositories_of(tree, "linux"), "x86_64", tmp_path / "depot")
    packages = sorted(path.name for path in (depot / "genodelabs/pkg").iterdir())[:60]
    sources = sorted(path.name for path in (depot / "genodelabs/src").iterdir())[:40]
    lines = ["create_boot_directory"]
    for kind, names in (("pkg", packages), ("src", sources)):
        for name in names:
            lines.append(f"show [_current_depot_archive_version {kind} {name}]")
            lines.append(f"show [_collect_from_depot genodelabs/{kind}/{name}]")
    original, ours = engines.both("\n".join(lines) + "\n", "--depot-dir", str(depot))
    assert original[0] == 0 and len(original[1]) == 200
    assert ours == original
    lines = [
        "create_boot_directory",
        "import_from_depot genodelabs/pkg/terminal genodelabs/src/[base_src]",
        "show [lsort [glob -tails -directory [run_dir]/genode *]]",
        "foreach p {a/src/b a/src/b/1 a/bin/x/b a/b b/1} {",
        "  show [regexp [_depot_archive_path_pattern] $p]",
        "  show [regexp [_depot_archive_versioned_path_pattern] $p]",
        "  show [regexp [_depot_bin_archive_path_pattern] $p]",
        "  show [regexp [_depot_api_versioned_name_pattern] $p] }",
        "create_tar_from_depot_binaries t.tar genodelabs/pkg/terminal",
        "append_src_and_api_depot_packages_to_tar t.tar genodelabs/src/init",
        "show [lsort -unique [exec tar tf t.tar]]",
    ]
    original, ours = engines.both("\n".join(lines) + "\n", "--depot-dir", str(depot))
    assert original[0] == 0 and len(original[1]) == 22
    assert ours == original
    for name in ("genodelabs/src/no_such", "nonsense", "genodelabs/odd/init"):
        original, ours = engines.both(
            f"create_boot_directory\nimport_from_depot {name}\nshow on\n", "--depot-dir", str(depot)
        )
        assert bool(ours[0]) == bool(original[0]) and ours[1] == original[1], name
