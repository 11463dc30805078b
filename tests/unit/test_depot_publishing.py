"""Publishing archives and getting them from a server, with real signatures."""

from __future__ import annotations

import errno
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest

from genode_tool.building.memory.store import STATE
from tests.unit.depot_fixture import genode, tree
from tests.unit.depot_shop import (
    ARCHIVES,
    SHOP,
    KeyRing,
    Shop,
    V,
    al_key,
    contents,
    gpg,
    ring,
    shop,
    without_gpg,
)
from tests.unit.fetch import webserver

__all__ = ["al_key", "genode", "ring", "shop", "tree"]

pytestmark = without_gpg


def test_what_is_published_arrives_as_it_was(shop: Shop) -> None:
    code, out, err = shop.publish()
    assert code == 0, err
    assert [line for line in out.splitlines() if line.startswith("published")] == [
        f"published al/{name}.tar.xz" for name in (ARCHIVES[3], ARCHIVES[2], *ARCHIVES[1::-1])
    ]
    code, out, err = shop.download()
    assert code == 0, err
    assert contents(shop.other) == {
        name: data for name, data in contents(shop.tree / "depot").items() if "/street/" not in name
    }
    assert shop.genode("depot", "verify", "--depot-dir", "other")[0] == 0
    assert "4 up to date" in shop.publish()[1]
    asked = len(shop.web.requests)
    assert "4 up to date" in shop.download()[1]
    assert len(shop.web.requests) == asked  # nothing is missing, so nobody is asked


def test_the_bytes_depend_on_the_content_alone(shop: Shop) -> None:
    shop.publish()
    for path in (shop.tree / "depot").rglob("*"):
        os.utime(path, (1e9, 1e9))
        if path.is_file():
            path.chmod(0o600)
    assert shop.publish("--public-dir", "again", SHOP)[0] == 0
    for name in ARCHIVES:
        one, two = (shop.tree / top / f"al/{name}.tar.xz" for top in ("public", "again"))
        assert one.read_bytes() == two.read_bytes()
    with tarfile.open(shop.public / f"al/{ARCHIVES[2]}.tar.xz") as tar:
        members = tar.getmembers()
    version = ARCHIVES[2].rpartition("/")[2]
    assert members[0].name == version and members[0].isdir()
    assert {(one.uid, one.gid, one.uname, one.gname) for one in members} == {(0, 0, "", "")}
    assert {one.mtime for one in members} == {1767225600}  # 2026-01-01


def test_other_programs_read_what_is_published(shop: Shop, ring: KeyRing, tmp_path: Path) -> None:
    shop.publish()
    file = shop.public / f"al/{ARCHIVES[2]}.tar.xz"
    gpg("--verify", f"{file}.sig", str(file), home=ring.home)
    subprocess.run(["xz", "--test", str(file)], check=True)
    subprocess.run(["tar", "xJf", str(file), "-C", str(tmp_path)], check=True)
    made = contents(tmp_path / "2026-01-01")
    assert made == contents(shop.tree / f"depot/al/{ARCHIVES[2]}")
    manifest = json.loads((shop.public / "al/manifest.json").read_text())
    listed = manifest["files"][f"{ARCHIVES[2]}.tar.xz"]
    assert listed["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert listed["size"] == file.stat().st_size
    gpg(
        "--verify",
        *(str(shop.public / "al" / name) for name in ("manifest.json.sig", "manifest.json")),
        home=ring.home,
    )


@pytest.mark.parametrize("manifest", [True, False])
def test_a_damaged_archive_is_not_installed_and_can_be_got_later(
    shop: Shop, manifest: bool
) -> None:
    shop.publish()
    if not manifest:
        shop.without_manifest()
    file = shop.public / f"al/{ARCHIVES[2]}.tar.xz"
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    code, _, err = shop.download()
    assert code == 1
    assert "the file was changed after it was signed" in err or "hashes to" in err
    assert not shop.has(ARCHIVES[2])
    assert shop.has(ARCHIVES[1])  # the others arrive
    file.write_bytes(whole)
    assert shop.download()[0] == 0
    assert shop.has(ARCHIVES[2])


@pytest.mark.parametrize("manifest", [True, False])
def test_one_archive_is_not_taken_for_another(shop: Shop, manifest: bool) -> None:
    shop.publish()
    if not manifest:
        shop.without_manifest()
    goods, source = (shop.public / f"al/{name}.tar.xz" for name in ARCHIVES[1:3])
    for end in ("", ".sig"):
        shutil.copy(f"{goods}{end}", f"{source}{end}")
    code, _, err = shop.download()
    assert code == 1
    assert ("hashes to" if manifest else "is not that of the recipe") in err
    assert not shop.has(ARCHIVES[2])


def test_another_version_is_not_taken_for_the_wanted_one(shop: Shop) -> None:
    shop.publish()
    shop.without_manifest()
    for end in ("", ".sig"):
        there = shop.public / f"al/pkg/shop/2027-01-01.tar.xz{end}"
        shutil.copy(shop.public / f"al/pkg/shop/{V}.tar.xz{end}", there)
    code, _, err = shop.download("al/pkg/shop/2027-01-01")
    assert code == 1
    assert f"wanted the directory `2027-01-01`, found `{V}`" in err
    assert not (shop.other / "al/pkg/shop/2027-01-01").exists()


def test_an_old_state_is_refused(shop: Shop) -> None:
    shop.publish(f"al/{ARCHIVES[1]}")
    old = {
        name: (shop.public / f"al/{name}").read_bytes()
        for name in ("manifest.json", "manifest.json.sig")
    }
    shop.publish()
    assert shop.download()[0] == 0
    for name, data in old.items():
        (shop.public / "al" / name).write_bytes(data)
    shutil.rmtree(shop.other / "al")
    code, _, err = shop.download()
    assert code == 1 and "is older (number 1) than one that was seen before (number 2)" in err
    shop.without_manifest()
    code, _, err = shop.download()
    assert code == 1 and "it is no longer there" in err
    assert not (shop.other / "al/pkg").exists()


def test_a_manifest_of_another_user_is_refused(shop: Shop, ring: KeyRing) -> None:
    shop.publish()
    path = shop.public / "al/manifest.json"
    path.write_text(path.read_text().replace('"al"', '"bob"'))
    shop.resign("manifest.json", ring.home)
    code, _, err = shop.download()
    assert code == 1 and "it is that of the user 'bob'" in err


def test_an_unlisted_archive_is_refused(shop: Shop, ring: KeyRing) -> None:
    shop.publish()
    path = shop.public / "al/manifest.json"
    data = json.loads(path.read_text())
    del data["files"][f"{ARCHIVES[2]}.tar.xz"]
    path.write_text(json.dumps(data))
    shop.resign("manifest.json", ring.home)
    code, _, err = shop.download()
    assert code == 1 and f"al does not publish {ARCHIVES[2]}.tar.xz" in err


@pytest.mark.parametrize("kind", ["parent", "absolute", "link", "two", "file"])
def test_a_hostile_archive_gets_nowhere(shop: Shop, ring: KeyRing, kind: str) -> None:
    shop.publish()
    shop.without_manifest()
    path = shop.public / f"al/{ARCHIVES[1]}.tar.xz"
    version = ARCHIVES[1].rpartition("/")[2]
    with lzma.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        if kind != "file":
            top = tarfile.TarInfo(version)
            top.type = tarfile.DIRTYPE
            tar.addfile(top)
        names = {
            "parent": f"{version}/../../../out",
            "absolute": f"{shop.tree}/out",
            "link": f"{version}/out",
            "two": "out",
            "file": version,
        }
        member = tarfile.TarInfo(names[kind])
        if kind == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    shop.resign(f"{ARCHIVES[1]}.tar.xz", ring.home)
    code, _, err = shop.download()
    assert code == 1, err
    assert not shop.has(ARCHIVES[1])
    assert not list(shop.tree.rglob("out"))


def test_a_binary_has_the_hashes_of_what_it_is_made_of(shop: Shop) -> None:
    depot = shop.tree / "depot/al"
    made = depot / "bin/x86_64/shop/2026-01-01"
    made.mkdir(parents=True)
    (made / "shop").write_bytes(b"program")
    (made / "shop").chmod(0o755)
    hashes = " ".join(
        (depot / f"{name}.hash").read_text().strip()
        for name in ("src/shop/2026-01-01", "api/timer/2026-01-01")
    )
    made.with_name("2026-01-01.hash").write_text(f"{hashes}\n")
    package = f"al/pkg/x86_64/shop/{V}"
    assert shop.publish(package)[0] == 0
    code, _, err = shop.download(package)
    assert code == 0, err
    arrived = shop.other / "al/bin/x86_64/shop/2026-01-01"
    assert os.access(arrived / "shop", os.X_OK)
    assert arrived.with_name("2026-01-01.hash").read_text() == f"{hashes}\n"
    assert shop.genode("depot", "verify", "--depot-dir", "other")[0] == 0


def test_an_index_is_published_anew_when_it_changed(shop: Shop) -> None:
    index = shop.tree / "depot/al/index/26.04"
    index.parent.mkdir()
    index.write_text("<index/>\n")
    assert "published al/index/26.04.xz" in shop.publish("al/index/26.04")[1]
    assert "1 up to date" in shop.publish("al/index/26.04")[1]
    index.write_text('<index> <pkg path="shop"/> </index>\n')
    assert "published al/index/26.04.xz" in shop.publish("al/index/26.04")[1]
    assert shop.download("al/index/26.04")[0] == 0
    assert (shop.other / "al/index/26.04").read_text() == index.read_text()


def test_a_wrong_index_is_published_with_a_warning_unless_nobody_can_read_it(shop: Shop) -> None:
    index = shop.tree / "depot/al/index/26.04"
    index.parent.mkdir()
    index.write_text("<index/>\n")
    code, _, said = shop.publish("al/index/26.04")
    assert code == 0 and "supports no architecture" in said
    index.write_text("<index>\n")
    code, _, said = shop.publish("al/index/26.04")
    assert code == 2 and "al/index/26.04:2:1: error: not well-formed XML" in said


@pytest.mark.parametrize("manifest", [True, False])
def test_an_image_is_published_and_got_as_a_whole(shop: Shop, manifest: bool) -> None:
    image = shop.tree / "depot/al/image/shop-pc-2026-02-03"
    image.mkdir(parents=True)
    (image / "image.elf").write_bytes(b"core")
    disk = image.with_name(f"{image.name}.img")
    disk.write_bytes(b"disk" * 1000)
    name = "al/image/shop-pc-2026-02-03"
    code, out, err = shop.publish(name)
    assert code == 0, err
    assert [line for line in out.splitlines() if line.startswith("published")] == [
        f"published {name}.{end}" for end in ("tar.xz", "img.xz", "zip")
    ]
    for end in ("tar.xz", "img.xz", "zip"):
        assert (shop.public / f"{name}.{end}.sig").is_file()
    with zipfile.ZipFile(shop.public / f"{name}.zip") as packed:
        assert packed.namelist() == [disk.name]
        assert packed.read(disk.name) == disk.read_bytes()
    os.utime(disk, (1e9, 1e9))
    assert shop.publish("--public-dir", "again", name)[0] == 0
    for end in ("tar.xz", "img.xz", "zip"):
        one, two = (shop.tree / top / f"{name}.{end}" for top in ("public", "again"))
        assert one.read_bytes() == two.read_bytes()
    if not manifest:
        shop.without_manifest()
    code, _, err = shop.download(name)
    assert code == 0, err
    assert (shop.other / name / "image.elf").read_bytes() == b"core"
    assert (shop.other / f"{name}.img").exists() is manifest
    assert "1 up to date" in shop.download(name)[1]


def test_an_image_under_another_name_is_refused(shop: Shop) -> None:
    for version in ("1", "2"):
        image = shop.tree / f"depot/al/image/shop-pc-{version}"
        image.mkdir(parents=True)
        image.with_name(f"{image.name}.img").write_bytes(b"disk")
        assert shop.publish(f"al/image/shop-pc-{version}")[0] == 0
    shop.without_manifest()
    for end in ("", ".sig"):
        files = (shop.public / f"al/image/shop-pc-{one}.tar.xz{end}" for one in ("1", "2"))
        shutil.copy(*files)
    code, _, err = shop.download("al/image/shop-pc-2")
    assert code == 1 and "wanted the directory `shop-pc-2`, found `shop-pc-1`" in err
    assert not (shop.other / "al/image/shop-pc-2").exists()


def test_a_changed_archive_is_not_published(shop: Shop) -> None:
    (shop.tree / f"depot/al/{ARCHIVES[1]}/list").write_text("poison\n")
    code, _, err = shop.publish()
    assert code == 2 and f"cannot publish al/{ARCHIVES[1]}: it has another content" in err
    assert not shop.public.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["publish", "al/pkg/shop/2020-01-01"], "al/pkg/shop/2020-01-01 is not in the depot"),
        (["publish", "al/pkg/shop"], "al/pkg/shop has no version"),
        (["publish", "al/index/none"], "cannot publish al/index/none: there is no file"),
        (["publish", "al/image/big"], "`al/image/big` is not the name of a system image"),
        (
            ["publish", "al/image/os-pc-1"],
            "cannot publish al/image/os-pc-1: the depot does not have",
        ),
        (["download", "al/pkg/shop"], "al/pkg/shop has no version"),
        (["download", "carl/pkg/shop/1"], "no public key of the depot user `carl`"),
        (["user", "list", "all"], "no public key of the depot user `all`"),
        (["user", "add", "../x", "--url", "https://h"], "`../x` cannot be the name"),
        (["user", "add", "bob", "--url", "ftp://h"], "`ftp://h` is not a URL"),
        (["user", "add", "bob"], "nothing to add"),
        (["user", "add", "bob", "--key", "LICENSE"], "has no OpenPGP public key"),
    ],
)
def test_wrong_input_is_said(shop: Shop, words: list[str], message: str) -> None:
    code, out, err = shop.genode("depot", *words)
    assert code == 2 and message in out + err


def test_what_a_server_lacks_is_said(shop: Shop) -> None:
    shop.publish()
    (shop.public / f"al/{ARCHIVES[2]}.tar.xz").unlink()
    code, _, err = shop.download()
    assert code == 1 and f"al_{ARCHIVES[2].replace('/', '_')}.tar.xz" in err and "404" in err


def test_a_user_is_added_and_shown(shop: Shop, ring: KeyRing, tmp_path: Path) -> None:
    key = tmp_path / "bob.asc"
    key.write_text(ring.make("bob", "2y"))
    words = ("depot", "user", "add", "bob", "--key", str(key), "--url", "https://bob.example.org/")
    assert shop.genode(*words)[0] == 0
    assert (shop.tree / "depot/bob/download").read_text() == "https://bob.example.org\n"
    out = shop.genode("depot", "user", "list")[1]
    assert "bob  https://bob.example.org" in out and "EdDSA 255  bob@example.org" in out
    (one,) = json.loads(shop.genode("depot", "user", "list", "bob", "--json")[1])
    assert one["expired"] is False and one["owner"] == "bob@example.org"
    assert one["fingerprint"] in gpg("--list-keys", "bob@example.org", home=ring.home)


@pytest.mark.parametrize(
    ("algorithm", "options", "remark"),
    [
        ("ed25519", ("--cert-digest-algo", "SHA1"), "bound to its name by SHA-1 only"),
        ("rsa1024", (), "RSA with 1024 bits"),
        ("dsa1024", (), "DSA"),
        ("rsa3072", (), ""),
    ],
)
def test_the_weaknesses_of_a_key_are_shown(
    shop: Shop, ring: KeyRing, tmp_path: Path, algorithm: str, options: tuple[str, ...], remark: str
) -> None:
    address = f"{algorithm}-{len(options)}@example.org"
    make = ("--passphrase", "", "--quick-generate-key", address, algorithm, "sign", "never")
    gpg(*options, "--yes", "--expert", *make, home=ring.home)
    key = tmp_path / "weak.asc"
    key.write_text(gpg("--armor", "--export", address, home=ring.home))
    words = ("depot", "user", "add", "weak", "--key", str(key), "--url", "https://weak.example.org")
    code, _, err = shop.genode(*words)
    assert code == 0, err
    (one,) = json.loads(shop.genode("depot", "user", "list", "weak", "--json")[1])
    assert bool(one["remarks"]) == bool(remark) and remark in "; ".join(one["remarks"])
    assert remark in shop.genode("depot", "user", "list", "weak")[1]


@pytest.mark.parametrize(("signed", "good"), [("20200601", True), ("20220101", False)])
def test_a_key_that_has_expired(shop: Shop, ring: KeyRing, signed: str, good: bool) -> None:
    user = f"old{signed}"
    address = f"{user}@example.org"
    ring.make(user, "never", "--faked-system-time", "20200101T000000")
    known = shop.tree / "repos/os/sculpt/depot" / user
    known.mkdir()
    (known / "download").write_text(shop.web.url(""))
    shutil.copytree(shop.tree / "depot/al/raw", shop.tree / "depot" / user / "raw")
    shop.publish()
    file = shop.public / f"{user}/{ARCHIVES[1]}.tar.xz"
    file.parent.mkdir(parents=True)
    shutil.copy(shop.public / f"al/{ARCHIVES[1]}.tar.xz", file)
    words = ["--local-user", address, "--detach-sign", "--digest-algo", "SHA256", str(file)]
    gpg("--faked-system-time", f"{signed}T000000", *words, home=ring.home)
    listed = gpg("--with-colons", "--list-keys", address, home=ring.home)
    print_row = next(line for line in listed.splitlines() if line.startswith("fpr:"))
    # the key is given an end after the signature was made, so gpg makes both kinds
    end = ["--quick-set-expire", print_row.split(":")[9], "20210101T000000"]
    gpg("--faked-system-time", "20200601T000000", *end, home=ring.home)
    (known / "pubkey").write_text(gpg("--armor", "--export", address, home=ring.home))

    code, _, err = shop.publish(f"{user}/{ARCHIVES[1]}")
    assert code == 2 and f"the key of {user} has expired" in err
    code, _, err = shop.download(f"{user}/{ARCHIVES[1]}")
    assert code == (0 if good else 1), err
    assert (shop.other / user / ARCHIVES[1]).is_dir() is good
    if good:
        assert "its key has expired since it was signed on 2020-06-01" in err
    else:
        assert "signed on 2022-01-01 by a key that had expired on 2021-01-01" in err


def test_without_the_secret_key_nothing_is_published(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        code, _, err = shop.publish()
    assert code == 2 and "no secret key of al in your key ring" in err
    assert not list(shop.public.rglob("*.xz"))


_SQ = """#!/bin/sh
echo "$@" >> {calls}
case " $* " in
*" key list "*)
    echo "   - usable for signing" >&2 ;;
*" sign --batch --signer "*)
    for word; do before=$last last=$word; done
    GNUPGHOME={home} exec gpg --batch --detach-sign --output "$before" "$last" ;;
*) exit 1 ;;
esac
"""


def test_the_secret_key_is_sequoia_s(
    shop: Shop, ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, program = tmp_path / "calls", tmp_path / "bin/sq"
    program.parent.mkdir()
    program.write_text(_SQ.format(calls=calls, home=ring.home))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        code, _, err = shop.publish()
        assert code == 0, err
        assert shop.download()[0] == 0
    asked, first, *_ = calls.read_text().splitlines()
    keyring = f"--keyring {shop.tree}/repos/os/sculpt/depot/al/pubkey"
    assert asked.startswith(f"--cli-version 1.2.0 {keyring} key list --cert ")
    assert first.startswith(
        f"--cli-version 1.2.0 --policy-as-of 2013-01-31 {keyring} sign --batch --signer "
    )


def test_what_a_killed_call_left_is_removed(shop: Shop) -> None:
    shop.publish()
    left = shop.other / STATE / "incoming/tmpx/2026-01-01"
    left.mkdir(parents=True)
    assert shop.download()[0] == 0
    assert not left.exists()


def test_the_current_version_is_published(shop: Shop) -> None:
    code, out, err = shop.genode("depot", "publish-current", "al/pkg/shop")
    assert code == 0, err
    assert f"published {SHOP}.tar.xz" in out


def test_an_interrupted_download_goes_on(shop: Shop) -> None:
    shop.publish()
    path = f"/al/{ARCHIVES[2]}.tar.xz"
    data = (shop.public / path.lstrip("/")).read_bytes()
    shop.web.routes[path] = [
        webserver.cut(data, 100, ETag='"1"'),
        webserver.content(data, ETag='"1"'),
    ]
    code, _, err = shop.download()
    assert code == 0, err
    assert shop.has(ARCHIVES[2])
    (resumed,) = (one for one in shop.web.requests if one.path == path and "Range" in one.headers)
    assert resumed.headers["Range"] == "bytes=100-"


def test_a_subkey_that_has_expired(shop: Shop, ring: KeyRing) -> None:
    ring.make("sub", "never", "--faked-system-time", "20200101T000000")
    address, then = "sub@example.org", ("--faked-system-time", "20200601T000000")

    def prints() -> list[str]:
        listed = gpg("--with-colons", "--list-keys", address, home=ring.home)
        return [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]

    more = ("--passphrase", "", "--quick-add-key", prints()[0], "ed25519", "sign", "never")
    gpg(*then, *more, home=ring.home)
    primary, subkey = prints()
    known = shop.tree / "repos/os/sculpt/depot/sub"
    known.mkdir()
    (known / "download").write_text(shop.web.url(""))
    shop.publish()
    file = shop.public / f"sub/{ARCHIVES[1]}.tar.xz"
    file.parent.mkdir(parents=True)
    shutil.copy(shop.public / f"al/{ARCHIVES[1]}.tar.xz", file)
    words = ["--local-user", f"{subkey}!", "--detach-sign", "--digest-algo", "SHA256", str(file)]
    gpg("--faked-system-time", "20220101T000000", *words, home=ring.home)
    gpg(*then, "--quick-set-expire", primary, "20210101T000000", subkey, home=ring.home)
    (known / "pubkey").write_text(gpg("--armor", "--export", address, home=ring.home))
    code, _, err = shop.download(f"sub/{ARCHIVES[1]}")
    assert code == 1 and "by a key that had expired on 2021-01-01" in err, err


def gone(path: Path) -> Path:
    """Leave at `path` what a process that is gone was writing there."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = path.with_name(f".{path.name}.{ended.pid}.0.part")
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("half")
    return left


def test_what_killed_calls_were_writing_is_removed(shop: Shop) -> None:
    archive = shop.public / f"{SHOP}.tar.xz"
    left = [
        gone(archive),
        gone(archive.with_name(f"{archive.name}.sig")),
        gone(shop.public / "al/manifest.json"),
        gone(shop.other / STATE / "manifests/al.json"),
        gone(shop.other / "al/index/26.02"),
    ]
    index = shop.tree / "depot/al/index/26.02"
    index.parent.mkdir()
    index.write_text("<index/>\n")
    assert shop.publish(SHOP, "al/index/26.02")[0] == 0
    assert shop.download(SHOP, "al/index/26.02")[0] == 0
    assert [one for one in left if one.exists()] == []


@pytest.mark.parametrize("full", ["pack", "sign"])
def test_what_is_published_stays_when_publishing_anew_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    index = shop.tree / "depot/al/index/26.02"
    index.parent.mkdir()
    index.write_text("<index/>\n")
    assert shop.publish(SHOP, "al/index/26.02")[0] == 0
    before = contents(shop.public)
    index.write_text("<index>new</index>\n")
    where, name = {
        "pack": ("publish", "pack_file"),
        "sign": ("signing", "_sign"),
    }[full]

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(f"genode_tool.depot.publishing.{where}.{name}", fail)
        code, _, said = shop.publish("al/index/26.02")
    assert (code, "free some space" in said) == (2, True), said
    assert contents(shop.public) == before
    assert shop.publish("al/index/26.02")[0] == 0
    assert shop.download(SHOP, "al/index/26.02")[0] == 0
    assert (shop.other / "al/index/26.02").read_text() == "<index>new</index>\n"
