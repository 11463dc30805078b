"""Checkouts of git repositories, from servers old and new, whole and broken."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.ports.fetch.source import Fetched, PortSource, SourceKind
from tests.unit.fetch.fetching import Place
from tests.unit.fetch.gitserver import GitService, Repository, git, make_repository
from tests.unit.fetch.webserver import Web, status


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without the user's git settings."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


@pytest.fixture
def served(web: Web, repository: Repository) -> GitService:
    service = GitService(repository.bare.parent)
    web.otherwise = service
    return service


def of(url: str, revision: str, **other: object) -> PortSource:
    return replace(PortSource(SourceKind.GIT, "it", (url,), revision=revision), **other)  # type: ignore[arg-type]


def files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def wanted(repository: Repository, revision: str) -> dict[str, bytes]:
    git("checkout", "-q", revision, cwd=repository.work)
    return files(repository.work)


def check(
    place: Place,
    repository: Repository,
    source: PortSource,
    into: Path,
    number: int,
    **policy: object,
) -> Fetched:
    fetched = place.fetcher(**policy).fetch_checkout(source, into)  # type: ignore[arg-type]
    commit = repository.commits[number - 1]
    assert (fetched.path, fetched.revision) == (into, commit)
    assert files(into) == wanted(repository, commit)
    assert git("status", "--porcelain", cwd=into) == ""
    assert git("rev-parse", "HEAD", cwd=into) == commit
    assert [path.name for path in into.parent.glob(".*")] == []
    return fetched


def depth(directory: Path) -> int:
    return int(git("rev-list", "--count", "HEAD", cwd=directory))


def test_one_commit_of_a_server_that_gives_it(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    source = of(web.url("/it.git"), repository.commits[1])
    into = tmp_path / "port" / "it"
    into.parent.mkdir()
    assert check(place, repository, source, into, 2).origin == web.url("/it.git")
    assert depth(into) == 1
    assert git("remote", "get-url", "origin", cwd=into) == web.url("/it.git")
    again = check(place, repository, source, tmp_path / "port" / "again", 2, offline=True)
    assert (again.origin, served.packs) == ("cache", 1)


def test_a_server_that_refuses_single_commits(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    served.modern = False
    source = of(web.url("/it.git"), repository.commits[0])
    check(place, repository, source, tmp_path / "it", 1)
    newer = of(web.url("/it.git"), repository.commits[2])  # a tip, which it does give
    check(place, repository, newer, tmp_path / "newer", 3)


def test_history_is_fetched_when_it_is_needed_after_all(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    served.modern = False
    tip = of(web.url("/it.git"), repository.commits[2])
    check(place, repository, tip, tmp_path / "tip", 3)
    assert depth(tmp_path / "tip") == 1
    check(place, repository, of(web.url("/it.git"), repository.commits[0]), tmp_path / "it", 1)
    packs = served.packs
    check(place, repository, of(web.url("/it.git"), repository.commits[1]), tmp_path / "x", 2)
    assert served.packs == packs


def test_relative_paths(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = of(str(repository.bare), repository.commits[1])
    Place(Path("cache")).fetcher().fetch_checkout(source, Path("it"))
    assert files(tmp_path / "it") == wanted(repository, repository.commits[1])


def test_plain_files_on_a_web_server(
    place: Place, web: Web, repository: Repository, tmp_path: Path
) -> None:
    git("update-server-info", cwd=repository.bare)

    def plain(handler: object) -> None:
        path = repository.bare.parent / handler.path.partition("?")[0].lstrip("/")  # type: ignore[attr-defined]
        if not path.is_file():
            status(404)(handler)  # type: ignore[arg-type]
            return
        handler.start(200, path.stat().st_size)  # type: ignore[attr-defined]
        handler.wfile.write(path.read_bytes())  # type: ignore[attr-defined]

    web.otherwise = plain
    source = of(web.url("/it.git"), repository.commits[0])
    check(place, repository, source, tmp_path / "it", 1)


@pytest.mark.parametrize(
    ("revision", "number"),
    [
        *(("v2", 2), ("main", 3), ("HEAD", 3)),
        *(("tags/v2", 2), ("refs/tags/v2", 2), ("heads/main", 3), ("origin/main", 3)),
    ],
)
def test_tags_and_branches(
    place: Place,
    web: Web,
    repository: Repository,
    served: GitService,
    tmp_path: Path,
    revision: str,
    number: int,
) -> None:
    source = of(web.url("/it.git"), revision)
    check(place, repository, source, tmp_path / "it", number)
    check(place, repository, source, tmp_path / "again", number, offline=True)
    assert f"offline, using `{revision}` as it was last fetched" in place.warnings


def test_abbreviated_commits(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    check(place, repository, of(web.url("/it.git"), repository.commits[0][:8]), tmp_path / "it", 1)


def test_a_connection_that_dies_midway(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    served.failures = 1
    check(place, repository, of(web.url("/it.git"), repository.commits[1]), tmp_path / "it", 2)
    assert "next attempt in" in place.warnings


def test_a_connection_that_always_dies(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    served.failures = 99
    source = of(web.url("/it.git"), repository.commits[1])
    with pytest.raises(FetchFailed, match="gave up after 2 attempts"):
        place.fetcher(retries=1).fetch_checkout(source, tmp_path / "it")
    assert not (tmp_path / "it").exists()
    served.failures = 0
    check(place, repository, source, tmp_path / "it", 2)


def test_a_silent_server(place: Place, web: Web, tmp_path: Path) -> None:
    stop = threading.Event()
    web.otherwise = lambda handler: (stop.wait(20), handler.hang_up())[1]  # type: ignore[func-returns-value]
    source = of(web.url("/it.git"), "0" * 40)
    with pytest.raises(FetchFailed, match=r"no data received for 0\.3 s"):
        place.fetcher(retries=0, stall_timeout=0.3).fetch_checkout(source, tmp_path / "it")
    stop.set()


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("f" * 40, "no such commit"),
        ("nonsense", "no such tag or branch: `nonsense`"),
    ],
)
def test_a_revision_that_is_not_there(
    place: Place,
    web: Web,
    repository: Repository,
    served: GitService,
    tmp_path: Path,
    revision: str,
    words: str,
) -> None:
    with pytest.raises(FetchFailed, match=words) as caught:
        place.fetcher().fetch_checkout(of(web.url("/it.git"), revision), tmp_path / "it")
    assert f"it.git cannot be fetched at `{revision}`: {web.url('/it.git')}: " in str(caught.value)
    assert not (tmp_path / "it").exists()


def test_no_such_repository(place: Place, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="not found"):
        place.fetcher().fetch_checkout(of(web.url("/it.git"), "f" * 40), tmp_path / "it")
    with pytest.raises(FetchFailed, match="/nowhere: no such repository"):
        place.fetcher().fetch_checkout(of("/nowhere", "f" * 40), tmp_path / "it")


def test_a_command_in_place_of_a_url_is_not_run(place: Place, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    for url in (f"ext::sh -c touch% {trap}", f"--upload-pack=touch {trap}"):
        with pytest.raises(FetchFailed):
            place.fetcher().fetch_checkout(of(url, "f" * 40), tmp_path / "it")
    assert not trap.exists()


@pytest.mark.parametrize("kind", ["bundle", "bare", "by rule", "host and path"])
def test_mirrors(place: Place, repository: Repository, tmp_path: Path, kind: str) -> None:
    mirror = tmp_path / "a mirror"
    mirror.mkdir()
    text = f"'{mirror}'"
    if kind == "bundle":
        git("bundle", "create", "-q", str(mirror / "it.bundle"), "--all", cwd=repository.bare)
    elif kind == "bare":
        git("clone", "-q", "--bare", str(repository.bare), str(mirror / "it.git"), cwd=tmp_path)
    elif kind == "host and path":
        place_there = mirror / "nowhere.invalid/some/it.git"
        git("clone", "-q", "--bare", str(repository.bare), str(place_there), cwd=tmp_path)
    else:
        text = f"'https://nowhere.invalid/some/=>{repository.bare.parent}/'"
    source = of("https://nowhere.invalid/some/it.git", repository.commits[1])
    fetched = place.fetcher(text, offline=True).fetch_checkout(source, tmp_path / "it")
    assert files(tmp_path / "it") == wanted(repository, repository.commits[1])
    assert str(tmp_path) in fetched.origin
    remote = git("remote", "get-url", "origin", cwd=tmp_path / "it")
    assert remote == "https://nowhere.invalid/some/it.git"


def test_offline_without_anything(place: Place, tmp_path: Path) -> None:
    source = of("https://nowhere.invalid/it.git", "f" * 40)
    with pytest.raises(FetchFailed, match="not asked: offline") as caught:
        place.fetcher(offline=True).fetch_checkout(source, tmp_path / "it")
    assert "without --offline" in caught.value.hint


def test_a_sparse_checkout_of_a_mirror_takes_one_directory(
    place: Place, repository: Repository, tmp_path: Path
) -> None:
    other = git("rev-parse", "HEAD:other1", cwd=repository.work)
    source = of(str(repository.bare), "HEAD", kind=SourceKind.SPARSE_GIT, sparse_path="src/deep")
    place.fetcher().fetch_checkout(source, tmp_path / "it")
    assert sorted(files(tmp_path / "it")) == ["1.c", "2.c", "3.c"]
    (cached,) = (place.cache / "git").glob("*.git")
    listed = git(
        "--git-dir", str(cached), "cat-file", "--batch-all-objects", "--batch-check", cwd=tmp_path
    )
    assert other not in listed


@pytest.mark.parametrize("modern", [True, False])
def test_a_sparse_checkout_is_the_content_of_one_directory(
    place: Place,
    web: Web,
    repository: Repository,
    served: GitService,
    tmp_path: Path,
    modern: bool,
) -> None:
    served.modern = modern
    source = of(web.url("/it.git"), "HEAD", kind=SourceKind.SPARSE_GIT, sparse_path="/src/deep")
    place.fetcher().fetch_checkout(source, tmp_path / "it")
    assert sorted(files(tmp_path / "it")) == ["1.c", "2.c", "3.c"]
    assert (tmp_path / "it/3.c").read_bytes() == bytes(range(256)) * 600
    assert not (tmp_path / "it/.hidden").exists()
    place.fetcher(offline=True).fetch_checkout(source, tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "it")
    exact = replace(source, revision=repository.commits[0])
    place.fetcher().fetch_checkout(exact, tmp_path / "exact")
    assert list(files(tmp_path / "exact")) == ["1.c"]


def test_files_that_are_promised_but_do_not_come(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    source = of(
        web.url("/it.git"),
        repository.commits[1],
        kind=SourceKind.SPARSE_GIT,
        sparse_path="src/deep",
    )
    place.fetcher().fetch_checkout(source, tmp_path / "it")
    asked = len(web.requests)
    other = replace(source, sparse_path="/src")
    place.fetcher(offline=True).fetch_checkout(other, tmp_path / "same files")
    (repository.work / "docs").mkdir()
    (repository.work / "docs/a").write_text("other content")
    git("add", "-A", cwd=repository.work)
    git("commit", "-q", "-m", "docs", cwd=repository.work)
    git("push", "-q", str(repository.bare), "HEAD:main", cwd=repository.work)
    commit = git("rev-parse", "HEAD", cwd=repository.work)
    new = replace(source, revision=commit, sparse_path="src/deep")
    place.fetcher().fetch_checkout(new, tmp_path / "new")
    assert len(web.requests) > asked
    asked = len(web.requests)
    missing = replace(new, sparse_path="docs")
    with pytest.raises(FetchFailed, match="the files of `docs` cannot be fetched"):
        place.fetcher(offline=True, retries=0).fetch_checkout(missing, tmp_path / "docs")
    assert len(web.requests) == asked
    assert not (tmp_path / "docs").exists()
    place.fetcher().fetch_checkout(missing, tmp_path / "docs")
    assert files(tmp_path / "docs") == {"a": b"other content"}


def test_a_sparse_path_that_is_not_there(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    source = of(web.url("/it.git"), "HEAD", kind=SourceKind.SPARSE_GIT, sparse_path="none")
    with pytest.raises(FetchFailed, match="has no directory `none`"):
        place.fetcher().fetch_checkout(source, tmp_path / "it")
    assert list(tmp_path.glob("*it*")) == []
    with pytest.raises(UserError, match="SPARSE_PATH"):
        place.fetcher().fetch_checkout(replace(source, sparse_path="../x"), tmp_path / "it")


def test_submodules_are_told_and_not_fetched(
    place: Place, repository: Repository, tmp_path: Path
) -> None:
    (repository.work / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ../x\n')
    git("add", "-A", cwd=repository.work)
    git("commit", "-q", "-m", "sub", cwd=repository.work)
    place.fetcher().fetch_checkout(of(str(repository.work), "HEAD"), tmp_path / "it")
    assert "its submodules are not fetched" in "\n".join(place.notes)


def test_two_at_once_fetch_once(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    source = of(web.url("/it.git"), repository.commits[1])
    intos = [tmp_path / f"it{number}" for number in range(4)]
    fetcher = place.fetcher()
    threads = [
        threading.Thread(target=fetcher.fetch_checkout, args=(source, into)) for into in intos
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served.packs == 1
    assert all(files(into) == wanted(repository, repository.commits[1]) for into in intos)


def test_a_broken_cache_is_made_anew(
    place: Place, web: Web, repository: Repository, served: GitService, tmp_path: Path
) -> None:
    source = of(web.url("/it.git"), repository.commits[1])
    check(place, repository, source, tmp_path / "it", 2)
    (cached,) = (place.cache / "git").glob("*.git")
    (cached / "HEAD").unlink()
    check(place, repository, source, tmp_path / "again", 2)


def test_a_wrong_certificate_is_refused_unless_asked_for(
    place: Place, tls: Web, repository: Repository, tmp_path: Path
) -> None:
    tls.otherwise = GitService(repository.bare.parent)
    source = of(tls.url("/it.git"), repository.commits[1])
    with pytest.raises(FetchFailed, match=r"TLS with the server failed: .*certificate") as refused:
        place.fetcher().fetch_checkout(source, tmp_path / "it")
    assert "SSL_CERT_FILE=FILE names others; --insecure HOST" in refused.value.hint
    hosts = frozenset({"127.0.0.1"})
    check(place, repository, source, tmp_path / "it", 2, insecure_hosts=hosts)
    assert "the certificate of 127.0.0.1 is NOT checked" in place.warnings


def test_a_full_disk(
    web: Web, repository: Repository, served: GitService, small_disk: Path, tmp_path: Path
) -> None:
    (repository.work / "big").write_bytes(random.Random(3).randbytes(400_000))
    git("add", "-A", cwd=repository.work)
    git("commit", "-q", "-m", "big", cwd=repository.work)
    git("push", "-q", str(repository.bare), "HEAD:main", cwd=repository.work)
    full = Place(small_disk / "cache")
    with pytest.raises(EnvironmentProblem, match="No space left on device"):
        full.fetcher().fetch_checkout(of(web.url("/it.git"), "main"), tmp_path / "it")
    assert not (tmp_path / "it").exists()
    full.fetcher().fetch_checkout(of(web.url("/it.git"), repository.commits[0]), tmp_path / "it")
    assert files(tmp_path / "it") == wanted(repository, repository.commits[0])
