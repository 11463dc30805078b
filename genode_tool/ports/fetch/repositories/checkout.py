"""Checkouts of git repositories at one revision.

`contrib/cache/git` keeps one bare repository per URL with the commits that were wanted so far,
each without its history where the server gives single commits. A checkout shares the packs of
that repository by hard links, which is safe as git never changes a pack.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import Note, Sink
from genode_tool.locks import locked
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import (
    FetchFailed,
    TemporaryFailure,
    Unavailable,
    disk_problem,
    without_password,
)
from genode_tool.ports.fetch.progress import Activity, ByteMeter, SourceProgress
from genode_tool.ports.fetch.repositories.git import UPLOAD_PACK, Git, Refused, last_message
from genode_tool.ports.fetch.retry import with_retries
from genode_tool.ports.fetch.source import Fetched, PortSource, SourceKind, base_name
from genode_tool.programs import how_to_get

_KNOWN_REVISIONS = "refs/genode/"
_EVERYTHING = ("+refs/heads/*:refs/from/heads/*", "+refs/tags/*:refs/from/tags/*")


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Makes checkouts through the repositories in `cache`."""

    policy: Policy
    cache: Cache
    sink: Sink

    def make(self, source: PortSource, into: Path, deadline: Deadline) -> Fetched:
        """Create the directory `into` from `source`, completely or not at all.

        Raises `FetchFailed`, `UserError` for a description without REV or URL, and
        `EnvironmentProblem` (disk, missing git).
        """
        if process.find_program("git") is None:
            raise EnvironmentProblem(
                f"{source} needs git, which is not installed", hint=how_to_get("git")
            )
        if not source.revision or not source.urls:
            missing = "REV" if source.urls else "URL"
            raise UserError(
                f"{source}: {missing}({source.name}) is not defined", location=source.location
            )
        self.cache.make()
        sparse = source.kind is SourceKind.SPARSE_GIT
        with self._repository(source, sparse, deadline) as git:
            commit, origin = self._obtain(git, source, deadline)
            work = into.with_name(f".{into.name}.checkout")
            try:
                shutil.rmtree(work, ignore_errors=True)
                if sparse:
                    self._export(git, source, commit, work, into, deadline)
                else:
                    self._check_out(git, source, commit, work, into)
            except OSError as error:
                raise disk_problem(error, into) from error
            finally:
                shutil.rmtree(work, ignore_errors=True)
        return Fetched(into, origin, revision=commit)

    @contextmanager
    def _repository(self, source: PortSource, sparse: bool, deadline: Deadline) -> Iterator[Git]:
        """Yield the cache's repository for the URL, locked for other processes."""
        key = hashlib.sha256(source.url.encode()).hexdigest()[:16]
        last = re.sub("[^A-Za-z0-9._+-]", "_", base_name(source.url).removesuffix(".git"))
        # A partial clone has commits without their files, which a full checkout must not share.
        directory = self.cache.directory / "git" / f"{last}-{key}{'-sparse' if sparse else ''}.git"
        directory.parent.mkdir(parents=True, exist_ok=True)
        path = directory.with_suffix(".lock")
        with locked(path, f"the cached repository of {source}", deadline, self.sink):
            git = Git(directory, self.policy)
            if not (directory / "HEAD").is_file() or git.local("rev-parse").returncode:
                shutil.rmtree(directory, ignore_errors=True)
                git.demand("init", "--quiet", "--bare", "--template=", str(directory))
            git.remove_halves()
            yield git

    def _obtain(self, git: Git, source: PortSource, deadline: Deadline) -> tuple[str, str]:
        """Bring the wanted commit into the cache; return it and its origin."""
        ref = _KNOWN_REVISIONS + hashlib.sha256(source.revision.encode()).hexdigest()[:20]
        exact = _is_commit(source.revision)
        commit = git.commit(ref)
        if not commit and exact and source.kind is SourceKind.GIT:
            commit = git.commit(source.revision)  # fetched along with another one
        if commit and (exact or self.policy.offline):
            if not exact:
                text = f"{source}: offline, using `{source.revision}` as it was last fetched"
                self.sink(Note(text, "warning"))
            return commit, "cache"
        attempts: list[Unavailable] = []
        for place in self.policy.mirrors.repository_places(source):
            path = local_path(place)
            if path is None and self.policy.offline:
                attempts.append(Unavailable(f"{without_password(place)}: not asked: offline"))
                continue
            if path is not None and not path.exists():
                attempts.append(Unavailable(f"{path}: no such repository"))
                continue
            try:
                commit = self._patiently(git, place, source, deadline)
            except Unavailable as error:
                attempts.append(Unavailable(f"{without_password(place)}: {error}", error.hint))
                continue
            # A ref of ours keeps the commit from being pruned, and finds it again by the
            # revision as the port has it.
            git.demand("update-ref", ref, commit)
            return commit, without_password(place)
        hint = "GENODE_CONTRIB_MIRRORS may name other places (directories, bundles, FROM=>TO)"
        if self.policy.offline:
            hint = (
                "run the command without --offline, or name a directory in GENODE_CONTRIB_MIRRORS"
            )
        elif attempts and attempts[-1].hint:
            hint = attempts[-1].hint
        raise FetchFailed(
            f"{source} cannot be fetched at `{source.revision}`: "
            + (str(attempts[-1]) if attempts else "no source left to try"),
            location=source.location,
            trail=tuple(str(one) for one in attempts[:-1]),
            hint=hint,
        )

    def _patiently(self, git: Git, place: str, source: PortSource, deadline: Deadline) -> str:
        steps = SourceProgress(self.sink, str(source))
        host = split_url(place).hostname or ""
        if host in self.policy.insecure_hosts and place.startswith("https:"):
            text = f"the certificate of {host} is NOT checked, as --insecure {host} asks"
            self.sink(Note(text, "warning"))

        def attempt() -> str:
            steps.begin(Activity.CLONE, place)
            return self._ask(git, place, source, deadline)

        return with_retries(attempt, str(source), self.policy, deadline, self.sink)

    def _ask(self, git: Git, place: str, source: PortSource, deadline: Deadline) -> str:
        """Fetch the revision from one place and return its commit."""
        meter = ByteMeter(self.sink, str(source), Activity.CLONE)
        seen = 0

        def received(count: int) -> None:
            nonlocal seen
            meter.add(max(0, count - seen))
            seen = max(seen, count)

        revision = source.revision
        path = local_path(place)
        shallow = ["--depth=1", "--no-tags"]
        target = place
        if source.kind is SourceKind.SPARSE_GIT:
            self._promise(git, place)
            shallow += ["--filter=blob:none"]
            if path is None or path.is_dir():
                target = "origin"
        if path is not None and path.is_file():  # a bundle has no depth
            git.fetch(place, ["--", place, "+refs/*:refs/from/*"], deadline, received)
            return self._find(git, revision)
        if not _is_commit(revision):
            ref = self._named(git, place, revision, deadline)
            if ref:
                git.fetch(place, [*shallow, "--", target, ref], deadline, received)
                return git.commit("FETCH_HEAD")
        else:
            # Many servers give any commit that a branch contains; old ones give branches only.
            with suppress(Refused):
                git.fetch(place, [*shallow, "--", target, revision], deadline, received)
                return git.commit("FETCH_HEAD")
        whole = ["--unshallow"] if (git.directory / "shallow").is_file() else []
        try:
            git.fetch(place, [*whole, "--", target, *_EVERYTHING], deadline, received)
        except Refused as error:
            raise Unavailable(str(error)) from error
        return self._find(git, revision)

    def _promise(self, git: Git, place: str) -> None:
        """Let git get the files of commits from `place` when it needs them."""
        local = local_path(place) is not None
        careless = split_url(place).hostname in self.policy.insecure_hosts
        for name, value in (
            ("remote.origin.url", place),
            ("remote.origin.promisor", "true"),
            ("remote.origin.partialclonefilter", "blob:none"),
            ("remote.origin.uploadpack", UPLOAD_PACK if local else "git-upload-pack"),
            ("http.sslVerify", "false" if careless else "true"),
        ):
            git.demand("config", name, value)

    def _named(self, git: Git, place: str, revision: str, deadline: Deadline) -> str:
        """Return the ref at `place` that `revision` means, or "" for an abbreviated commit."""
        refs = git.remote_refs(place, deadline)
        for ref in (revision, *(f"refs/{name}" for name in _names(revision))):
            if ref in refs:
                return ref
        if re.fullmatch("[0-9a-f]{4,39}", revision):
            return ""
        raise Unavailable(f"no such tag or branch: `{revision}`")

    def _find(self, git: Git, revision: str) -> str:
        for name in (*(f"refs/from/{name}" for name in _names(revision)), revision):
            if commit := git.commit(name):
                return commit
        raise Unavailable(f"no such commit: `{revision}`")

    def _check_out(self, git: Git, source: PortSource, commit: str, work: Path, into: Path) -> None:
        """Make `into` a repository of its own with `commit` checked out."""
        work.mkdir(parents=True)
        own = Git(work / ".git", self.policy)
        own.demand("init", "--quiet", "--template=", str(work), env={"GIT_WORK_TREE": str(work)})
        _share(git.directory / "objects", own.directory / "objects")
        if (git.directory / "shallow").is_file():
            shutil.copyfile(git.directory / "shallow", own.directory / "shallow")
        own.demand("config", "remote.origin.url", source.url)
        own.demand("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
        own.demand("update-ref", "--no-deref", "HEAD", commit)
        own.demand("reset", "--quiet", "--hard", env={"GIT_WORK_TREE": str(work)})
        if (work / ".gitmodules").is_file():
            text = f"{source}: its submodules are not fetched; a port declares them as downloads"
            self.sink(Note(text))
        work.rename(into)

    def _export(
        self, git: Git, source: PortSource, commit: str, work: Path, into: Path, deadline: Deadline
    ) -> None:
        """Make `into` the content of the sparse path, without hidden files at its top."""
        path = source.sparse_path.strip().strip("/")
        if not path or ".." in path.split("/"):
            raise UserError(
                f"{source}: SPARSE_PATH({source.name}) `{source.sparse_path}` is not a path",
                location=source.location,
            )
        (work / "tree").mkdir(parents=True)
        (git.directory / "info").mkdir(exist_ok=True)
        (git.directory / "info/sparse-checkout").write_text(f"/{path}/\n")
        env = {"GIT_WORK_TREE": str(work / "tree"), "GIT_INDEX_FILE": str(work / "index")}
        # In cone mode the files in all directories above the path would come along.
        sparse = ("-c", "core.sparseCheckout=true", "-c", "core.sparseCheckoutCone=false")
        if self.policy.offline:
            # read-tree would fetch missing files from the server.
            env["GIT_ALLOW_PROTOCOL"] = "file"

        def read() -> None:
            done = git.local(*sparse, "read-tree", "-m", "-u", commit, env=env)
            if done.returncode:  # most likely while fetching the missing files
                raise TemporaryFailure(last_message(done.stderr))

        try:
            with_retries(read, str(source), self.policy, deadline, self.sink)
        except Unavailable as error:
            raise FetchFailed(
                f"{source}: the files of `{path}` cannot be fetched: {error}",
                location=source.location,
            ) from error
        top = work / "tree" / path
        if not top.is_dir():
            raise FetchFailed(
                f"{source}: commit {commit} has no directory `{path}`",
                location=source.location,
                hint=f"SPARSE_PATH({source.name}) names it",
            )
        for entry in list(top.iterdir()):
            if entry.name.startswith("."):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        top.rename(into)


def _names(revision: str) -> tuple[str, ...]:
    """Return the names below `refs/` of the remote that a revision may mean to `git checkout`.

    gitrevisions(7): `tags/X` and `heads/X` besides `X`; `origin/X` is a branch of the remote.
    """
    own = revision.removeprefix("refs/")
    tracked = own.removeprefix("remotes/")
    branch = tracked.removeprefix("origin/")
    of_remote = (f"heads/{branch}",) if branch != tracked else ()
    return (own, f"tags/{revision}", f"heads/{revision}", *of_remote)


def _is_commit(revision: str) -> bool:
    return bool(re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", revision))


def _share(objects: Path, into: Path) -> None:
    """Give the repository `into` all objects, by hard links where the file system allows."""
    for directory, _, names in os.walk(objects):
        target = into / Path(directory).relative_to(objects)
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            # A fetch that was killed leaves half a pack under such a name.
            if not name.startswith("tmp_"):
                try:
                    os.link(f"{directory}/{name}", target / name)
                except FileExistsError:
                    continue
                except OSError:
                    shutil.copyfile(f"{directory}/{name}", target / name)
