"""Publishing: compressed and signed archives of a depot, in a directory that a server shows.

What has a signature in that directory is published already. File and signature are complete when
they take their places, the file first, and the manifest comes last: a killed call leaves
nothing that is taken for whole, and one that fails leaves what is published as it is.
"""

from __future__ import annotations

import contextlib
import lzma
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.inspection.dependency_tree import require_complete
from genode_tool.depot.inspection.verification import verify
from genode_tool.depot.publishing.events import Transfer, Transferred, TransfersFinished
from genode_tool.depot.publishing.manifest import (
    MANIFEST,
    PublishedFile,
    published_files,
    read_manifest,
)
from genode_tool.depot.publishing.openpgp import read_key
from genode_tool.depot.publishing.pack import pack_directory, pack_file, time_of, zip_file
from genode_tool.depot.publishing.published_references import published_path
from genode_tool.depot.publishing.signing import Signer, signer_of
from genode_tool.depot.publishing.users import DepotUser, DepotUsers
from genode_tool.depot.sculpt.forms import read_index
from genode_tool.depot.sculpt.images import boot_directory, disk_image
from genode_tool.depot.sculpt.images import form_findings as image_findings
from genode_tool.depot.sculpt.names import ImageName, IndexName
from genode_tool.depot.sculpt.package_index import form_findings as package_findings
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import EnvironmentProblem, Severity, UserError
from genode_tool.events import Note, Sink, Warned, discard
from genode_tool.files import cannot_write, remove_parts, replacing
from genode_tool.locks import locked

_LOCK_SECONDS = 4 * 3600.0


class _Form(Enum):
    """How something is packed for publishing."""

    TREE = ".tar.xz"
    FILE = ".xz"
    DISK = ".zip"


@dataclass(frozen=True, slots=True)
class _Item:
    """What is published: its source in the depot, and its path below the user's directory.

    `seconds` is the time that members get; an index, which changes under its name, has None.
    """

    user: str
    source: Path
    path: str
    form: _Form
    seconds: int | None

    def __str__(self) -> str:
        return f"{self.user}/{self.path}"


class Publication:
    """One call: publishes from `depot` into `public`, `jobs` archives at a time."""

    def __init__(
        self, depot: Depot, users: DepotUsers, public: Path, jobs: int = 1, sink: Sink = discard
    ) -> None:
        self._depot = depot
        self._users = users
        self._public = public
        self._jobs = jobs
        self._sink = sink
        self._signing = threading.Lock()

    def run(
        self,
        archives: Iterable[Archive],
        others: Iterable[IndexName | ImageName] = (),
        *,
        debug: bool = False,
    ) -> tuple[Transferred, ...]:
        """Publish archives with all that they need, index files and images; return what was done.

        With `debug`, binaries bring their debug information. Raises `UserError` when something is
        not in the depot or a key is missing, and `EnvironmentProblem` when it cannot be written or
        signed.
        """
        started = time.monotonic()
        items = self._archive_items(archives, debug=debug)
        for other in others:
            items += self._items_of(other)
        signers = self._signers({item.user for item in items})
        done: list[Transferred] = []
        deadline = Deadline.after(_LOCK_SECONDS)
        lock = self._public / ".genode-lock"
        hint = "choose another directory with PUBLIC_DIR=DIR"
        with locked(lock, f"the directory {self._public}", deadline, self._sink, hint=hint):
            missing = [item for item in items if not self._is_published(item)]
            places = {self._place(item).parent for item in missing}
            for place in places | {self._public / item.user for item in items}:
                remove_parts(place)
            for item in items:
                if item not in missing:
                    done.append(Transferred(str(item), Transfer.PRESENT))
                    self._sink(done[-1])
            with ThreadPoolExecutor(self._jobs) as pool:
                running = [
                    (item, pool.submit(self._publish, item, signers[item.user])) for item in missing
                ]
                done += self._wait_for(running)
            self._list(items, signers)
        self._sink(TransfersFinished(tuple(done), time.monotonic() - started))
        return tuple(done)

    def _archive_items(self, archives: Iterable[Archive], *, debug: bool) -> list[_Item]:
        closure = closure_of(archives, self._depot, debug=debug)
        require_complete(closure, self._depot, "cannot publish")
        items = []
        for archive in closure.sorted():
            path = published_path(archive)
            place = self._depot.place(archive)
            items.append(_Item(archive.user, place, path, _Form.TREE, time_of(archive.version)))
            self._check(archive)
        return items

    def _check(self, archive: Archive) -> None:
        """Refuse an archive that is not what its hash says."""
        try:
            damage = next(verify(self._depot, archive), None)
        except OSError as error:
            raise EnvironmentProblem(f"cannot read {error.filename}: {error.strerror}") from error
        if damage:
            raise UserError(f"cannot publish {archive}: it {damage.text}", hint=damage.hint)

    def _items_of(self, other: IndexName | ImageName) -> list[_Item]:
        if isinstance(other, IndexName):
            source = self._depot.path / str(other)
            if not source.is_file():
                raise UserError(f"cannot publish {other}: there is no file {source}")
            self._check_index(other, source)
            return [_Item(other.user, source, f"{other.kind}/{other.name}.xz", _Form.FILE, None)]
        tree, disk = boot_directory(self._depot, other), disk_image(self._depot, other)
        for missing in (tree,) if not tree.is_dir() else (disk,) if not disk.is_file() else ():
            raise UserError(
                f"cannot publish {other}: the depot does not have {missing}",
                hint=f"`genode depot image write {other} --boot DIR --img FILE` puts it there",
            )
        seconds = time_of(other.version)
        return [
            _Item(other.user, tree, f"image/{other.name}.tar.xz", _Form.TREE, seconds),
            _Item(other.user, disk, f"image/{other.name}.img.xz", _Form.FILE, seconds),
            _Item(other.user, disk, f"image/{other.name}.zip", _Form.DISK, seconds),
        ]

    def _check_index(self, index: IndexName, source: Path) -> None:
        """Refuse an index that cannot be read, and warn of what Sculpt would not show."""
        document = read_index(source)
        check = image_findings if index.of_images else package_findings
        for finding in check(document):
            self._sink(Warned(replace(finding.diagnostic, severity=Severity.WARNING)))

    def _signers(self, names: Iterable[str]) -> dict[str, Signer]:
        signers = {}
        for name in sorted(names):
            user: DepotUser = self._users.get(name)
            key = read_key(user.pubkey)
            if key.expired:
                raise UserError(
                    f"the key of {name} has expired ({user.pubkey})",
                    hint=f"extend it with `gpg --quick-set-expire {key.fingerprint} 2y`, and "
                    "export it into this file again",
                )
            signer = signer_of(key, user.pubkey)
            if signer is None:
                raise UserError(
                    f"no secret key of {name} in your key ring: {key.fingerprint}",
                    hint=f"its public part is {user.pubkey}; `gpg --import FILE` or"
                    " `sq key import FILE` adds the secret one",
                )
            signers[name] = signer
            for remark in key.remarks:
                self._sink(Note(f"the key of {name} is weak: {remark}", "warning"))
        return signers

    def _place(self, item: _Item) -> Path:
        return self._public / item.user / item.path

    def _is_published(self, item: _Item) -> bool:
        path = self._place(item)
        if not path.is_file() or not _signature(path).is_file():
            return False
        if item.seconds is not None:
            return True
        try:  # an index changes while it keeps its name
            with lzma.open(path) as packed:
                return packed.read() == item.source.read_bytes()
        except (OSError, EOFError, lzma.LZMAError):
            return False

    def _publish(self, item: _Item, signer: Signer) -> None:
        into = self._place(item)
        try:
            into.parent.mkdir(parents=True, exist_ok=True)
            with self._signed(into, signer) as part:
                if item.form is _Form.FILE:
                    pack_file(item.source, part)
                elif item.form is _Form.DISK:
                    zip_file(item.source, part, item.seconds or 0)
                else:
                    pack_directory(item.source, part, item.seconds or 0)
        except OSError as error:
            raise cannot_write(into, error) from error

    @contextlib.contextmanager
    def _signed(self, path: Path, signer: Signer) -> Iterator[Path]:
        """Yield the path to write a file to; then it is signed and replaces `path`.

        Raises `OSError`, and `EnvironmentProblem` when it cannot be signed.
        """
        signature = _signature(path)
        with replacing(signature) as signature_part, replacing(path) as part:
            yield part
            with self._signing:  # whoever is asked for a passphrase, is asked one at a time
                signer.sign(part, signature_part, str(path))
            signature.unlink(missing_ok=True)  # it is that of the old file

    def _wait_for(self, running: Sequence[tuple[_Item, Future[None]]]) -> list[Transferred]:
        done = []
        try:
            for item, future in running:
                future.result()
                done.append(Transferred(str(item), Transfer.PUBLISHED))
                self._sink(done[-1])
        except BaseException:
            for _, future in running:
                future.cancel()
            raise
        return done

    def _list(self, items: Iterable[_Item], signers: dict[str, Signer]) -> None:
        """Enter what was published into the manifests, if they do not list it yet."""
        by_user: dict[str, list[str]] = {}
        for item in items:
            by_user.setdefault(item.user, []).append(item.path)
        for user, paths in by_user.items():
            directory = self._public / user
            manifest = read_manifest(directory, user)
            files: dict[str, PublishedFile] = published_files(directory, paths)
            path = directory / MANIFEST
            if all(manifest.files.get(name) == one for name, one in files.items()):
                if _signature(path).is_file():
                    continue
            else:
                manifest = manifest.with_files(files)
            try:
                with self._signed(path, signers[user]) as part:
                    part.write_text(manifest.text())
            except OSError as error:
                raise cannot_write(path, error) from error


def _signature(path: Path) -> Path:
    """Return the path of the signature of a published file."""
    return path.with_name(f"{path.name}.sig")
