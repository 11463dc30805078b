"""Running git: progress, timeouts, and the meaning of its errors."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.environment import AUTHORITIES, git_environment
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable
from genode_tool.ports.fetch.transports.certificates import refused_authority
from genode_tool.regex import regex

_LOCAL = 3600.0  # seconds for a command that stays on this machine
# How a repository on this machine is read: the user named it, whoever owns it, and single
# commits and filters cost nothing. upload-pack runs nothing that the repository says.
UPLOAD_PACK = (
    "git -c safe.directory=* -c uploadpack.allowFilter=true"
    " -c uploadpack.allowAnySHA1InWant=true upload-pack"
)
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_RECEIVED = regex(r"([\d.]+) (bytes|KiB|MiB|GiB)(?: \||, done)")
# Messages of git, its transports and its servers about temporary failures.
_PASSING = regex(
    r"early EOF|hung up unexpectedly|unexpected disconnect|[Cc]onnection (?:reset|timed out)"
    r"|[Oo]peration (?:timed out|too slow)|transfer closed|RPC failed|error: (?:408|429|5\d\d)"
    r"|Temporary failure|Empty reply|[Cc]onnection refused|Recv failure|invalid index-pack output"
)
_REFUSED = regex(
    r"not our ref|unadvertised object|does not support shallow|couldn't find remote ref"
    r"|[Nn]o such remote ref|shallow file has changed|error processing shallow info"
)


class Refused(Exception):
    """The server gives no single commit; its branches as a whole may hold it."""


@dataclass(frozen=True, slots=True)
class Git:
    """git in the repository `directory`."""

    directory: Path
    policy: Policy

    def local(self, *args: str, env: Mapping[str, str] | None = None) -> process.Completed:
        """Run a command that stays on this machine. Raises `EnvironmentProblem` on time-out."""
        # No hooks: those of the user are meant for other repositories.
        command = ["git", "-c", "core.hooksPath=/dev/null", *args]
        merged = {**git_environment(""), "GIT_DIR": str(self.directory), **(env or {})}
        return process.run(command, cwd=self.directory.parent, env=merged, timeout=_LOCAL)

    def demand(self, *args: str, env: Mapping[str, str] | None = None) -> str:
        """Run a local command that has to succeed; returns its output.

        Raises `EnvironmentProblem` with git's words when it fails.
        """
        done = self.local(*args, env=env)
        if done.returncode:
            raise EnvironmentProblem(
                f"`{done.command_line}` in {self.directory} failed: {last_message(done.stderr)}"
            )
        return done.stdout.decode(errors="surrogateescape").strip()

    def commit(self, ref: str) -> str:
        """Return the commit that `ref` names, or ""."""
        done = self.local("rev-parse", "--quiet", "--verify", f"{ref}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def fetch(
        self,
        place: str,
        args: Sequence[str],
        deadline: Deadline,
        received: Callable[[int], None],
    ) -> None:
        """Run `git fetch` from `place` with `args`.

        Calls `received` with the number of bytes so far. Raises `TemporaryFailure`,
        `Unavailable` or `Refused`.
        """
        # Always one pack: an interrupted fetch then leaves a single file to remove.
        words = ["-c", "fetch.unpackLimit=1", "fetch", "--progress", "--no-auto-gc"]
        words += [*_upload_pack(place), *args]
        try:
            self._remote(place, words, deadline, received)
        except BaseException:
            self.remove_halves()
            raise

    def remove_halves(self) -> None:
        """Remove what an interrupted fetch left of packs."""
        for path in (self.directory / "objects/pack").glob("tmp_*"):
            path.unlink(missing_ok=True)

    def remote_refs(self, place: str, deadline: Deadline) -> dict[str, str]:
        """Return the refs of the repository at `place`, peeled tags as `refs/tags/X^{}`."""
        words = ["ls-remote", *_upload_pack(place), "--", place]
        out = self._remote(place, words, deadline, lambda _count: None)
        pairs = (line.split("\t", 1) for line in out.splitlines() if "\t" in line)
        return {ref: commit for commit, ref in pairs}

    def _remote(
        self, place: str, args: list[str], deadline: Deadline, received: Callable[[int], None]
    ) -> str:
        host = split_url(place).hostname or ""
        careless = ["-c", "http.sslVerify=false"] if host in self.policy.insecure_hosts else []
        command = ["git", "-c", "core.hooksPath=/dev/null", *careless, *args]
        env = {**git_environment(place), "GIT_DIR": str(self.directory)}
        child = process.spawn(
            command,
            cwd=self.directory.parent,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            out, err = self._listen(child, deadline, received)
            status = child.wait(timeout=_LOCAL)
        finally:
            if child.returncode is None:
                process.kill_group(child)
                child.wait()
            for pipe in (child.stdout, child.stderr):
                if pipe:
                    pipe.close()
        if status:
            raise _failure(err.decode(errors="replace"))
        return out.decode(errors="replace")

    def _listen(
        self,
        child: subprocess.Popen[bytes],
        deadline: Deadline,
        received: Callable[[int], None],
    ) -> tuple[bytes, bytes]:
        """Read both outputs to their ends; raise `TemporaryFailure` when they stall."""
        texts = {1: b"", 2: b""}
        stall = self.policy.stall_timeout
        heard = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for number, pipe in ((1, child.stdout), (2, child.stderr)):
                assert pipe is not None
                selector.register(pipe, selectors.EVENT_READ, number)
            while selector.get_map():
                quiet = time.monotonic() - heard
                ready = selector.select(deadline.bounded(max(0.01, stall - quiet)))
                if deadline.expired:
                    raise TemporaryFailure("timed out")
                if not ready and time.monotonic() - heard >= stall:
                    raise TemporaryFailure(f"no data received for {stall:g} s")
                for key, _ in ready:
                    data = os.read(key.fd, 1 << 16)
                    heard = time.monotonic()
                    if not data:
                        selector.unregister(key.fileobj)
                    texts[key.data] += data
                    if key.data == 2 and (found := _RECEIVED.findall(data.decode("latin-1"))):
                        received(int(float(found[-1][0]) * _UNITS[found[-1][1]]))
        return texts[1], texts[2]


def _upload_pack(place: str) -> list[str]:
    path = local_path(place)
    return [f"--upload-pack={UPLOAD_PACK}"] if path is not None and path.is_dir() else []


def _failure(text: str) -> Exception:
    words = last_message(text.encode())
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return EnvironmentProblem(
            f"git cannot write what it fetches: {words}",
            hint="free some space and run the command again",
        )
    if "repository corruption" in text:
        return Unavailable(f"the repository there is incomplete or damaged: {words}")
    if _REFUSED.search(text):
        return Refused(words)
    if _PASSING.search(text) and "certificate" not in text:
        return TemporaryFailure(words)
    if "certificate" in text:
        hint = refused_authority("GIT_SSL_CAINFO", *AUTHORITIES)
        return Unavailable(f"TLS with the server failed: {words}", hint)
    return Unavailable(words)


def last_message(stderr: bytes) -> str:
    """Return the errors in git's output on one line, without its progress."""
    lines = [
        line.rpartition("\r")[2].strip()
        for line in stderr.decode(errors="replace")
        .replace("\0", "")
        .replace("\r\n", "\n")
        .split("\n")
    ]
    errors = [line for line in lines if line.startswith(("fatal:", "error:", "remote: "))]
    chosen = [line for line in errors if not re.search(r"\d+% \(|, done\.", line)] or lines[-2:-1]
    return "; ".join(dict.fromkeys(chosen)) or "git gave no reason"
