"""Archives of tool chains: the same bytes, verified contents, nothing half unpacked."""

from __future__ import annotations

import io
import os
import tarfile
import time
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.toolchain.archive import MANIFEST, pack, unpack


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Something laid out as a tool chain is, with links of both kinds."""
    top = tmp_path / "built" / "25.05"
    (top / "bin").mkdir(parents=True)
    (top / "lib/gcc/x86").mkdir(parents=True)
    gcc = top / "bin/genode-x86-gcc"
    gcc.write_bytes(b"\x7fELF" + bytes(5000))
    gcc.chmod(0o775)
    (top / "bin/genode-x86-gcc-14.2.0").hardlink_to(gcc)
    (top / "lib/gcc/x86/libgcc.a").write_bytes(b"!<arch>\n")
    (top / "lib/gcc/include").symlink_to("x86")
    (top / "empty").mkdir()
    return top


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.xz"])
def test_the_same_tool_chain_makes_the_same_bytes(chain: Path, tmp_path: Path, suffix: str) -> None:
    first = pack(chain, tmp_path / f"one{suffix}")
    later = time.time() + 5000
    for path in chain.rglob("*"):
        os.utime(path, (later, later), follow_symlinks=False)
    (chain / "lib/gcc/x86/libgcc.a").chmod(0o600)
    second = pack(chain, tmp_path / f"two{suffix}")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256
    assert first.files == 3
    (chain / "lib/gcc/x86/libgcc.a").write_bytes(b"!<arch>\n ")
    assert pack(chain, tmp_path / f"three{suffix}").sha256 != first.sha256


def test_what_is_unpacked_is_what_was_packed(chain: Path, tmp_path: Path) -> None:
    packed = pack(chain, tmp_path / "a.tar.xz")
    prefix = tmp_path / "a place" / "tools"
    done = unpack(packed.path, prefix, sha256=packed.sha256.upper())
    assert (done.directory, done.files, done.fresh) == (prefix / "25.05", 3, True)
    assert (prefix / "current").readlink() == Path("25.05")
    gcc = prefix / "current/bin/genode-x86-gcc"
    assert gcc.read_bytes() == (chain / "bin/genode-x86-gcc").read_bytes()
    assert os.access(gcc, os.X_OK)
    assert gcc.samefile(prefix / "25.05/bin/genode-x86-gcc-14.2.0")
    assert (prefix / "25.05/lib/gcc/include/libgcc.a").is_file()
    assert (prefix / "25.05/empty").is_dir()
    assert pack(done.directory, tmp_path / "b.tar.xz").sha256 == packed.sha256
    assert not unpack(packed.path, prefix).fresh


def test_versions_live_side_by_side(chain: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "tools"
    unpack(pack(chain, tmp_path / "a.tar").path, prefix)
    other = chain.rename(chain.with_name("23.05"))
    archive = pack(other, tmp_path / "b.tar").path
    unpack(archive, prefix, current=False)
    assert (prefix / "current").readlink() == Path("25.05")
    unpack(archive, prefix)
    assert (prefix / "current").readlink() == Path("23.05")
    assert {path.name for path in prefix.iterdir()} == {"23.05", "25.05", "current"}


def test_another_tool_chain_of_that_name_stays(chain: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "tools"
    unpack(pack(chain, tmp_path / "a.tar").path, prefix)
    (chain / "bin/more").write_text("more")
    with pytest.raises(UserError, match="is another tool chain"):
        unpack(pack(chain, tmp_path / "b.tar").path, prefix)
    assert not (prefix / "25.05/bin/more").exists()


def rewritten(archive: Path, change: dict[str, bytes]) -> Path:
    """A copy of a tar file with other contents for some members."""
    result = archive.with_name(f"changed-{archive.name}")
    with tarfile.open(archive) as old, tarfile.open(result, "w") as new:
        for member in old:
            data = old.extractfile(member) if member.isreg() else None
            content = change.get(member.name, data.read() if data else b"")
            if member.isreg():
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return result


def test_changed_files_are_noticed(chain: Path, tmp_path: Path) -> None:
    archive = pack(chain, tmp_path / "a.tar").path
    changed = rewritten(archive, {"25.05/lib/gcc/x86/libgcc.a": b"evil"})
    with pytest.raises(UserError, match=r"lib/gcc/x86/libgcc\.a differs"):
        unpack(changed, tmp_path / "tools")
    assert list((tmp_path / "tools").iterdir()) == []


def test_another_hash_is_noticed(chain: Path, tmp_path: Path) -> None:
    archive = pack(chain, tmp_path / "a.tar").path
    with pytest.raises(UserError, match="wanted 00ff"):
        unpack(archive, tmp_path / "tools", sha256="00ff")
    assert not (tmp_path / "tools").exists()


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.xz"])
def test_an_archive_that_ends_early_is_noticed(chain: Path, tmp_path: Path, suffix: str) -> None:
    archive = pack(chain, tmp_path / f"a{suffix}").path
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"not an intact archive|broken|is missing"):
        unpack(archive, tmp_path / "tools")
    assert list((tmp_path / "tools").iterdir()) == []


def member(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


@pytest.mark.parametrize(
    "members",
    [
        [member("../evil")],
        [member("/evil")],
        [member("v/../../evil")],
        [member("v/x"), member("other/y")],
        [member("v/link", type=tarfile.SYMTYPE, linkname="/etc")],
        [member("v/link", type=tarfile.SYMTYPE, linkname="../../x")],
        [member("v/link", type=tarfile.SYMTYPE, linkname="d"), member("v/link/file")],
        [member("v/hard", type=tarfile.LNKTYPE, linkname="../../etc/passwd")],
        [member("v/device", type=tarfile.CHRTYPE)],
        [],
    ],
)
def test_nothing_leaves_its_directory(members: list[tarfile.TarInfo], tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        for one in members:
            tar.addfile(one)
    with pytest.raises(UserError, match="not an intact archive"):
        unpack(archive, tmp_path / "in/tools")
    assert [path.name for path in tmp_path.iterdir()] != ["evil"]
    assert list((tmp_path / "in/tools").iterdir()) == []


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.addfile(member("v/file"))
    with pytest.raises(UserError, match=MANIFEST):
        unpack(tmp_path / "a.tar", tmp_path / "tools")
    (tmp_path / "b.tar.xz").write_text("no archive")
    with pytest.raises(UserError, match="not an intact archive"):
        unpack(tmp_path / "b.tar.xz", tmp_path / "tools")
    with pytest.raises(UserError, match="no such archive"):
        unpack(tmp_path / "c.tar.xz", tmp_path / "tools")


def test_a_tool_chain_that_is_bound_to_a_machine_is_not_packed(chain: Path, tmp_path: Path) -> None:
    (chain / "bin/genode-x86-ar").symlink_to("/usr/bin/ar")
    with pytest.raises(UserError, match="leads out of the tool chain") as caught:
        pack(chain, tmp_path / "a.tar")
    assert "adopt" in caught.value.hint
    with pytest.raises(UserError, match="is not a tool chain"):
        pack(tmp_path, tmp_path / "a.tar")


def test_a_place_that_cannot_be_written_is_told(chain: Path, tmp_path: Path) -> None:
    archive = pack(chain, tmp_path / "a.tar").path
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        unpack(archive, tmp_path / "file/tools")
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        pack(chain, tmp_path / "file/a.tar")
