"""The cache, mirrors, other transports, signatures: origins of files, and what is cached."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import socketserver
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import discard
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.cache.downloads import copy_into_place as place_file
from genode_tool.ports.fetch.mirrors import parse_mirrors
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind
from tests.unit.fetch.fetching import DATA, Place, sha256, source
from tests.unit.fetch.webserver import Web, content, stall, status

NAME = f"{sha256(DATA)}_it.tar"
NOWHERE = "https://nowhere.invalid/some/it.tar"


def test_a_bad_entry_is_deleted_with_a_message(place: Place, web: Web) -> None:
    place.cache.mkdir()
    (place.cache / NAME).write_bytes(b"flipped bits")
    web.routes["/it.tar"] = [content(DATA)]
    fetched = place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert fetched.path.read_bytes() == DATA
    assert f"{place.cache / NAME} does not hash to its name" in place.warnings


def test_an_entry_by_another_name_serves(place: Place) -> None:
    place.cache.mkdir()
    other = place.cache / f"{sha256(DATA)}_renamed.tar"
    other.write_bytes(DATA)
    assert place.fetcher(offline=True).fetch_file(source(NOWHERE)).path == other


def test_the_copy_of_an_entry_is_complete_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "entry").write_bytes(DATA)
    place_file(tmp_path / "entry", tmp_path / "a/b/copy")
    assert (tmp_path / "a/b/copy").read_bytes() == DATA
    with pytest.raises(EnvironmentProblem):
        place_file(tmp_path / "missing", tmp_path / "c")
    assert sorted(os.listdir(tmp_path)) == ["a", "entry"]  # noqa: PTH208


def _fetch(cache: str, url: str) -> None:
    Place(Path(cache)).fetcher().fetch_file(source(url))


def test_processes_that_want_the_same_file_download_it_once(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [content(DATA)]
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_fetch, args=(str(place.cache), web.url("/it.tar")))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert web.asked("/it.tar") == 1
    assert place.files == [NAME]


def test_waiting_for_another_download_has_an_end(place: Place) -> None:
    cache = Cache(place.cache)
    digest = Digest.parse(sha256(DATA))
    with (
        cache.part(digest.hex, "it.tar", digest, Deadline(), discard, "it.file"),
        pytest.raises(EnvironmentProblem, match=r"the download of it\.file is still in use"),
    ):
        place.fetcher().fetch_file(source(NOWHERE), Deadline.after(0.3))
    assert "waiting: the download of it.file is in use by another process" in place.notes
    assert place.files == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_full_disk_leaves_the_cache_as_it_was(
    web: Web, small_disk: Path, announced: bool
) -> None:
    place = Place(small_disk / "cache")
    web.routes["/small"] = [content(b"small")]
    place.fetcher().fetch_file(source(web.url("/small"), data=b"small"))
    before = place.files

    def unannounced(handler: object) -> None:
        handler.start(200, None, Connection="close")  # type: ignore[attr-defined]
        handler.wfile.write(DATA)  # type: ignore[attr-defined]
        handler.hang_up()  # type: ignore[attr-defined]

    web.routes["/it.tar"] = [content(DATA) if announced else unannounced]
    with pytest.raises(EnvironmentProblem) as caught:
        place.fetcher().fetch_file(source(web.url("/it.tar")))
    words = "has 0.5 MB" if announced else "the file system is full"
    assert words.replace("0.5 MB", "512.0 kB") in str(caught.value)
    assert place.files == before
    assert caught.value.exit_code == 2


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        Place(tmp_path / "file/cache").fetcher().fetch_file(source(NOWHERE))


@pytest.mark.parametrize(
    "name", ["it.tar", NAME, "nowhere.invalid/some/it.tar"], ids=["name", "cache", "host"]
)
@pytest.mark.parametrize("remote", [False, True])
def test_mirrors_are_asked_by_every_name(
    place: Place, web: Web, tmp_path: Path, name: str, remote: bool
) -> None:
    if remote:
        web.routes[f"/mirror/{name}"] = [content(DATA)]
        text = web.url("/mirror/")
    else:
        (tmp_path / "a mirror" / name).parent.mkdir(parents=True)
        (tmp_path / "a mirror" / name).write_bytes(DATA)
        text = f"/missing '{tmp_path}/a mirror'"
    fetched = place.fetcher(text).fetch_file(source(NOWHERE))
    assert name in fetched.origin
    assert place.files == [NAME]


def test_a_mirror_with_something_else_is_passed_over(
    place: Place, web: Web, tmp_path: Path
) -> None:
    (tmp_path / "it.tar").write_bytes(b"old version")
    web.routes["/it.tar"] = [content(DATA)]
    fetched = place.fetcher(f"'{tmp_path}'").fetch_file(source(web.url("/it.tar")))
    assert fetched.origin == web.url("/it.tar")


def test_rules_send_elsewhere_and_nowhere(place: Place, web: Web) -> None:
    web.routes["/inside/some/it.tar"] = [content(DATA)]
    rule = f"https://nowhere.invalid/=>{web.url('/inside/')}"
    assert "/inside/" in place.fetcher(rule).fetch_file(source(NOWHERE)).origin
    other = source(NOWHERE, data=b"other")
    with pytest.raises(FetchFailed, match="no source left to try"):
        place.fetcher("https://=>").fetch_file(other)


def test_every_place_is_named_in_the_failure(place: Place, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as caught:
        place.fetcher(f"'{tmp_path}' {web.url('/m')}").fetch_file(source(web.url("/it.tar")))
    trail = "\n".join((*caught.value.trail, str(caught.value)))
    for words in (f"{tmp_path}/it.tar: no such file", web.url("/m/it.tar"), web.url("/it.tar")):
        assert words in trail


@pytest.mark.parametrize("text", ["mirror", "=>x", "relative/path", "'open"])
def test_what_is_no_mirror(text: str) -> None:
    with pytest.raises(UserError, match="GENODE_CONTRIB_MIRRORS"):
        parse_mirrors(text)


def test_offline_asks_nobody(place: Place, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="not asked: offline") as caught:
        place.fetcher(web.url("/m"), offline=True).fetch_file(source(web.url("/it.tar")))
    assert "without --offline" in caught.value.hint
    assert web.requests == []
    (tmp_path / "it.tar").write_bytes(DATA)
    fetched = place.fetcher(f"'{tmp_path}'", offline=True).fetch_file(source(web.url("/it.tar")))
    assert fetched.sha256 == sha256(DATA)


def test_local_urls(place: Place, tmp_path: Path) -> None:
    (tmp_path / "it.tar").write_bytes(DATA)
    url = (tmp_path / "it.tar").as_uri()
    assert place.fetcher().fetch_file(source(url)).path.read_bytes() == DATA


class FtpHandler(socketserver.StreamRequestHandler):
    """As much of RFC 959 and 2428 as a client needs; hangs up in the first transfer."""

    timeout = 10

    def handle(self) -> None:
        self.say("220 hello")
        offset = 0
        passive = None
        for line in self.rfile:
            command, _, argument = line.decode().strip().partition(" ")
            if command == "SIZE":
                missing = argument != "/pub/it.tar"
                self.say("550 no such file" if missing else f"213 {len(DATA)}")
            elif command in ("EPSV", "PASV"):
                passive = socketserver.TCPServer(("127.0.0.1", 0), FtpHandler)
                port = passive.server_address[1]
                self.say(
                    f"229 ok (|||{port}|)"
                    if command == "EPSV"
                    else f"227 ok (127,0,0,1,{port // 256},{port % 256})"
                )
            elif command == "REST":
                offset = int(argument)
                self.say("350 ok")
            elif command == "RETR" and passive:
                self.say("150 coming")
                stream, _ = passive.socket.accept()
                offsets = self.server.offsets  # type: ignore[attr-defined]
                offsets.append(offset)
                with stream:
                    stream.sendall(DATA[offset:][: 1000 if len(offsets) == 1 else None])
                passive.server_close()
                self.say("426 broken" if len(offsets) == 1 else "226 done")
            else:
                self.say({"USER": "331 who", "QUIT": "221 bye"}.get(command, "200 ok"))

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def test_ftp_goes_on_where_it_ended(place: Place) -> None:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), FtpHandler)
    server.daemon_threads = True
    server.offsets = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        url = f"ftp://127.0.0.1:{server.server_address[1]}/pub/it.tar"
        fetched = place.fetcher().fetch_file(source(url))
        assert fetched.path.read_bytes() == DATA
        assert server.offsets == [0, 1000]  # type: ignore[attr-defined]
        with pytest.raises(FetchFailed, match="the server says: 550 no such file"):
            place.fetcher().fetch_file(source(url + "x", data=b"other"))
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("beginning", [b"", b"220-hello\r\n", b"220 hello\r\n331 who\r\n2"])
def test_answers_by_ftp_that_trickle_in_are_not_waited_for_without_end(
    place: Place, beginning: bytes
) -> None:
    class Dripping(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.wfile.write(beginning)
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.02)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dripping)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        url = f"ftp://127.0.0.1:{server.server_address[1]}/it.tar"
        with pytest.raises(FetchFailed, match="no complete answer within 2 s"):
            place.fetcher(stall_timeout=0.5, retries=0).fetch_file(source(url))
    finally:
        server.shutdown()
        server.server_close()


def test_a_killed_download_is_continued(place: Place, web: Web) -> None:
    web.routes["/it.tar"] = [stall(DATA, 300_000, 30), content(DATA)]
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_fetch_slowly, args=(str(place.cache), web.url("/it.tar")))
    process.start()
    part = place.cache / f"{NAME}.part"
    deadline = Deadline.after(60)
    while not (part.is_file() and part.stat().st_size == 300_000) and not deadline.expired:
        process.join(0.05)
    process.kill()
    process.join()
    place.fetcher().fetch_file(source(web.url("/it.tar")))
    assert web.requests[-1].headers["Range"] == "bytes=300000-"
    assert place.files == [NAME]


def _fetch_slowly(cache: str, url: str) -> None:
    Place(Path(cache)).fetcher(stall_timeout=60).fetch_file(source(url))


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `file`, its signature `file.asc`, `me.asc` (the key) and `fingerprint`."""
    if shutil.which("gpg") is None:
        pytest.skip("no gpg")
    where = tmp_path_factory.mktemp("s")
    home = where / "home"
    home.mkdir(mode=0o700)

    def gpg(*args: str) -> bytes:
        command = ["gpg", "--homedir", str(home), "--batch", "--passphrase", "", *args]
        return subprocess.run(command, check=True, capture_output=True).stdout

    gpg("--quick-generate-key", "me@example.invalid", "ed25519", "sign")
    (where / "file").write_bytes(DATA)
    gpg("--armor", "--detach-sign", str(where / "file"))
    (where / "me.asc").write_bytes(gpg("--armor", "--export"))
    listed = gpg("--list-keys", "--with-colons").decode()
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line[:3] == "fpr")
    (where / "fingerprint").write_text(fingerprint)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    return where


def signed(web: Web, signer: Path, data: bytes, key: str) -> PortSource:
    web.routes["/it.tar"] = [content(data)]
    web.routes["/it.tar.asc"] = [content((signer / "file.asc").read_bytes())]
    web.routes["/key"] = [content((signer / "me.asc").read_bytes())]
    plain = source(web.url("/it.tar"), data=data)
    return replace(plain, signature_url=web.url("/it.tar.asc"), key=key)


def test_signatures_are_checked_with_the_declared_key(place: Place, web: Web, signer: Path) -> None:
    fingerprint = (signer / "fingerprint").read_text()
    place.fetcher().fetch_file(signed(web, signer, DATA, web.url("/key")))
    assert f"it.file: good signature by {fingerprint}" in place.notes
    shutil.rmtree(place.cache)
    place.fetcher(keyring=signer).fetch_file(signed(web, signer, DATA, "me"))


def test_a_changed_file_has_no_good_signature(place: Place, web: Web, signer: Path) -> None:
    with pytest.raises(FetchFailed, match="changed after it was signed"):
        place.fetcher().fetch_file(signed(web, signer, b"changed", web.url("/key")))


def test_another_signer_is_refused(place: Place, web: Web, signer: Path) -> None:
    other = "A" * 40
    ring = signer / "ring"
    ring.mkdir(exist_ok=True)
    shutil.copy(signer / "me.asc", ring / f"{other}.asc")
    with pytest.raises(FetchFailed, match=f"expected {other}"):
        place.fetcher(keyring=ring).fetch_file(signed(web, signer, DATA, other))


def test_without_the_key_the_hash_has_to_do(place: Place, web: Web, signer: Path) -> None:
    unknown = signed(web, signer, DATA, "someone@example.invalid")
    place.fetcher().fetch_file(unknown)
    assert "the signature is not checked" in "\n".join(place.notes)
    shutil.rmtree(place.cache)
    with pytest.raises(FetchFailed, match="the signature is not checked"):
        place.fetcher(allow_unverified=True).fetch_file(replace(unknown, digest=None))


def test_exports_of_subversion(place: Place, tmp_path: Path) -> None:
    if shutil.which("svnadmin") is None:
        pytest.skip("no svn")
    subprocess.run(["svnadmin", "create", "repo"], cwd=tmp_path, check=True)
    (tmp_path / "import/trunk").mkdir(parents=True)
    (tmp_path / "import/trunk/file").write_text("one\n")
    url = (tmp_path / "repo").as_uri()
    command = ["svn", "import", "-q", "-m", "one", "import", url]
    subprocess.run(command, cwd=tmp_path, check=True)
    there = PortSource(SourceKind.SVN, "it", (f"{url}/trunk",), revision="1")
    fetched = place.fetcher().fetch_checkout(there, tmp_path / "it")
    assert [path.name for path in (tmp_path / "it").iterdir()] == ["file"]
    assert fetched.origin == f"{url}/trunk"
    (tmp_path / "repo").rename(tmp_path / "gone")
    again = place.fetcher(offline=True).fetch_checkout(there, tmp_path / "again")
    assert (again.origin, (tmp_path / "again/file").read_text()) == ("cache", "one\n")
    with pytest.raises(FetchFailed, match="no such repository"):
        place.fetcher().fetch_checkout(replace(there, revision="7"), tmp_path / "no")
    (tmp_path / "gone").rename(tmp_path / "repo")
    with pytest.raises(FetchFailed, match="No such revision"):
        place.fetcher().fetch_checkout(replace(there, revision="7"), tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_missing_program_is_named(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for kind, program in ((SourceKind.GIT, "git"), (SourceKind.SVN, "svn")):
        there = PortSource(kind, "it", (tmp_path.as_uri(),), revision="1")
        with pytest.raises(EnvironmentProblem, match=f"needs {program}, which is not installed"):
            place.fetcher().fetch_checkout(there, tmp_path / "it")


def test_a_failing_mirror_is_no_reason_to_wait_for_ever(place: Place, web: Web) -> None:
    web.routes["/m/it.tar"] = [status(503)]
    web.routes["/it.tar"] = [content(DATA)]
    fetched = place.fetcher(web.url("/m"), retries=1).fetch_file(source(web.url("/it.tar")))
    assert fetched.origin == web.url("/it.tar")
