"""Port descriptions whose recipes, options and values try to get out."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.events import Sink
from genode_tool.ports.description.evaluate import PortDescription, describe
from genode_tool.ports.fetch.source import Fetched, PortSource
from genode_tool.ports.preparation.prepare import prepare
from genode_tool.ports.preparation.steps import PortTools
from genode_tool.ports.preparation.tools import fetch_policy, tools_for
from genode_tool.sandbox.trial import namespaces_allowed
from genode_tool.settings.layered import settings_of
from tests.attack.outside import (
    PYTHON,
    SHARED_MEMORY,
    Outside,
    confined_by_kernel,
    kill_all,
    still_running,
)
from tests.attack.recipes import RECIPES, WITH_NAMESPACES, python
from tests.unit.ports_fixture import Ports, messages

pytestmark = confined_by_kernel

HEAD = "LICENSE := a\nVERSION := 1\n"


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    (tmp_path / "tree").mkdir()
    return Ports(tmp_path / "tree")


@pytest.mark.parametrize("trick", RECIPES)
def test_a_recipe_reaches_nothing_outside(
    ports: Ports, outside: Outside, trick: str, isolated: bool
) -> None:
    if not isolated and trick in WITH_NAMESPACES:
        pytest.skip("needs namespaces")
    ports.add("z", HEAD + f"default: t\nt:\n\t-{outside.fill(RECIPES[trick])}\n")
    result = ports.prepare("z")
    assert outside.untouched()
    assert not SHARED_MEMORY.exists()
    if trick != "a signal to all":
        assert result.ok, messages(result)
        assert "got" not in ports.tree("z"), ports.tree("z")["got"]


def test_a_recipe_reads_no_environment_of_others(
    ports: Ports, outside: Outside, monkeypatch: pytest.MonkeyPatch, isolated: bool
) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    ports.add("z", HEAD + "default: t\nt:\n\t-cat /proc/*/environ /proc/*/task/*/environ > seen\n")
    assert ports.prepare("z").ok
    assert "s3cret" not in ports.tree("z")["seen"]
    assert outside.untouched()


@pytest.mark.skipif(not namespaces_allowed(), reason="shared memory needs namespaces")
def test_a_recipe_has_what_it_needs(ports: Ports) -> None:
    text = (
        "default: t\nt:\n\ttouch f; chmod 700 f; ln -s f l; cp -p f g; mkdir d; mv f d/\n"
        "\tnice true\n"
        "\techo x > $$TMPDIR/x; mv $$TMPDIR/x .; cat <(echo y) > y; mkfifo p; rm p\n"
        f"\t{PYTHON} -c 'import multiprocessing, socket; multiprocessing.Lock();"
        " socket.socketpair()'\n\tsh -c 'kill $$$$' || echo killed > killed\n"
        "\techo x | tee /dev/null /dev/fd/1 > z; sleep 60 & kill $$!\n"
    )
    ports.add("z", HEAD + text)
    result = ports.prepare("z")
    assert result.ok, (messages(result), result.finished[0].error)
    assert {"x", "y", "z", "g", "killed", "d/f"} <= set(ports.tree("z"))


@pytest.mark.parametrize(
    "command", ["setsid sleep 876.5 &", "(setsid sleep 876.5 & sleep 876.5) > /dev/null 2>&1 &"]
)
def test_no_program_of_a_recipe_outlives_it(ports: Ports, command: str, isolated: bool) -> None:
    try:
        ports.add("z", HEAD + f"default: t\nt:\n\t{command}\n")
        assert ports.prepare("z").ok
        assert not still_running("876.5")
    finally:
        kill_all("876.5")


TOP_LEVEL = {
    "a write": "X := $(shell echo x > @NEW)",
    "a file of make": "$(file > @NEW,x)",
    "a file of make, appended": "$(file >> @FILE,x)",
    "a mode": "X := $(shell chmod 777 @FILE)",
    "a signal": "X := $(shell kill -9 @PID)",
    "a connection": "X := $(shell " + python("socket.create_connection(('127.0.0.1', @TCP))") + ")",
    "in a value": "URL(a) = $(shell echo x > @NEW)\nDOWNLOADS := a.file",
    "assigned": "X != echo x > @NEW",
}


@pytest.mark.parametrize("trick", TOP_LEVEL)
def test_a_description_that_is_read_changes_nothing(
    ports: Ports, outside: Outside, trick: str
) -> None:
    path = ports.top / "repos/r/ports/z.port"
    path.write_text(HEAD + outside.fill(TOP_LEVEL[trick]) + "\n")
    try:
        describe(ports.collection, ports.collection.port("z")).computed_hash()
    except Exception as error:  # refused or without effect
        assert "z.port" in str(error)
    assert outside.untouched()


@dataclass(frozen=True, slots=True)
class _LocalArchives:
    """The real tools, but for the network: each download is `archive`."""

    real: PortTools
    archive: Path

    def fetch_file(self, source: PortSource) -> Fetched:
        return Fetched(self.archive, "a test", "", size=1)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


def _prepare(ports: Ports, archive: Path) -> list[str]:
    """Prepare the port `z` with the real tools for archives and patches; return the errors."""
    policy = fetch_policy(settings_of(ports.top, ports.top), offline=True)

    def make(description: PortDescription, sink: Sink) -> PortTools:
        tools: PortTools = _LocalArchives(
            tools_for(ports.collection, policy)(description, sink), archive
        )  # type: ignore[assignment]
        return tools

    return list(messages(prepare(ports.collection, ["z"], make, sink=ports.events.append)))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/new").write_text("x")
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(tmp_path / "content", "a")
    return path


@pytest.mark.parametrize(
    "options",
    [
        "--to-command='cat > @NEW'",
        "--checkpoint=1 --checkpoint-action=exec='touch @NEW'",
        "--strip-components=1 -C @DIRECTORY",
        "-P --transform='s,.*,@NEW,'",
        "--use-compress-program='sh -c \"touch @NEW; cat\"'",
        "; touch @NEW",
        "$$(touch @NEW)",
        "--index-file=@NEW -v",
    ],
)
def test_options_of_tar_reach_nothing_outside(
    ports: Ports, outside: Outside, archive: Path, options: str, isolated: bool
) -> None:
    sha = hashlib.sha256(archive.read_bytes()).hexdigest()
    text = f"DOWNLOADS := a.archive\nURL(a) := http://a/a.tar\nSHA(a) := {sha}\nDIR(a) := src\n"
    ports.add("z", HEAD + text + f"TAR_OPT(a) := {outside.fill(options)}\n")
    _prepare(ports, archive)
    assert outside.untouched()


PATCH = "--- /dev/null\n+++ new\n@@ -0,0 +1 @@\n+x\n"


@pytest.mark.parametrize(
    "options",
    ["-p0 -o @NEW", "-p0 -d @DIRECTORY", "-p0 --directory=@DIRECTORY", "-p0 -r @NEW -D x"],
)
def test_options_of_patch_reach_nothing_outside(
    ports: Ports, outside: Outside, archive: Path, options: str
) -> None:
    ports.add(
        "z",
        HEAD + f"PATCHES := a.patch\nPATCH_OPT := {outside.fill(options)}\n",
        {"a.patch": PATCH},
    )
    _prepare(ports, archive)
    assert outside.untouched()


def test_a_patch_cannot_make_a_link_to_outside(
    ports: Ports, outside: Outside, archive: Path
) -> None:
    text = (
        "diff --git a/l b/l\nnew file mode 120000\nindex 0000000..1111111\n--- /dev/null\n+++ b/l\n"
        f"@@ -0,0 +1 @@\n+{outside.directory}\n\\ No newline at end of file\n"
    )
    ports.add("z", HEAD + "PATCHES := a.patch\nPATCH_OPT := -p1\n", {"a.patch": text})
    (message,) = _prepare(ports, archive)
    assert "makes links to outside of the port: l -> " in message
    assert not ports.path("z").exists()


@pytest.mark.parametrize("content", ["/etc/passwd", "/etc/host*", "../../../../etc/passwd", "l"])
def test_no_file_of_the_host_comes_into_a_port(ports: Ports, content: str) -> None:
    text = f"DIRS := include\nDIR_CONTENT(include) := {content}\n"
    ports.add(
        "z",
        HEAD + text + "default: l\nl:\n\tln -s /etc/passwd l\n_dirs: l\nphony/dirs/include: l\n",
    )
    (message,) = messages(ports.prepare("z"))
    assert f"DIR_CONTENT(include) names {content}, which is outside" in message
