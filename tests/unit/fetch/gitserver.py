"""A git repository, and git's own server program behind our web server."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.fetch.webserver import Handler

_WHO = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "init.defaultBranch=main")


def git(*args: str, cwd: Path) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    done = subprocess.run(
        ["git", *_WHO, *args], cwd=cwd, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass
class Repository:
    """A repository with three commits on `main`, the second tagged `v2`."""

    work: Path
    commits: list[str] = field(default_factory=list)

    @property
    def bare(self) -> Path:
        return self.work.parent / "served" / "it.git"


def make_repository(directory: Path) -> Repository:
    work = directory / "work"
    (work / "src/deep").mkdir(parents=True)
    repository = Repository(work)
    git("init", "-q", cwd=work)
    for number in (1, 2, 3):
        (work / "file").write_text(f"{number}\n")
        (work / f"src/deep/{number}.c").write_bytes(bytes(range(256)) * 200 * number)
        (work / "src/deep/.hidden").write_text("x")
        (work / f"other{number}").write_text("o")
        git("add", "-A", cwd=work)
        git("commit", "-q", "-m", str(number), cwd=work)
        repository.commits.append(git("rev-parse", "HEAD", cwd=work))
        if number == 2:
            git("tag", "-a", "-m", "two", "v2", cwd=work)
    repository.bare.parent.mkdir()
    git("clone", "-q", "--bare", str(work), str(repository.bare), cwd=directory)
    return repository


@dataclass
class GitService:
    """Answers as `git http-backend` does; `modern` servers give single commits.

    The first `failures` packs are cut off after some bytes.
    """

    root: Path
    modern: bool = True
    failures: int = 0
    packs: int = 0

    def __call__(self, handler: Handler) -> None:
        path, _, query = handler.path.partition("?")
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": handler.command,
            "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "uploadpack.allowFilter",
            "GIT_CONFIG_VALUE_0": "true" if self.modern else "false",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
        }
        if self.modern:
            env["GIT_PROTOCOL"] = handler.headers.get("Git-Protocol", "")
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=env, capture_output=True, check=False
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        code, kind = 200, "text/plain"
        for line in head.decode().splitlines():
            name, _, value = line.partition(": ")
            if name == "Status":
                code = int(value.split()[0])
            elif name == "Content-Type":
                kind = value
        is_pack = b"PACK" in answer
        self.packs += is_pack
        handler.start(code, len(answer), Content_Type=kind)
        if is_pack and self.packs <= self.failures:
            handler.wfile.write(answer[: len(answer) // 2])
            handler.hang_up()
        else:
            handler.wfile.write(answer)
