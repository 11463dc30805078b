"""Downloading archives with all that they need, from those who publish them."""

from __future__ import annotations

import lzma
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from genode_tool.building.memory.store import STATE
from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.content import content_hash, package_list
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.publishing.events import Transfer, Transferred, TransfersFinished
from genode_tool.depot.publishing.openpgp import BadSignature
from genode_tool.depot.publishing.published_references import published_path
from genode_tool.depot.publishing.server import PublishedFiles
from genode_tool.depot.publishing.users import DepotUsers
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.sculpt.images import boot_directory, disk_image
from genode_tool.depot.sculpt.names import ImageName, IndexName
from genode_tool.depot.store.depot import Depot
from genode_tool.depot.store.ingredients import ingredient_hashes
from genode_tool.depot.store.writer import DepotWriter
from genode_tool.errors import EnvironmentProblem, GenodeError, UserError
from genode_tool.events import Note, Sink, discard
from genode_tool.files import cannot_write, remove_parts, remove_tree, replacing
from genode_tool.ports.archive.extract import extract
from genode_tool.ports.archive.options import ExtractOptions
from genode_tool.ports.fetch.policy import Policy
from genode_tool.scratch import scratch_directory

_RECORD_FORMAT = 1


class Download:
    """One call: fills the depot of `writer`; `jobs` archives are fetched at a time."""

    def __init__(
        self,
        writer: DepotWriter,
        users: DepotUsers,
        recipes: Recipes,
        policy: Policy,
        jobs: int = 1,
        sink: Sink = discard,
    ) -> None:
        self._writer = writer
        self._depot: Depot = writer.depot
        self._users = users
        self._recipes = recipes
        self._policy = policy
        self._jobs = jobs
        self._sink = sink
        self._servers: dict[str, PublishedFiles | GenodeError] = {}
        self._incoming = self._depot.path / STATE / "incoming"

    def run(
        self,
        archives: Sequence[Archive],
        others: Iterable[IndexName | ImageName] = (),
        *,
        debug: bool = False,
    ) -> tuple[Transferred, ...]:
        """Get archives with all that they need, index files and images; return how each ended.

        What is in the depot is not asked for again, but for index files. Raises `UserError` for
        names without version, and `EnvironmentProblem` when the depot cannot be written.
        """
        started = time.monotonic()
        without = [one for one in archives if not one.version]
        if without:
            raise UserError(f"{without[0]} has no version", hint=f"wanted {without[0]}/VERSION")
        done: dict[str, Transferred] = {}
        with self._writer.locked(self._sink), ExitStack() as stack:
            self._clean_up()
            for other in others:
                name = str(other)
                if isinstance(other, ImageName) and boot_directory(self._depot, other).is_dir():
                    done[name] = Transferred(name, Transfer.PRESENT)
                    self._sink(done[name])
                else:
                    self._note(done, name, self._attempt(stack, other))
            while True:
                closure = closure_of(archives, self._depot, debug=debug)
                missing = [
                    one
                    for one in closure.sorted()
                    if not self._depot.has(one) and str(one) not in done
                ]
                # The hash of binaries is made of those of their sources, which come first.
                first = [one for one in missing if one.type.has_recipe] or missing
                if not first:
                    break
                for name in sorted({one.user for one in first}):
                    self._server(stack, name)
                with ThreadPoolExecutor(self._jobs) as pool:
                    ends = pool.map(self._get, first)
                    for archive, error in zip(first, ends, strict=True):
                        self._note(done, str(archive), error)
        for archive in closure.sorted():
            done.setdefault(str(archive), Transferred(str(archive), Transfer.PRESENT))
        finished = tuple(done.values())
        self._sink(TransfersFinished(finished, time.monotonic() - started))
        return finished

    def _clean_up(self) -> None:
        """Remove what a killed call left, and make the directory for what comes."""
        try:
            if self._incoming.exists():
                remove_tree(self._incoming)
            self._incoming.mkdir(parents=True)
            remove_parts(self._depot.path / STATE / "manifests")
        except OSError as error:
            raise cannot_write(self._incoming, error) from error

    def _note(self, done: dict[str, Transferred], name: str, error: GenodeError | None) -> None:
        outcome = Transfer.FAILED if error else Transfer.DOWNLOADED
        done[name] = Transferred(name, outcome, error)
        self._sink(done[name])

    def _server(self, stack: ExitStack, name: str) -> PublishedFiles | GenodeError:
        """Return what a user publishes, or why that cannot be known; each user is asked once."""
        if name not in self._servers:
            try:
                user = self._users.get(name)
                published = PublishedFiles(user, self._depot.path / STATE, self._policy, self._sink)
                self._servers[name] = stack.enter_context(published)
            except GenodeError as error:
                self._servers[name] = error
        return self._servers[name]

    def _attempt(self, stack: ExitStack, other: IndexName | ImageName) -> GenodeError | None:
        server = self._server(stack, other.user)
        if isinstance(server, GenodeError):
            return server
        try:
            if isinstance(other, IndexName):
                path = f"{other.kind}/{other.name}.xz"
                self._unpack_file(server, path, self._depot.path / str(other))
            else:
                self._get_image(server, other)
        except GenodeError as error:
            return error
        return None

    def _unpack_file(self, server: PublishedFiles, path: str, into: Path) -> None:
        """Get a file that is published as `path`, compressed, and put it into its place."""
        try:
            with server.file(path) as found:
                into.parent.mkdir(parents=True, exist_ok=True)
                remove_parts(into.parent)
                with lzma.open(found) as packed, replacing(into) as part, part.open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
        except (EOFError, lzma.LZMAError) as error:
            raise BadSignature(f"{server.user.name}/{path}: not an xz file: {error}") from error
        except OSError as error:
            raise cannot_write(into, error) from error

    def _get_image(self, server: PublishedFiles, image: ImageName) -> None:
        """Get what an image boots from, as Sculpt does, and the disk image if it is listed."""
        disk = f"image/{image.name}.img.xz"
        if server.lists(disk):
            self._unpack_file(server, disk, disk_image(self._depot, image))
        with server.file(f"image/{image.name}.tar.xz") as packed:
            try:
                with scratch_directory("install", self._incoming) as stage:
                    made = self._unpack(str(image), image.name, packed, stage)
                    place = boot_directory(self._depot, image)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    made.rename(place)
            except OSError as error:
                raise cannot_write(self._incoming, error) from error

    def _get(self, archive: Archive) -> GenodeError | None:
        server = self._servers[archive.user]
        if isinstance(server, GenodeError):
            return server
        try:
            with server.file(published_path(archive)) as packed:
                self._install(archive, packed, server)
        except GenodeError as error:
            return error
        return None

    def _install(self, archive: Archive, packed: Path, server: PublishedFiles) -> None:
        try:
            with scratch_directory("install", self._incoming) as stage:
                made = self._unpack(str(archive), archive.version, packed, stage)
                digest, whole = self._hashes(archive, made, server)
                record = {"format": _RECORD_FORMAT, "origin": server.user.url}
                if whole:
                    record["digest"] = f"sha256:{whole}"
                (self._depot.path / archive.family).mkdir(parents=True, exist_ok=True)
                self._writer.add(made, archive, digest, record)
        except OSError as error:
            raise cannot_write(self._incoming, error) from error

    def _unpack(self, name: str, directory: str, packed: Path, stage: Path) -> Path:
        """Unpack what was got for `name` into `stage`; return its only directory.

        Raises `BadSignature` when there is anything else than `directory`.
        """
        options = ExtractOptions(tar_options="", name=name)
        left_out = extract(packed, stage, options, sink=self._sink).left_out
        if left_out:
            raise BadSignature(f"{name}: the link `{left_out[0]}` leads outside")
        names = os.listdir(stage)  # noqa: PTH208
        made = stage / directory
        if names != [directory] or made.is_symlink() or not made.is_dir():
            found = ", ".join(f"`{one}`" for one in sorted(names)) or "nothing"
            raise BadSignature(
                f"{name}: wanted the directory `{directory}`, found {found}",
                hint="another archive is served under this name",
            )
        return made

    def _hashes(self, archive: Archive, made: Path, server: PublishedFiles) -> tuple[str, str]:
        """Return the hash of a new archive for its hash file, and its digest if it has one."""
        if not archive.type.has_recipe:
            if archive.type is ArchiveType.BIN and not self._depot.has(archive.source):
                raise EnvironmentProblem(
                    f"{archive}: its source {archive.source} could not be downloaded"
                )
            return " ".join(ingredient_hashes(self._depot, archive)), ""
        package = archive.type is ArchiveType.PKG
        if package and not (made / "archives").is_file():
            raise BadSignature(f"{archive}: a package without the file `archives`")
        found = content_hash(str(made), package_list(str(made), archive.user) if package else None)
        recipe = self._recipes.of_archive(archive)
        if recipe and recipe.version == archive.version and recipe.hash != found.hash:
            text = f"{archive}: its hash {found.hash} is not that of the recipe, {recipe.hash}"
            if not server.binds_names:
                raise BadSignature(text, hint="another archive may be served under this name")
            self._sink(Note(text, "warning"))
        return found.hash, found.digest
