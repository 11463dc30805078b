"""Repositories, their addresses and revisions that want git to execute or to write elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.ports.fetch.source import PortSource, SourceKind
from tests.shared.certificates import make_certificate
from tests.unit.fetch.fetching import Place
from tests.unit.fetch.gitserver import GitService, Repository, git, make_repository
from tests.unit.fetch.webserver import Web, redirect, start


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that must not change: the user's home, with settings that could be misused."""
    home = tmp_path / "outside"
    (home / ".config").mkdir(parents=True)
    (home / "file").write_text("known\n")
    (home / ".hidden").write_text("known\n")
    touch = f"touch {home}/new"
    (home / ".gitconfig").write_text(
        f'[filter "evil"]\n\tsmudge = {touch}\n\tclean = {touch}\n\trequired = true\n'
        f'[core]\n\tfsmonitor = "{touch}"\n\tsshCommand = "{touch}"\n\taskPass = "{touch}"\n'
        f'[init]\n\ttemplateDir = {home}/template\n[alias]\n\tfetch = "!{touch}"\n'
        f'[credential]\n\thelper = "!{touch}"\n'
    )
    hooks = home / "template/hooks"
    hooks.mkdir(parents=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\n{touch}\n")
        (hooks / name).chmod(0o755)
    return home


@pytest.fixture
def clean_home(outside: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same without the user's settings for filters and the like."""
    (outside / ".gitconfig").unlink()
    monkeypatch.setenv("HOME", str(outside))
    return outside


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository that no test changes."""
    return make_repository(tmp_path_factory.mktemp("repository"))


def seen(directory: Path) -> list[object]:
    return [
        (path, path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(directory.rglob("*"))
    ]


def fetch(place: Place, source: PortSource, into: Path) -> str:
    """Check out; return the error, "" when it succeeds."""
    try:
        place.fetcher(retries=0).fetch_checkout(source, into)
    except GenodeError as error:
        return str(error)
    return ""


def of(url: str, revision: str = "HEAD", **other: object) -> PortSource:
    found = PortSource(SourceKind.GIT, "it", (url,), revision=revision)
    return replace(found, **other)  # type: ignore[arg-type]


ADDRESSES = (
    *("ext::sh -c touch% @NEW", "ext::touch @NEW", "fd::0", "fd::3,4/x", "testgit::/tmp"),
    *("--upload-pack=touch @NEW", "-u touch @NEW", "--exec=touch @NEW", "-oProxyCommand=touch"),
    *("ssh://-oProxyCommand=touch%20@NEW/x", "ssh://x@-oProxyCommand=touch%20@NEW/x"),
    *("-oProxyCommand=touch @NEW:x", "x@-oProxyCommand=touch @NEW:x", "ssh://[-oFoo]/x"),
    *("git://-x/y", "git://localhost:1/--upload-pack=x", "http://-x/y", "https://"),
    *("$(touch @NEW)", "`touch @NEW`", "; touch @NEW", "| touch @NEW", "&& touch @NEW"),
    *("file://-x", "file:///nowhere --upload-pack=touch", "rsync://localhost/x", "ftp://-x/y"),
    *(
        "http://localhost:1/x\nhttp://y",
        "http://localhost:1/\x1b[2J",
        "@OUTSIDE",
        "file://@OUTSIDE",
    ),
    *("../outside", "~/x", "/dev/stdin", "/proc/self/fd/0", "C:\\x", "\\\\host\\x", "", " "),
)


@pytest.mark.parametrize("kind", [SourceKind.GIT, SourceKind.SPARSE_GIT])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_executes_nothing(
    place: Place, clean_home: Path, tmp_path: Path, address: str, kind: SourceKind
) -> None:
    before = seen(clean_home)
    url = address.replace("@NEW", f"{clean_home}/new").replace("@OUTSIDE", str(clean_home))
    assert fetch(place, of(url, kind=kind, sparse_path="src"), tmp_path / "it")
    assert seen(clean_home) == before
    assert not (tmp_path / "it").exists()


REVISIONS = (
    *("--upload-pack=touch @NEW", "--output=@NEW", "-o@NEW", "--exec=touch @NEW", "-h", "--", "-"),
    *("HEAD --upload-pack=touch", "$(touch @NEW)", "; touch @NEW", "HEAD^{/x}", ":/1", ":file"),
    *("@{-1}", "HEAD@{now}", "HEAD..", "^HEAD", "HEAD:file", "refs/../../x", "../x", "/etc/passwd"),
    *("+HEAD:refs/heads/x", "+refs/*:refs/*", "a" * 5000, "\x1b[2J", "a\nb", "a\0b", "*", "."),
)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_executes_nothing(
    place: Place, clean_home: Path, repository: Repository, tmp_path: Path, revision: str
) -> None:
    before = seen(clean_home)
    text = revision.replace("@NEW", f"{clean_home}/new")
    fetch(place, of(str(repository.bare), text), tmp_path / "it")
    assert seen(clean_home) == before


def _commit(repository: Repository) -> None:
    git("add", "-A", "-f", cwd=repository.work)
    git("commit", "-q", "-m", "evil", "--allow-empty", cwd=repository.work)


def _raw_tree(repository: Repository, *entries: tuple[str, str, str]) -> None:
    """Commit a tree with entries (mode, name, content) that git itself would not make."""
    work = repository.work
    file = work.parent / "content"
    data = b""
    for mode, name, content in entries:
        file.write_text(content)
        data += f"{mode} {name}\0".encode()
        data += bytes.fromhex(git("hash-object", "-w", str(file), cwd=work))
    file.write_bytes(data)
    tree = git("hash-object", "-w", "-t", "tree", "--literally", str(file), cwd=work)
    commit = git("commit-tree", "-m", "raw", tree, cwd=work)
    git("update-ref", "refs/heads/main", commit, cwd=work)


def _link(repository: Repository, outside: Path) -> None:
    (repository.work / "l").symlink_to(outside)
    _commit(repository)


def _attributes(repository: Repository, outside: Path) -> None:
    words = (
        "* filter=evil",
        "* diff=evil merge=evil working-tree-encoding=x",
        "*.c ident eol=crlf",
    )
    _raw_tree(repository, ("100644", ".gitattributes", "\n".join(words) + "\n"))


def _modules(repository: Repository, outside: Path) -> None:
    (repository.work / ".gitmodules").write_text(
        f'[submodule "../../x"]\n\tpath = ../outside\n\turl = ext::touch {outside}/new\n'
        f'\tupdate = !touch {outside}/new\n[submodule "-x"]\n\tpath = -x\n\turl = --upload-pack=x\n'
    )
    _commit(repository)


def _linked_modules(repository: Repository, outside: Path) -> None:
    _raw_tree(repository, ("120000", ".gitmodules", str(outside / "file")))


RAW_TREES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "a hook": (("100755", ".git/hooks/post-checkout", "#!/bin/sh\ntouch ../outside/new\n"),),
    "a configuration": (("100644", ".git", "gitdir: ../outside\n"),),
    "another case": (("100644", ".GIT", "gitdir: ../outside\n"),),
    "a short name": (("100644", "git~1", "gitdir: ../outside\n"),),
    "a parent": (("100644", "..", "changed\n"),),
    "a path upwards": (("100644", "../outside/file", "changed\n"),),
    "an absolute path": (("100644", "/tmp/genode-attack-git", "changed\n"),),
    "a dot": (("100644", ".", "changed\n"),),
    "a link and a file of one name": (("120000", "l", "../outside"), ("100644", "l/new", "x")),
    "a link, then another case": (("120000", "L", "../outside"), ("100644", "l", "x")),
    "a name with a line": (("100644", "a\nb", "x"),),
    "a name of an option": (("100644", "--output=new", "x"),),
    "a mode of its own": (("106777", "s", "x"),),
    "a device": (("020666", "d", "x"),),
}
TREES: dict[str, Callable[[Repository, Path], None]] = {
    "a link": _link,
    "filters": _attributes,
    "submodules": _modules,
    "submodules by a link": _linked_modules,
    **{
        name: lambda repository, _, entries=entries: _raw_tree(repository, *entries)  # type: ignore[misc]
        for name, entries in RAW_TREES.items()
    },
}


@pytest.mark.parametrize("kind", [SourceKind.GIT, SourceKind.SPARSE_GIT])
@pytest.mark.parametrize("trick", TREES)
def test_content_executes_nothing_and_stays_inside(
    place: Place,
    clean_home: Path,
    tmp_path: Path,
    trick: str,
    kind: SourceKind,
) -> None:
    repository = make_repository(tmp_path)
    TREES[trick](repository, clean_home)
    before = seen(clean_home)
    source = of(str(repository.work), "main", kind=kind, sparse_path="src")
    fetch(place, source, tmp_path / "it")
    assert seen(clean_home) == before
    assert not Path("/tmp/genode-attack-git").exists()
    for path in (tmp_path / "it").rglob("*"):
        assert path.is_symlink() or not path.lstat().st_mode & 0o6000, path


@pytest.mark.parametrize(
    "path", ["l", "l/", "l/.", "deep/l", "l/src", "a\nb", "*", "!l", "#l", "-x"]
)
def test_a_sparse_path_by_a_link_reaches_nothing(
    place: Place, clean_home: Path, tmp_path: Path, path: str
) -> None:
    (clean_home / "src").mkdir()
    (clean_home / "src/.hidden").write_text("known\n")
    repository = make_repository(tmp_path)
    (repository.work / "l").symlink_to(clean_home)
    (repository.work / "deep").mkdir()
    (repository.work / "deep/l").symlink_to(clean_home)
    _commit(repository)
    before = seen(clean_home)
    source = of(str(repository.work), "main", kind=SourceKind.SPARSE_GIT, sparse_path=path)
    assert fetch(place, source, tmp_path / "it")
    assert seen(clean_home) == before
    assert not (tmp_path / "it").exists() and not (tmp_path / "it").is_symlink()


SETTINGS = {
    "GIT_SSH_COMMAND": "touch @NEW",
    "GIT_SSH": "@TOUCH",
    "GIT_ASKPASS": "@TOUCH",
    "SSH_ASKPASS": "@TOUCH",
    "GIT_EXEC_PATH": "@OUTSIDE",
    "GIT_TEMPLATE_DIR": "@OUTSIDE/template",
    "GIT_DIR": "@OUTSIDE",
    "GIT_WORK_TREE": "@OUTSIDE",
    "GIT_INDEX_FILE": "@NEW",
    "GIT_OBJECT_DIRECTORY": "@OUTSIDE",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "@OUTSIDE",
    "GIT_CONFIG_GLOBAL": "@OUTSIDE/gitconfig",
    "GIT_CONFIG_SYSTEM": "@OUTSIDE/gitconfig",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_PARAMETERS": "'core.fsmonitor=touch @NEW'",
    "GIT_TRACE": "@NEW",
    "GIT_TRACE2_EVENT": "@NEW",
    "GIT_TRACE_CURL": "@NEW",
    "GIT_EDITOR": "touch @NEW",
    "GIT_PAGER": "touch @NEW",
    "GIT_EXTERNAL_DIFF": "@TOUCH",
    "GIT_PROXY_COMMAND": "@TOUCH",
    "GIT_ALLOW_PROTOCOL": "ext",
    "GIT_NAMESPACE": "x",
    "GIT_SHALLOW_FILE": "@NEW",
    "LD_PRELOAD": "@OUTSIDE/file",
    "BASH_ENV": "@TOUCH",
    "ENV": "@TOUCH",
    "PERL5OPT": "-Mx",
    "PYTHONSTARTUP": "@TOUCH",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_variables_do_not_reach_git(
    place: Place,
    clean_home: Path,
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    touch = clean_home / "touch"
    touch.write_text(f"#!/bin/sh\n: > {clean_home}/new\n")
    touch.chmod(0o755)
    (clean_home / "gitconfig").write_text(f'[core]\n\tfsmonitor = "{touch}"\n[alias]\n\tx = !y\n')
    before = seen(clean_home)
    value = SETTINGS[name].replace("@NEW", f"{clean_home}/new").replace("@TOUCH", str(touch))
    monkeypatch.setenv(name, value.replace("@OUTSIDE", str(clean_home)))
    if name == "GIT_CONFIG_COUNT":
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(touch))
    assert not fetch(place, of(str(repository.bare), "main"), tmp_path / "it")
    monkeypatch.delenv(name)
    assert seen(clean_home) == before
    assert (tmp_path / "it/file").read_text() == "3\n"


@pytest.mark.parametrize(
    "target", ["ext::touch @NEW", "file://@OUTSIDE", "ssh://x/y", "git://x/y", "http://-x/y"]
)
def test_a_server_cannot_send_git_elsewhere(
    place: Place, clean_home: Path, tmp_path: Path, web: Web, target: str
) -> None:
    before = seen(clean_home)
    where = target.replace("@NEW", f"{clean_home}/new").replace("@OUTSIDE", str(clean_home))
    web.otherwise = redirect(f"{where}/info/refs")
    assert fetch(place, of(web.url("/it.git")), tmp_path / "it")
    assert seen(clean_home) == before
    assert not (tmp_path / "it").exists()


def test_a_repository_s_own_settings_are_not_obeyed(
    place: Place, clean_home: Path, tmp_path: Path
) -> None:
    repository = make_repository(tmp_path)
    touch = f"touch {clean_home}/new"
    for name, value in (
        ("uploadpack.packObjectsHook", touch),
        ("core.fsmonitor", touch),
        ("core.sshCommand", touch),
        ("core.hooksPath", str(clean_home / "template/hooks")),
        ("core.worktree", str(clean_home)),
        ("filter.evil.smudge", touch),
    ):
        git("config", name, value, cwd=repository.bare)
    before = seen(clean_home)
    fetch(place, of(str(repository.bare), "main"), tmp_path / "it")
    assert seen(clean_home) == before


@pytest.mark.parametrize("wrong", [{"names": "DNS:elsewhere"}, {"ends": "20210101000000Z"}, {}])
def test_git_checks_certificates(
    place: Place, clean_home: Path, repository: Repository, tmp_path: Path, wrong: dict[str, str]
) -> None:
    certificate = make_certificate(tmp_path / "bad", **wrong)
    server = start(certificate)
    server.otherwise = GitService(repository.bare.parent)
    try:
        assert "TLS" in fetch(place, of(server.url("/it.git"), "main"), tmp_path / "it")
        assert server.requests == []
    finally:
        server.server.shutdown()
        server.server.server_close()
    assert not (tmp_path / "it").exists()
