"""Source packages of Debian and source distributions of Python package indexes."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.ports.fetch.packages.apt import further_suites, private, source_entries
from genode_tool.ports.fetch.packages.pip import PipSettings, parse_config
from genode_tool.ports.fetch.packages.pypi import normalized, page_links
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind
from tests.unit.fetch.fetching import DATA, Place, sha256
from tests.unit.fetch.webserver import Web, content

ORIG = "zlib_1.2.13.dfsg.orig.tar.gz"
# An apt whose lists hold zlib; without `deb-src` entries in its configuration it refuses.
FAKE_APT = """\
import os, sys
from pathlib import Path
words = sys.argv[1:]
where = Path(__file__).parent
settings = dict(w.split("=", 1) for w in words if "::" in w and "=" in w)
lists = Path(settings.get("Dir::State::Lists", where / "system-lists"))
with (where / "log").open("a") as log:
    print(*words, file=log)
if "update" in words:
    parts = Path(settings["Dir::Etc::SourceParts"])
    assert all("deb-src" in p.read_text() for p in parts.iterdir())
    (lists / "x_Sources").write_text("read")
    sys.exit()
if not list(lists.glob("*Sources*")) if lists.is_dir() else True:
    sys.exit("E: You must put some 'deb-src' URIs in your sources.list")
have = (where / "version").read_text()
if (where / "only-in").exists():
    parts = Path(settings.get("Dir::Etc::SourceParts", where / "none"))
    entries = "".join(p.read_text() for p in parts.iterdir()) if parts.is_dir() else ""
    if (where / "only-in").read_text() not in entries:
        have = "2:9.9-1"
if "showsrc" in words:
    print(f"Package: zlib\\nBinary: z\\nVersion: {have}\\n\\nPackage: other\\nVersion: 9\\n")
    sys.exit()
name, _, version = words[-1].partition("=")
if (name, version) != ("zlib", have):
    sys.exit(f"E: Unable to find a source package for {name}")
if "--print-uris" not in words and (where / "gone").exists() and "system" in lists.name:
    sys.exit("E: Failed to fetch x  404  Not Found")
names = ["zlib_1.dsc", "ORIG", "ORIG.asc", "zlib_1.debian.tar.xz"]
for one in names:
    if "--print-uris" in words:
        print(f"'http://mirror/{one}' {one} 12 SHA256:0")
    else:
        Path(one).write_bytes(os.fsencode(one) if one != "ORIG" else bytes(range(256)) * 2000)
""".replace("ORIG", ORIG)


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a fake apt, in place of the system's."""
    directory = tmp_path / "bin"
    directory.mkdir()
    (directory / "apt.py").write_text(FAKE_APT)
    (directory / "version").write_text("1:1.2.13.dfsg-1")
    for name in ("apt-get", "apt-cache"):
        script = directory / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{directory}/apt.py" "$@"\n')
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")
    return directory


def zlib(version: str = "1:1.2.13.dfsg-1", **other: object) -> PortSource:
    digest = Digest.parse(sha256(DATA))
    plain = PortSource(SourceKind.DEBIAN, "zlib", ("zlib",), digest, version=version)
    return replace(plain, **other)  # type: ignore[arg-type]


needs_apt_sources = pytest.mark.skipif(
    not any(Path("/etc/apt").glob("sources.list*")), reason="the machine is no Debian"
)


@needs_apt_sources
def test_the_upstream_tarball_of_a_source_package(place: Place, apt: Path) -> None:
    fetched = place.fetcher().fetch_file(zlib())
    assert (fetched.sha256, fetched.path.read_bytes()) == (sha256(DATA), DATA)
    assert fetched.origin == f"apt, zlib 1:1.2.13.dfsg-1, {ORIG}"
    assert [name for name in place.files if name[0] != "a"] == [fetched.path.name]
    assert not (apt / "system-lists").exists()
    (apt / "log").unlink()
    assert place.fetcher().fetch_file(zlib()).origin == "cache"
    assert not (apt / "log").exists()


@needs_apt_sources
def test_old_lists_of_the_system_are_no_obstacle(place: Place, apt: Path) -> None:
    (apt / "system-lists").mkdir()
    (apt / "system-lists/x_Sources").touch()
    (apt / "gone").touch()
    place.fetcher().fetch_file(zlib())
    calls = (apt / "log").read_text().splitlines()
    assert [call.split()[-1] for call in calls if "update" in call] == ["update"]
    assert "Dir::State::Lists" in calls[-1]


def test_the_systems_own_lists_come_first(place: Place, apt: Path) -> None:
    (apt / "system-lists").mkdir()
    (apt / "system-lists/x_Sources").touch()
    place.fetcher().fetch_file(zlib())
    assert "Dir::State::Lists" not in (apt / "log").read_text()


@needs_apt_sources
def test_a_newer_revision_of_the_same_upstream_serves(place: Place, apt: Path) -> None:
    (apt / "version").write_text("1:1.2.13.dfsg-1+deb12u4")
    place.fetcher().fetch_file(zlib())
    assert "using 1:1.2.13.dfsg-1+deb12u4, of the same upstream" in "\n".join(place.notes)


@needs_apt_sources
def test_another_version_is_told(place: Place, apt: Path) -> None:
    with pytest.raises(FetchFailed, match=r"no source package zlib 1:1\.3-1, only 1:1\.2\.13"):
        place.fetcher().fetch_file(zlib("1:1.3-1"))
    with pytest.raises(UserError, match=r"VERSION\(zlib\) is not defined"):
        place.fetcher().fetch_file(zlib(""))


@needs_apt_sources
def test_another_file_of_the_package(place: Place, apt: Path) -> None:
    name = "zlib_1.debian.tar.xz"
    digest = Digest.parse(sha256(name.encode()))
    fetched = place.fetcher().fetch_file(zlib(file_name=name, digest=digest))
    assert fetched.path.read_bytes() == name.encode()
    with pytest.raises(FetchFailed, match=r"has no missing\.tar, only zlib_1\.dsc"):
        place.fetcher().fetch_file(zlib(file_name="missing.tar", digest=Digest.parse("0" * 64)))


@needs_apt_sources
def test_a_tarball_with_another_hash_is_refused(place: Place, apt: Path) -> None:
    wanted = Digest.parse("0" * 64)
    with pytest.raises(FetchFailed, match=f"{sha256(DATA)} .*, expected 0000"):
        place.fetcher().fetch_file(zlib(digest=wanted))


def test_a_directory_serves_source_packages_without_apt(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchFailed, match="apt-get is not installed"):
        place.fetcher().fetch_file(zlib())
    (tmp_path / ORIG).write_bytes(DATA)
    assert place.fetcher(f"'{tmp_path}'").fetch_file(zlib()).origin == str(tmp_path / ORIG)


@pytest.mark.parametrize("kind", ["debian", "pypi"])
def test_the_cache_of_another_tree_is_a_mirror(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    source = zlib() if kind == "debian" else sdist()
    (tmp_path / "theirs").mkdir()
    name = f"{sha256(DATA)}_{source.local_name}"
    (tmp_path / "theirs" / name).write_bytes(DATA)
    monkeypatch.setenv("PATH", str(tmp_path))
    fetched = place.fetcher(f"'{tmp_path}/theirs'", offline=True).fetch_file(source)
    assert fetched.path == place.cache / name


def test_entries_for_source_packages() -> None:
    assert source_entries("# x\ndeb [a=b] http://m s main\n\ndeb-src http://m t x\n", ".list") == (
        "deb-src [a=b] http://m s main\ndeb-src http://m t x\n"
    )
    text = (
        "Types: deb\n# note\nURIs: http://m\nSuites: a b\n\n"
        "Types: deb deb-src\nURIs: x\nSuites: c\n d\n"
    )
    assert source_entries(text, ".sources") == (
        "Types: deb-src\n# note\nURIs: http://m\nSuites: a b\n\n"
        "Types: deb-src\nURIs: x\nSuites: c d\n\n"
    )
    assert source_entries("# nothing\n", ".list") == source_entries("# no\n", ".sources") == ""


def test_entries_for_another_suite_of_debian() -> None:
    lines = (
        "deb http://m trixie main\ndeb http://m trixie-updates main\n"
        "deb [signed-by=/k] http://s trixie-security main contrib # note\n"
        "deb http://vendor/debian ./\ndeb http://vendor stable-thing x\n"
    )
    assert source_entries(lines, ".list", "bookworm") == (
        "deb-src http://m bookworm main\ndeb-src http://m bookworm-updates main\n"
        "deb-src [signed-by=/k] http://s bookworm-security main contrib\n"
        "deb-src http://vendor bookworm-thing x\n"
    )
    assert source_entries(lines, ".list", "sid") == "deb-src http://m sid main\n"
    stanza = "Types: deb\nURIs: http://m\nSuites: trixie trixie-updates\nComponents: main\n"
    ubuntu = "Types: deb\nURIs: http://u\nSuites: noble\nComponents: main\n"
    assert source_entries(f"{stanza}\n{ubuntu}", ".sources", "bookworm") == (
        "Types: deb-src\nURIs: http://m\nSuites: bookworm bookworm-updates\nComponents: main\n\n"
    )


@pytest.mark.parametrize(
    ("entries", "further"),
    [
        ("deb http://m trixie main\ndeb http://m trixie-updates main\n", {"sid", "bookworm"}),
        ("deb http://m stable main\n", {"sid", "trixie", "bookworm"}),
        ("deb http://u noble main\n", set()),
    ],
)
def test_further_suites(tmp_path: Path, entries: str, further: set[str]) -> None:
    (tmp_path / "sources.list").write_text(entries)
    assert set(further_suites(etc=tmp_path)) - {"forky"} == further


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose apt is configured for trixie."""
    etc = tmp_path / "etc-apt"
    etc.mkdir()
    (etc / "sources.list").write_text("deb http://m trixie main\n")
    for function in (further_suites, private):
        defaults = dict(function.__kwdefaults__ or {})
        monkeypatch.setattr(function, "__kwdefaults__", defaults | {"etc": etc}, raising=False)


def test_an_upstream_version_is_found_in_another_suite(
    place: Place, apt: Path, debian: None
) -> None:
    (apt / "only-in").write_text("bookworm")
    fetched = place.fetcher().fetch_file(zlib("1.2.13.dfsg"))
    assert fetched.sha256 == sha256(DATA)
    asked = [line for line in (apt / "log").read_text().splitlines() if "update" in line]
    assert len(asked) >= 2


def test_a_url_of_the_same_file_serves_where_no_suite_has_it(
    place: Place, apt: Path, debian: None, web: Web
) -> None:
    (apt / "only-in").write_text("nowhere")
    web.routes["/old/zlib.tar.gz"] = [content(DATA)]
    source = zlib("1.2.13.dfsg", urls=("zlib", web.url("/old/zlib.tar.gz")))
    assert place.fetcher().fetch_file(source).origin == web.url("/old/zlib.tar.gz")
    with pytest.raises(FetchFailed, match=r"no source package zlib 1\.2\.13\.dfsg"):
        place.fetcher().fetch_file(zlib("1.2.13.dfsg", digest=Digest.parse("0" * 64)))


def test_a_revision_with_another_tarball_does_not_serve(
    place: Place, apt: Path, debian: None
) -> None:
    with pytest.raises(FetchFailed, match="hashes to sha256"):
        place.fetcher().fetch_file(zlib(digest=Digest.parse("0" * 64)))


def test_a_machine_without_package_sources(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="apt has no package sources"):
        private(tmp_path / "cache", Policy(), etc=tmp_path / "etc")


def sdist(version: str = "1.2.3") -> PortSource:
    digest = Digest.parse(sha256(DATA))
    return PortSource(SourceKind.PYPI, "foo", ("Foo.Bar",), digest, version=version)


@pytest.fixture
def index(web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Web:
    """A package index, and a pip that is configured for it alone."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", web.url("/simple"))
    monkeypatch.setenv("HOME", str(tmp_path))
    web.routes["/files/foo_bar-1.2.3.tar.gz"] = [content(DATA)]
    return web


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_source_distribution_from_the_index_of_pip(place: Place, index: Web, form: str) -> None:
    names = ["foo_bar-1.2.3-py3-none-any.whl", "foo_bar-1.2.tar.gz", "foo_bar-1.2.3.tar.gz"]
    if form == "html":
        page = "".join(f'<a href="../../files/{n}#sha256=0">{n}</a>' for n in names).encode()
        kind = "text/html"
    else:
        page = json.dumps({"files": [{"url": f"/files/{name}"} for name in names]}).encode()
        kind = "application/vnd.pypi.simple.v1+json"
    index.routes["/simple/foo-bar/"] = [content(page, Content_Type=kind)]
    fetched = place.fetcher().fetch_file(sdist())
    assert fetched.origin == index.url("/files/foo_bar-1.2.3.tar.gz")
    assert fetched.path.read_bytes() == DATA
    with pytest.raises(FetchFailed, match="no package index has a source distribution of") as no:
        place.fetcher().fetch_file(replace(sdist("9"), digest=Digest.parse("0" * 64)))
    assert "it lists foo_bar-1.2.tar.gz, foo_bar-1.2.3.tar.gz" in str(no.value)


def test_an_index_that_fails(place: Place, index: Web) -> None:
    with pytest.raises(FetchFailed, match=r"/simple/foo-bar/: it does not exist there"):
        place.fetcher().fetch_file(sdist())


def test_a_directory_serves_source_distributions(place: Place, tmp_path: Path) -> None:
    (tmp_path / "foo_bar-1.2.3.tar.gz").write_bytes(DATA)
    fetched = place.fetcher(f"'{tmp_path}'", offline=True).fetch_file(sdist())
    assert fetched.origin == str(tmp_path / "foo_bar-1.2.3.tar.gz")


def test_find_links_of_pip(place: Place, index: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    links = Path(os.environ["HOME"]) / "links"
    links.mkdir()
    (links / "Foo.Bar-1.2.3.tar.gz").write_bytes(DATA)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", links.as_uri())
    fetched = place.fetcher().fetch_file(sdist())
    assert fetched.origin == (links / "Foo.Bar-1.2.3.tar.gz").as_uri()
    assert index.requests == []


def test_the_configuration_of_pip() -> None:
    text = (
        "global.index-url='https://a/simple'\ndownload.index-url='https://b/simple'\n"
        "global.trusted-host='h:1 i'\n:env:.no-index='0'\ninstall.proxy='x'\n"
    )
    values = parse_config(text)
    assert values == {"index-url": "https://b/simple", "trusted-host": "h:1 i", "no-index": "0"}
    assert PipSettings(()).bundle == ""


def test_names_of_projects() -> None:
    assert {normalized(name) for name in ("Foo.Bar", "foo__bar", "FOO-bar")} == {"foo-bar"}
    links = page_links(b'<a name=x></a><a href="b-1.zip#sha256=1">', "text/html", "http://m/s/b/")
    assert links == ["http://m/s/b/b-1.zip"]
