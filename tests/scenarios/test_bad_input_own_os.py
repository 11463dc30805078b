"""Wrong input to the command line: one clear message, the right exit code, nothing damaged."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scenarios.own_os import OwnOs, one_message

GOALS = ("init", "test/log", "lib/ld")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> OwnOs:
    own = OwnOs(tmp_path_factory.mktemp("bad"))
    own.component("x", 'Genode::log("hello");')
    own.must("make", *GOALS, "core", "test/x", "KERNEL=linux")
    return own


@pytest.fixture
def own(system: OwnOs) -> OwnOs:
    """Return the system with its repository `mine` as it was at first."""
    for name in ("src", "lib", "run"):
        shutil.rmtree(system.mine / name, ignore_errors=True)
    system.component("x", 'Genode::log("hello");')
    return system


def refused(own: OwnOs, *arguments: str, code: int, env: dict[str, str] | None = None) -> str:
    """Return what a call said that has to end with `code`."""
    done = own.genode(*arguments, env=env)
    said = one_message(done)
    assert done.returncode == code, said
    return said


def path_without(place: Path, *missing: str) -> dict[str, str]:
    """Return an environment in whose PATH the programs `missing` do not exist."""
    place.mkdir()
    for directory in ("/usr/bin", "/bin"):
        for program in Path(directory).iterdir():
            link = place / program.name
            if program.name not in missing and not link.is_symlink():
                link.symlink_to(program)
    return {"PATH": str(place)}


# --- goals


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ("tset/log", ("`src/tset/log`", "`test/log`")),
        ("lib/lod", ("no such library", "`lod`", "`ld`")),
        ("run/lgo", ('"lgo"', "log")),
        ("base", ("lib/base",)),
        ("", ("empty",)),
        ("../etc", ("outside",)),
    ],
)
def test_unknown_goal(own: OwnOs, goal: str, words: tuple[str, ...]) -> None:
    said = refused(own, "make", goal, code=2)
    assert all(word in said for word in words), said


@pytest.mark.parametrize("spelling", ["./test/log", "test//log/", "test/../test/log"])
def test_another_spelling_of_a_goal_is_the_same_goal(own: OwnOs, spelling: str) -> None:
    own.must("make", "test/log")
    assert own.steps(spelling, "test/log") == []


def test_one_target_name_in_two_places(own: OwnOs) -> None:
    own.component("y")
    target = own.mine / "src/test/y/target.mk"
    target.write_text(target.read_text().replace("test-y", "test-log"))
    said = refused(own, "make", "test/log", "test/y", code=1)
    assert "`test-log` is the TARGET of" in said
    assert "repos/base/src/test/log/target.mk" in said
    assert "mine/src/test/y/target.mk" in said


def test_unknown_kernel(own: OwnOs) -> None:
    said = refused(own, "make", "test/log", "KERNEL=hurd", code=2)
    assert "`hurd`" in said
    assert "`hw`, `linux`" in said


def test_unknown_board(own: OwnOs) -> None:
    for arguments in (("make", "test/log", "BOARD=xx"), ("run", "log", "--board", "xx")):
        assert "board `xx`" in refused(own, *arguments, code=2)


# --- descriptions


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ifeq (a,b", ("target.mk:4", "conditional")),
        ("X := $(foo", ("target.mk:4:6", "unterminated")),
        ("include $(REP_DIR)/nowhere.mk", ("target.mk:4", "nowhere.mk")),
        ("what is this", ("target.mk:4", "missing separator")),
        ("$(error not for you)", ("target.mk:4", "not for you")),
        ("X = $(X)\nY := $(X)", ("references itself",)),
        ("f = $(call f)\nY := $(call f)", ("target.mk:5", "too deeply")),
        ("include $(REP_DIR)/src/test/x/target.mk", ("target.mk", "too deeply")),
        ("LIBS += nolib", ("`nolib`", "test/x")),
        ("SRC_CC += gone.cc", ("gone.",)),
        ("TARGET =", ("TARGET",)),
    ],
)
def test_mistake_in_a_description(own: OwnOs, line: str, words: tuple[str, ...]) -> None:
    own.component("x", description=line + "\n")
    said = refused(own, "make", "test/x", code=1)
    assert all(word in said for word in words), said


def test_mistake_in_an_included_file_tells_who_includes_it(own: OwnOs) -> None:
    (own.mine / "lib").mkdir()
    (own.mine / "lib/part.inc").write_text("A = 1\nendif\n")
    own.component("x", description="include $(REP_DIR)/lib/part.inc\n")
    said = refused(own, "make", "test/x", code=1)
    assert "part.inc:2" in said
    assert "extraneous 'endif'" in said
    assert "included from" in said
    assert "target.mk:4" in said


def test_call_of_a_function_that_does_not_exist(own: OwnOs) -> None:
    own.component("x", description="A := $(nofunction a,b)\nB := $(addsufix .o,$(SRC_CC))\n")
    said = own.must("make", "test/x")
    for line, name in ((4, "nofunction"), (5, "addsufix")):
        assert f"target.mk:{line}" in said
        assert f"no such function: '{name}'" in said


def test_cycle_of_libraries_and_missing_library_with_its_chain(own: OwnOs) -> None:
    (own.mine / "lib/mk").mkdir(parents=True)
    for name, libs in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "nolib")):
        (own.mine / f"lib/mk/{name}.mk").write_text(f"LIBS = {libs}\n")
    own.component("x", description="LIBS += a c\n")
    said = refused(own, "make", "test/x", code=1)
    assert "a -> b -> a" in said
    assert "d <- c <- test/x" in said


@pytest.mark.parametrize("name", [b"caf\xe9", b"a b"])
def test_directory_that_makefiles_cannot_name(own: OwnOs, name: bytes) -> None:
    shutil.copytree(own.mine / "src/test/x", own.mine / "src/test" / os.fsdecode(name))
    assert "rename" in refused(own, "make", "test", code=2)
    own.must("make", "test/x")


def test_files_whose_names_are_no_text(own: OwnOs) -> None:
    directory = own.mine / "src/test/x"
    (directory / "main.cc").rename(directory / os.fsdecode(b"m\xe9.cc"))
    (own.mine / "src/test/x/target.mk").write_bytes(
        b"# \xff\nTARGET = test-x\nSRC_CC = m\xe9.cc\nLIBS = base\n"
    )
    own.must("make", "test/x")
    assert own.steps("test/x") == []


def test_link_to_a_directory_above_ends_the_search(own: OwnOs) -> None:
    (own.mine / "src/test/loop").symlink_to("../..")
    (own.mine / "src/loop").symlink_to("test")
    assert "`src/nowhere`" in refused(own, "make", "nowhere", code=2)


# --- run scripts


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("set a 1\nset b [expr {1 +}]\n", ("bad.run:2", "missing operand")),
        ("\nbiuld { core }\n", ("bad.run:2", '"biuld"')),
        ("build { core\n", ("bad.run:1", "does not end")),
        ("proc f {} {\n  g\n}\nf\n", ("bad.run:2", '"g"', "bad.run:4")),
        ("create_boot_directory\nputs $nothing\n", ("bad.run:2", "no such variable")),
        ('error "my words"\n', ("bad.run:1", "my words")),
        ("exec false\n", ("bad.run:1", "child process")),
        ("source /nowhere.inc\n", ("bad.run:1", "/nowhere.inc")),
        ("run_genode_until x 1\n", ("bad.run:1", "no image")),
    ],
)
def test_mistake_in_a_script(own: OwnOs, script: str, words: tuple[str, ...]) -> None:
    own.script("bad", script)
    said = refused(own, "run", "bad", code=2)
    assert all(word in said for word in words), said


def test_script_that_builds_what_does_not_exist(own: OwnOs) -> None:
    own.script("bad", "build { nowhere }\n")
    said = refused(own, "run", "bad", code=252)
    assert "`src/nowhere`" in said
    assert "bad.run:1" in said


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('\n<config>\n <start name="a">\n</config>', ("bad.run:6", "tag mismatch")),
        ("<config>&foo;</config>", ("bad.run:3", "Entity")),
        ('<config a="1" a="2"/>', ("bad.run:3", "redefined")),
    ],
)
def test_config_that_is_not_well_formed(own: OwnOs, config: str, words: tuple[str, ...]) -> None:
    own.script(
        "bad",
        "build { core lib/ld init test/x }\ncreate_boot_directory\n"
        f"install_config {{{config}}}\nbuild_boot_image [build_artifacts]\n",
    )
    said = refused(own, "run", "bad", "--kernel", "linux", code=2)
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        ("run_genode_until {hel(lo} 9", 2, ("x.run:12", "parentheses")),
        ("run_genode_until {hello} soon", 2, ("x.run:12", '"soon"')),
        ("run_genode_until {hello.*\\n} 9\ncompare_output_to { bye }", 255, ("x.run:13", "bye")),
        ("run_genode_until {never} 1", 254, ("x.run:12", "never", "1 s")),
        ("run_genode_until {hello} 9\nexit 7", 7, ("x.run:13", "exit 7")),
    ],
)
def test_end_of_a_scenario(own: OwnOs, end: str, code: int, words: tuple[str, ...]) -> None:
    own.scenario("x", end)
    said = refused(own, "run", "x", "--kernel", "linux", code=code)
    assert all(word in said for word in words), said


def test_component_that_prints_without_end(own: OwnOs) -> None:
    own.component("x", 'for (unsigned i = 0; ; i++) Genode::log("story ", i);')
    own.scenario("x", "run_genode_until {never} 2")
    refused(own, "run", "x", "--kernel", "linux", code=254)
    assert own.nothing_left() == []


def test_component_that_prints_garbage(own: OwnOs) -> None:
    own.component("x", r'Genode::log("\x01\x1b[2J\xff\xfe\xc0"); Genode::log("end");')
    own.scenario("x", "run_genode_until {end} 9")
    done = own.genode("run", "x", "--kernel", "linux")
    assert done.returncode == 0
    assert "\x1b[2J" not in done.stdout


@pytest.mark.parametrize("name", ["../run/log", "/etc/passwd", "log.run"])
def test_scenario_outside_of_run(own: OwnOs, name: str) -> None:
    assert f'"{name}"' in refused(own, "run", name, code=2)


# --- the machine


@pytest.mark.parametrize(
    ("program", "arguments", "code"),
    [
        ("qemu-system-x86_64", ("run", "log"), 2),
        ("g++", ("make", "test/x"), 2),
        ("ld", ("make", "test/x"), 1),
        ("bash", ("make", "test/x"), 2),
    ],
)
def test_missing_program(
    own: OwnOs, tmp_path: Path, program: str, arguments: tuple[str, ...], code: int
) -> None:
    own.component("x", f"(void)sizeof({len(program)});")
    environment = path_without(tmp_path / "bin", program)
    done = own.genode(*arguments, env=environment)
    said = one_message(done)
    assert done.returncode == code, said
    assert program in said
    assert "genode doctor" in said


def test_closed_streams_no_home_no_terminal(own: OwnOs) -> None:
    command = " ".join(own.command("make", "test/log"))
    for closing in ("<&-", ">&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {command} {closing}"],
            cwd=own.build,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": own.environment()["PYTHONPATH"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("closing", [">&-", "<&- >&-", ">/dev/full"])
@pytest.mark.parametrize("words", [("targets",), ("libs",), ("graph", "test/log"), ("settings",)])
def test_a_result_that_cannot_be_printed_is_an_error(
    own: OwnOs, words: tuple[str, ...], closing: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {shlex.join(own.command(*words))} {closing}"],
        cwd=own.build,
        env=own.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert one_message(done).startswith("genode: error: ")


def test_removed_current_directory(own: OwnOs) -> None:
    gone = own.outside / "gone"
    gone.mkdir()
    command = " ".join(own.command("make", "test/log"))
    done = subprocess.run(
        ["/bin/sh", "-c", f"rmdir {gone} && exec {command}"],
        cwd=gone,
        env=own.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "removed" in one_message(done)


# --- the build directory


def test_moved_tree(own: OwnOs) -> None:
    moved = own.tree.with_name("moved")
    own.tree.rename(moved)
    try:
        said = refused(own, "make", "test/log", code=2)
    finally:
        moved.rename(own.tree)
    assert str(own.tree / "repos/base") in said
    assert "GENODE_DIR" in said
    assert own.steps("test/log") == []


def test_lost_configuration(own: OwnOs) -> None:
    conf = own.build / "etc/build.conf"
    text = conf.read_bytes()
    conf.unlink()
    try:
        for lost in (None, "fifo", "link"):
            if lost == "fifo":
                os.mkfifo(conf)
            elif lost == "link":
                conf.symlink_to("nowhere")
            assert "etc/build.conf" in refused(own, "make", "test/log", code=2)
            conf.unlink(missing_ok=True)
    finally:
        conf.write_bytes(text)
    own.must("make", "test/log")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe\0\0garbage", ("build.conf:1", "missing separator")),
        (b"", ("BASE_DIR",)),
        (b"ifdef X\n", ("build.conf", "endif")),
        (b"$(error stop here)\n", ("build.conf:1", "stop here")),
    ],
)
def test_broken_configuration(own: OwnOs, text: bytes, words: tuple[str, ...]) -> None:
    conf = own.build / "etc/build.conf"
    good = conf.read_bytes()
    conf.write_bytes(text)
    try:
        said = refused(own, "make", "test/log", code=2)
    finally:
        conf.write_bytes(good)
    assert all(word in said for word in words), said


@pytest.mark.parametrize("damage", ["half", "garbage", "empty", "gone"])
@pytest.mark.parametrize(
    "name", ["state", "build.ninja", ".ninja_log", ".ninja_deps", "last", "lock", "calls"]
)
def test_damaged_memory_of_a_build(own: OwnOs, name: str, damage: str) -> None:
    own.must("make", "test/log")
    before = own.binaries()
    memory = own.build / "var/genode" / name
    for path in list(memory.iterdir()) if memory.is_dir() else [memory]:
        content = path.read_bytes()
        if damage == "half":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "garbage":
            path.write_bytes(bytes(range(256)) * 9)
        elif damage == "empty":
            path.write_bytes(b"")
        else:
            path.unlink()
    own.must("make", "test/log")
    own.must("make", "test/log")  # ninja's first line after a damaged one is damaged as well
    assert own.steps("test/log") == []
    assert own.binaries() == before


def test_directory_in_the_place_of_a_file(own: OwnOs) -> None:
    own.must("make", *GOALS)
    manifest = own.build / "var/genode/build.ninja"
    manifest.unlink()
    manifest.mkdir()
    try:
        assert str(manifest) in refused(own, "make", *GOALS, code=2)
    finally:
        manifest.rmdir()
    own.must("make", *GOALS)


@pytest.fixture
def anothers(own: OwnOs, tmp_path: Path) -> dict[str, str]:
    """Give the build directory away; return the environment for the tool."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for place, directories, files in os.walk(own.build):
        for name in (".", *directories, *files):
            os.chown(Path(place, name), 65534, 65534, follow_symlinks=False)
    return own.environment({"XDG_CONFIG_HOME": str(tmp_path)})


_GOALS = (("make", "test/log"), ("run", "log", "--kernel", "linux"))


@pytest.mark.parametrize("arguments", _GOALS)
def test_directory_of_another_user(
    own: OwnOs, anothers: dict[str, str], arguments: tuple[str, ...]
) -> None:
    assert "belongs to user `nobody`" in _refused_with(own, anothers, own.command(*arguments))


@pytest.mark.parametrize("arguments", _GOALS)
def test_trusted_directory_of_another_user(
    own: OwnOs, anothers: dict[str, str], arguments: tuple[str, ...]
) -> None:
    # The tool runs as root without root's right to pass over permissions: another account could
    # not even read a Python that stands in root's home directory.
    mortal = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner,-chown")
    if subprocess.run([*mortal, "test", "-r", __file__], check=False).returncode:
        pytest.skip("the checkout is in another user's home directory, which is closed")
    trusted = own.command("trust", str(own.build))
    subprocess.run(trusted, env=anothers, capture_output=True, check=True)
    said = _refused_with(own, anothers, [*mortal, *own.command(*arguments)])
    assert "Permission denied" in said


def _refused_with(own: OwnOs, environment: dict[str, str], command: Sequence[str]) -> str:
    """Return the message of a call that fails with exit code 2."""
    done = subprocess.run(
        command,
        cwd=own.build,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = one_message(done)
    assert done.returncode == 2, said
    return said


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Return a file system of 1 MiB; skips where it cannot be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    return place


def test_full_and_read_only_disk(own: OwnOs, small_disk: Path) -> None:
    def mount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(small_disk)], check=True)

    build = small_disk / "b"
    try:
        assert own.genode("create-builddir", "x86_64", f"BUILD_DIR={build}").returncode == 0
        done = own.genode("make", *GOALS, cwd=build)
        assert done.returncode in (1, 2)
        assert "No space left on device" in one_message(done)
        mount("size=20m")
        assert own.genode("make", *GOALS, cwd=build).returncode == 0
        for name in ("init", "test-log"):
            assert (build / "bin" / name).read_bytes() == (own.build / "bin" / name).read_bytes()
        mount("ro")
        done = own.genode("make", *GOALS, cwd=build)
        assert done.returncode == 2
        assert "Read-only file system" in one_message(done)
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)
