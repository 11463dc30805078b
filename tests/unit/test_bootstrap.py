"""Building a tool chain from source, on sources that take a second instead of an hour."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.errors import BuildFailed, EnvironmentProblem, GenodeError, UserError
from genode_tool.events import Event
from genode_tool.programs.catalogue import all_programs
from genode_tool.programs.kinds import Program
from genode_tool.settings.layered import LayeredSettings
from genode_tool.settings.layers import Layer
from genode_tool.toolchain.architectures import architecture
from genode_tool.toolchain.bootstrap import prerequisites
from genode_tool.toolchain.bootstrap.build import BuildOptions, build, plan
from genode_tool.toolchain.bootstrap.components import Component, ToolChainFeature
from genode_tool.toolchain.bootstrap.events import Installed, StepPlanned, StepStarted, StepUpToDate
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe
from genode_tool.toolchain.bootstrap.steps.sources import DirectorySources, ReleaseSources
from genode_tool.toolchain.bootstrap.versions import Versions
from tests.shared.waiting import until
from tests.unit.toolsources import Trouble, write_sources

ROOT = Path(__file__).resolve().parents[2]
X86 = architecture("x86")


@pytest.fixture(autouse=True)
def _host_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the requirements that only real sources have."""
    monkeypatch.setattr(prerequisites, "_FOR_COMPONENT", dict.fromkeys(Component, ()))


@pytest.fixture
def recipe(tmp_path: Path) -> BuildRecipe:
    sources = DirectorySources(write_sources(tmp_path / "sources"))
    return BuildRecipe(
        (X86,), tuple(ToolChainFeature)[:2], sources, tmp_path / "build", tmp_path / "tools" / "1.0"
    )


class Told(list[Event]):
    """A sink that remembers."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    @property
    def begun(self) -> list[str]:
        return [one.title for one in self if isinstance(one, StepStarted)]

    @property
    def kept(self) -> list[str]:
        return [one.title for one in self if isinstance(one, StepUpToDate)]


def run(recipe: BuildRecipe, options: BuildOptions | None = None) -> Told:
    told = Told()
    build(recipe, options or BuildOptions(jobs=2), told)
    return told


def with_trouble(recipe: BuildRecipe, tmp_path: Path, **troubles: Trouble) -> BuildRecipe:
    return replace(
        recipe, sources=DirectorySources(write_sources(tmp_path / "sources", dict(troubles)))
    )


def test_from_nothing_to_a_compiler(recipe: BuildRecipe) -> None:
    told = run(recipe)
    tools = recipe.prefix / "bin"
    assert {one.name for one in tools.iterdir()} == {"genode-x86-gcc", "genode-x86-ld"}
    assert told.begun[:2] == ["binutils 1.0: fetch", "GCC 1.0: fetch"]  # all sources come first
    assert told.begun[-1] == "GCC for x86: install"
    done = told[-1]
    assert isinstance(done, Installed)
    assert done.prefix == recipe.prefix
    assert done.architectures == ("x86",)
    assert done.current is None
    assert not (recipe.directory / "src").exists()
    assert "gcc -c" in (recipe.directory / "logs/x86-gcc-compilers.log").read_text()


def test_the_unwinder_has_a_library_of_its_own_for_each_multilib(recipe: BuildRecipe) -> None:
    run(recipe)
    below = recipe.prefix / "lib/gcc/x86_64-pc-elf/1.0"
    for directory in (below, below / "32"):
        for name, members in (("libgcc.a", "lib.o"), ("libgcc_eh.a", "unwind-dw2.o")):
            listed = subprocess.run(
                ["ar", "t", directory / name], capture_output=True, text=True, check=True
            )
            assert listed.stdout.split() == [members]


def test_a_second_call_does_nothing_and_a_new_feature_only_its_own(recipe: BuildRecipe) -> None:
    first = run(recipe)
    again = run(recipe)
    assert again.begun == []
    assert again.kept == first.begun
    more = run(replace(recipe, features=(*recipe.features, ToolChainFeature.GDB)))
    assert {title.split()[0] for title in more.begun} == {"GDB"}
    assert (recipe.prefix / "bin/genode-x86-gdb").exists()


def test_a_second_architecture_keeps_the_first(recipe: BuildRecipe) -> None:
    run(recipe)
    told = run(replace(recipe, architectures=(X86, architecture("riscv"))))
    assert "GCC for x86: install" in told.kept
    assert not [title for title in told.begun if "for x86" in title]
    names = {one.name for one in (recipe.prefix / "bin").iterdir()}
    assert {"genode-x86-gcc", "genode-riscv-gcc"} <= names
    assert run(recipe).begun == []


def test_other_sources_are_built_anew(recipe: BuildRecipe, tmp_path: Path) -> None:
    run(recipe)
    shutil.rmtree(tmp_path / "sources")
    other = write_sources(tmp_path / "sources")
    for path in list(other.iterdir()):
        path.rename(path.with_name(path.name.replace("1.0", "1.1")))
    assert "binutils for x86: configure" in run(recipe).begun


def test_sources_may_be_unpacked_and_are_left_as_they_are(
    recipe: BuildRecipe, tmp_path: Path
) -> None:
    sources = write_sources(tmp_path / "unpacked", packed=False)
    before = (sources / "gcc-1.0/gcc/config.gcc").read_text()
    run(replace(recipe, sources=DirectorySources(sources)), BuildOptions(keep=True))
    assert (sources / "gcc-1.0/gcc/config.gcc").read_text() == before
    adjusted = recipe.directory / "src/gcc/gcc/config.gcc"
    assert adjusted.read_text().startswith(before)
    assert 'tm_file="${tm_file} genode.h"' in adjusted.read_text()
    assert (recipe.directory / "src/gcc/gcc/config/genode.h").is_file()
    linker = (recipe.directory / "src/binutils/ld/ldlang.c").read_text()
    assert linker == "if (!(create && constraint == SPECIAL)\n\t      && fits)\n"


def test_a_dry_run_tells_the_commands_and_touches_nothing(recipe: BuildRecipe) -> None:
    told = Told()
    todo = plan(recipe, told)
    assert len(todo) == len(told)
    commands = [line for one in told if isinstance(one, StepPlanned) for line in one.commands]
    assert any("configure" in line and "--target=x86_64-pc-elf" in line for line in commands)
    assert any("MULTILIB_OPTIONS=m64/m32" in line for line in commands)
    assert not recipe.directory.exists()
    assert not recipe.prefix.exists()


def test_archives_of_a_release_are_downloaded_once_and_checked(
    recipe: BuildRecipe, tmp_path: Path
) -> None:
    site, hashes = tmp_path / "site", {}
    archives = tmp_path / "sources"
    for name, below in (("binutils", "binutils"), ("gcc", "gcc/gcc-1.0")):
        archive = archives / f"{name}-1.0.tar.xz"
        hashes[archive.name] = hashlib.sha256(archive.read_bytes()).hexdigest()
        (site / below).mkdir(parents=True)
        archive.rename(site / below / archive.name)
    own = tmp_path / "settings"
    own.mkdir()
    digests = "".join(f'"{name}" = "{digest}"\n' for name, digest in hashes.items())
    (own / "tool_chains.toml").write_text(f"[archives]\n{digests}")
    (own / "mirrors.toml").write_text(
        f'[mirrors]\ngnu = ["file://{tmp_path}/none", "file://{site}/"]\n'
    )
    settings = LayeredSettings((Layer("user", own),))
    cache = tmp_path / "cache"
    sources = ReleaseSources(Versions("1.0", "1.0", "1.0", "1.0"), cache, settings)
    downloaded = replace(recipe, sources=sources)
    told = run(downloaded)
    assert told.begun[0] == "binutils 1.0: fetch"
    assert {one.name for one in cache.iterdir()} >= {f"{hashes[one]}_{one}" for one in hashes}
    shutil.rmtree(site)
    assert run(replace(downloaded, directory=tmp_path / "other")).begun
    shutil.rmtree(cache)
    error = failure(replace(downloaded, directory=tmp_path / "third"))
    assert "binutils" in error.message


# Failures


def failure(recipe: BuildRecipe) -> GenodeError:
    with pytest.raises(GenodeError) as caught:
        run(recipe)
    return caught.value


def test_what_the_host_lacks_is_told_at_once_with_one_command(
    recipe: BuildRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = {"flex", "gmp.h", "mpc.h"}
    monkeypatch.undo()
    find = Program.find
    monkeypatch.setattr(
        Program, "find", lambda self: None if self.name in lacking else find(self) or Path("/x")
    )
    error = failure(recipe)
    assert isinstance(error, EnvironmentProblem)
    assert error.message.startswith("the tool chain cannot be built without: flex (")
    assert "gmp.h" in error.message
    # Where there is no sudo, the command ends with the quote of the one for su.
    wanted = "install --no-install-recommends -y flex libgmp-dev libmpc-dev"
    assert error.hint.removesuffix("'").endswith(wanted)
    assert not recipe.directory.exists()


def test_what_is_asked_for_is_in_the_table_of_programs() -> None:
    known = {program.name for program in all_programs()}
    asked = {name for names in prerequisites._FOR_FEATURE.values() for name in names}
    assert set(prerequisites._ALWAYS) | asked <= known


def test_a_compiler_error_is_shown_and_not_what_make_says_last(
    recipe: BuildRecipe, tmp_path: Path
) -> None:
    bad = with_trouble(recipe, tmp_path, gcc=Trouble(make="two.o: bad.o\nbad.o: ; gcc -c bad.c"))
    error = failure(bad)
    assert isinstance(error, BuildFailed)
    assert error.message.startswith("make exited with 2: ")
    assert "bad.c" in error.message
    assert error.location
    line = Path(error.location.file).read_text().splitlines()[error.location.line - 1]
    assert line in error.message
    told = Told()
    with pytest.raises(BuildFailed):
        build(bad, BuildOptions(), told)
    assert "binutils for x86: install" in told.kept
    assert told.begun == ["GCC for x86: compilers"]


def test_the_test_that_made_configure_give_up_is_shown(recipe: BuildRecipe, tmp_path: Path) -> None:
    script = (
        "echo 'configure:7: gcc conftest.c' >config.log\n"
        "echo 'conftest.c:1:10: fatal error: gmp.h: No such file or directory' >>config.log\n"
        "echo 'configure:9: error: GMP is needed' >>config.log\n"
        "echo 'configure: error: GMP is needed' >&2; exit 1"
    )
    error = failure(with_trouble(recipe, tmp_path, gcc=Trouble(configure=script)))
    assert error.message == "configure exited with 1: configure: error: GMP is needed"
    assert len(error.trail) == 1
    assert error.trail[0].endswith(
        "config.log: conftest.c:1:10: fatal error: gmp.h: No such file or directory"
    )


def test_a_broken_archive(recipe: BuildRecipe, tmp_path: Path) -> None:
    archive = tmp_path / "sources/gcc-1.0.tar.xz"
    archive.write_bytes(archive.read_bytes()[:-200])
    error = failure(recipe)
    assert "gcc-1.0.tar.xz cannot be unpacked" in error.message
    assert not (recipe.directory / "src/gcc").exists()
    write_sources(tmp_path / "sources")
    told = run(recipe)
    assert "binutils 1.0: unpack" in told.kept
    assert "GCC 1.0: unpack" in told.begun


def test_an_archive_within_a_source_package(recipe: BuildRecipe, tmp_path: Path) -> None:
    (tmp_path / "gcc-9").mkdir()
    (tmp_path / "sources/gcc-1.0.tar.xz").rename(tmp_path / "gcc-9/gcc-9.1.0-dfsg.tar.xz")
    package = tmp_path / "sources/gcc-9_9.1.0.orig.tar.gz"
    subprocess.run(["tar", "-czf", package, "-C", tmp_path, "gcc-9"], check=True)
    told = run(recipe)
    assert "GCC 9.1.0: unpack" in told.begun
    assert (recipe.prefix / "bin/genode-x86-gcc").exists()


def test_an_archive_of_something_else(recipe: BuildRecipe, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/readme").touch()
    archive = tmp_path / "sources/gcc-1.0.tar.xz"
    subprocess.run(["tar", "-cJf", archive, "-C", tmp_path, "other"], check=True)
    assert "found no configure script" in failure(recipe).message


def test_sources_that_are_missing_or_there_twice(recipe: BuildRecipe, tmp_path: Path) -> None:
    extra = tmp_path / "sources/gcc-1.1.tar.gz"
    extra.touch()
    assert "several sources of GCC: gcc-1.0.tar.xz, gcc-1.1.tar.gz" in failure(recipe).message
    extra.unlink()
    (tmp_path / "sources/gcc-1.0.tar.xz").unlink()
    error = failure(recipe)
    assert isinstance(error, UserError)
    assert "wanted gcc-VERSION.tar.xz" in error.message


def test_a_compiler_killed_in_the_middle(recipe: BuildRecipe, tmp_path: Path) -> None:
    deadly = "two.o: ; echo half >two.o; sh -c 'kill -9 \\$\\$\\$\\$'"
    error = failure(with_trouble(recipe, tmp_path, gcc=Trouble(make=deadly)))
    assert "Killed" in error.message
    assert "fewer jobs" in error.hint


def test_too_little_space_is_told_before(
    recipe: BuildRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 29))
    error = failure(recipe)
    assert "found 0.5 GiB free" in error.message
    assert not (recipe.directory / "logs").exists()


def test_a_disk_that_gets_full(
    recipe: BuildRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    try:
        monkeypatch.setattr("genode_tool.toolchain.bootstrap.build.check_space", lambda *_: None)
        large = Trouble(make="three.o: ; head -c 1000000 /dev/zero >three.o")
        full = replace(with_trouble(recipe, tmp_path, binutils=large), directory=disk / "build")
        error = failure(full)
        assert "No space left on device" in error.message
        assert "free some space" in error.hint
        subprocess.run(["mount", "-o", "remount,size=40m", disk], check=True)
        told = run(full)
        assert told.begun[0] == "binutils for x86: build"
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_prefix_that_may_not_be_written_is_told_before(
    recipe: BuildRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    recipe.prefix.parent.mkdir()
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != recipe.prefix.parent and access(path, mode)
    )
    error = failure(recipe)
    assert f"would be installed in {recipe.prefix}, which is not writable" in error.message
    assert "--sudo" in error.hint
    assert not recipe.directory.exists()


def test_sudo_installs_at_the_end(
    recipe: BuildRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    sudo = programs / "sudo"
    sudo.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/calls\nexec "$@"\n')
    sudo.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(prerequisites, "_writable", lambda path: path != recipe.prefix)
    run(recipe, BuildOptions(sudo=True))
    assert (tmp_path / "calls").read_text().split() == ["mkdir", "cp"]
    assert (recipe.prefix / "bin/genode-x86-gcc").exists()


def test_names_that_a_build_of_gcc_cannot_bear(recipe: BuildRecipe) -> None:
    error = failure(replace(recipe, prefix=Path("/opt/my tools")))
    assert "--prefix /opt/my tools" in error.message


# Interruptions

_SLOW = Trouble(
    make="three.o: ; echo half >\\$@; touch begun; sleep \\$\\$(cat ../../../pause); "
    "gcc -c ../../src/gcc/three.c -o \\$@"
)


def start(recipe: BuildRecipe) -> subprocess.Popen[str]:
    assert isinstance(recipe.sources, DirectorySources)
    words = [
        *("tool-chain", "x86", "-j2", "--features", "c++"),
        *("--source", str(recipe.sources.directory), "--build-dir", str(recipe.directory)),
        *("--prefix", str(recipe.prefix)),
    ]
    script = (
        "import sys; from genode_tool.toolchain.bootstrap import prerequisites as p;"
        "p._FOR_COMPONENT = dict.fromkeys(p._FOR_COMPONENT, ());"
        "from genode_tool.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_goes_on_without_half_a_file(
    recipe: BuildRecipe, tmp_path: Path, signum: int
) -> None:
    slow = with_trouble(recipe, tmp_path, gcc=_SLOW)
    (tmp_path / "pause").write_text("60")
    child = start(slow)
    begun = recipe.directory / "x86/gcc/begun"

    def compiles() -> bool:
        assert child.poll() is None, child.communicate()[0]
        return begun.exists()

    until(compiles, "the compiler's start")
    child.send_signal(signum)
    child.communicate(timeout=60)
    assert not (recipe.prefix / "bin").exists()
    half = recipe.directory / "x86/gcc/three.o"
    # make removes its unfinished target on SIGTERM, but cannot when it is killed
    assert half.exists() == (signum == signal.SIGKILL)
    (tmp_path / "pause").write_text("0")
    told = Told()
    build(slow, BuildOptions(keep=True), told)
    assert told.begun[0] == "GCC for x86: compilers"
    assert "binutils for x86: build" in told.kept
    assert half.read_bytes().startswith(b"\x7fELF")
    assert (recipe.prefix / "bin/genode-x86-gcc").exists()
