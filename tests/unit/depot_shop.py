"""A tree with a depot, what is published of it, and a server of that: with real signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.depot_fixture import Genode, recipe_dir
from tests.unit.fetch import webserver

without_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")

V = "2026-02-02"
SHOP = f"al/pkg/shop/{V}"
ARCHIVES = ("api/timer/2026-01-01", "raw/goods/2026-01-01", "src/shop/2026-01-01", f"pkg/shop/{V}")


def gpg(*words: str, home: Path) -> str:
    env = {**os.environ, "GNUPGHOME": str(home), "LC_ALL": "C"}
    command = ["gpg", "--batch", "--no-tty", *words]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True)
class KeyRing:
    home: Path

    def make(self, user: str, expires: str = "never", *more: str) -> str:
        """Make a key without a passphrase; return its public part."""
        address = f"{user}@example.org"
        words = ["--passphrase", "", "--quick-generate-key", address, "ed25519", "sign", expires]
        gpg(*more, *words, home=self.home)
        return gpg("--armor", "--export", address, home=self.home)


@pytest.fixture(scope="module")
def ring() -> Iterator[KeyRing]:
    # the path of the agent's socket must be short
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        yield KeyRing(Path(home))
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


@pytest.fixture(scope="module")
def al_key(ring: KeyRing) -> str:
    return ring.make("al")


@dataclass(frozen=True)
class Shop:
    """A tree whose depot has a package of `al`, what is published of it, and a server of that."""

    tree: Path
    public: Path
    web: webserver.Web
    genode: Genode

    def publish(self, *words: str) -> tuple[int, str, str]:
        """Return the exit code, standard output, and all that is printed."""
        code, out, err = self.genode("depot", "publish", *(words or (SHOP,)))
        return code, out, out + err

    def download(self, *words: str) -> tuple[int, str, str]:
        """Return the exit code, standard output, and all that is printed."""
        command = ("depot", "download", "--depot-dir", "other")
        code, out, err = self.genode(*command, *(words or (SHOP,)))
        return code, out, out + err

    @property
    def other(self) -> Path:
        return self.tree / "other"

    def has(self, archive: str) -> bool:
        return (self.other / "al" / archive).is_dir()

    def resign(self, path: str, home: Path) -> None:
        """Sign a published file as the user would."""
        file = self.public / "al" / path
        file.with_name(file.name + ".sig").unlink(missing_ok=True)
        words = ["--local-user", "al@example.org", "--detach-sign", "--digest-algo", "SHA256"]
        gpg(*words, "--output", f"{file}.sig", str(file), home=home)

    def without_manifest(self) -> None:
        for name in ("manifest.json", "manifest.json.sig"):
            (self.public / "al" / name).unlink()


@pytest.fixture
def shop(
    tree: Path, genode: Genode, ring: KeyRing, al_key: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    for name in ("PUBLIC_DIR", "DBG", "SOURCE_DATE_EPOCH", "GENODE_CONTRIB_MIRRORS"):
        monkeypatch.delenv(name, raising=False)
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/src/shop\n_/raw/goods\n")
    words = ("depot", "extract", "al/pkg/shop", "--update-versions", "--version-cmd", f"echo {V}")
    assert genode(*words)[0] == 0
    known = tree / "repos/os/sculpt/depot/al"
    known.mkdir(parents=True)
    (known / "pubkey").write_text(al_key)
    public = tree / "public"
    web = webserver.start()

    def serve(handler: webserver.Handler) -> None:
        path = public / handler.path.lstrip("/")
        answer = webserver.content(path.read_bytes()) if path.is_file() else webserver.status(404)
        answer(handler)

    web.otherwise = serve
    (known / "download").write_text(web.url("") + "\n")
    yield Shop(tree, public, web, genode)
    web.server.shutdown()
    web.server.server_close()


def contents(top: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and path.suffix != ".record" and "var" not in path.relative_to(top).parts
    }
