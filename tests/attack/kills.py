"""Kills the tool at random moments, by hand: `python -m tests.attack.kills --count 500`.

Each round kills one call with SIGKILL: of a build, a preparation of ports, a scenario, of
extracting, creating, publishing and downloading archives. Then nothing of it may run on, nor be
left among temporary files, what is there of a depot must be whole, and the next call must come to
the same result as one that was never killed, and leave nothing half-written. Prints what went
wrong, and a summary; the exit status is 1 when something did. `--only extract,publish` takes some
kinds of calls.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parents[2]
_GONE_SECONDS = 60.0  # for what is being killed, on a busy machine
_GOALS = ("core", "init", "test/log", "timer")

_PORT = """LICENSE := a
VERSION := 1
DOWNLOADS := one.archive two.archive
URL(one) := http://nowhere.invalid/one.tar
URL(two) := http://nowhere.invalid/two.tar
SHA(one) := {one}
SHA(two) := {two}
DIR(one) := src/one
DIR(two) := src/two
DIRS := include
DIR_CONTENT(include) := src/one/*.h made
default: made
made: $(DOWNLOADS)
\tfor i in 1 2 3 4 5 6 7 8 9; do echo $$i >> made; sleep 0.02; done
_dirs: made
phony/dirs/include: made
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@dataclass(slots=True)
class Place:
    """A clone of the checkout, where it all happens, and a tree with a port."""

    top: Path
    chance: random.Random
    count: Counter[str] = field(default_factory=Counter)

    @property
    def clone(self) -> Path:
        """The checkout."""
        return self.top / "clone"

    @property
    def build(self) -> Path:
        """Its build directory."""
        return self.clone / "build/x86_64"

    @property
    def temporary(self) -> Path:
        """The directory for temporary files of calls."""
        return self.top / "tmp"

    def make(self) -> None:
        """Create everything."""
        self.temporary.mkdir()
        for name in ("repos", "etc"):
            shutil.copytree(ROOT / name, self.clone / name)
        shutil.copy(ROOT / "LICENSE", self.clone)
        self._make_port()
        for words in (("create-builddir", "x86_64"), ("port", "update-hash", "killed")):
            status, output = self.call(*words, at=self.clone)
            if status:
                raise SystemExit(output)

    @contextmanager
    def server(self) -> Iterator[None]:
        """Make a key of the user `me`, and serve what is published."""
        home, known = self.top / "gpg", self.clone / "repos/base/sculpt/depot/me"
        home.mkdir(mode=0o700)
        known.mkdir(parents=True)
        gpg = ["gpg", "--homedir", str(home), "--batch", "--no-tty", "--quiet"]
        words = ["--passphrase", "", "--quick-generate-key", "me@example.org", "ed25519", "sign"]
        subprocess.run([*gpg, *words], check=True)
        key = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True)
        (known / "pubkey").write_bytes(key.stdout)
        handler = partial(_Quiet, directory=str(self.top / "served"))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            (known / "download").write_text(f"http://127.0.0.1:{server.server_port}\n")
            Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)

    def _make_port(self) -> None:
        mirror = self.top / "mirror"
        mirror.mkdir()
        sums = {}
        for name in ("one", "two"):
            with tarfile.open(mirror / f"{name}.tar", "w") as archive:
                for number in range(200):
                    info = tarfile.TarInfo(f"{name}-1/{number}.h")
                    data = f"{name} {number}\n".encode() * 50
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
            sums[name] = hashlib.sha256((mirror / f"{name}.tar").read_bytes()).hexdigest()
        ports = self.clone / "repos/libports/ports"
        (ports / "killed.port").write_text(_PORT.format(**sums))

    def command(self, words: Sequence[str], at: Path) -> tuple[list[str], dict[str, str]]:
        """Return the command line and the environment of a call in the directory `at`."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(self.top)}
        environment["GENODE_CONTRIB_MIRRORS"] = str(self.top / "mirror")
        environment["TMPDIR"] = str(self.temporary)
        environment["GNUPGHOME"] = str(self.top / "gpg")
        return [sys.executable, "-m", "genode_tool", "-C", str(at), *words], environment

    def call(self, *words: str, at: Path | None = None) -> tuple[int, str]:
        """Return the exit status and the output of a call."""
        argv, environment = self.command(words, at or self.build)
        done = subprocess.run(
            argv, env=environment, capture_output=True, text=True, check=False, timeout=1800
        )
        return done.returncode, done.stdout + done.stderr

    def kill(self, words: Sequence[str], seconds: float) -> bool:
        """Begin a call and kill it after `seconds`; return whether it was still at work."""
        argv, environment = self.command(words, self.build)
        with subprocess.Popen(
            argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                return True
        return False

    def running(self) -> list[str]:
        """Return the processes that have to do with this place."""
        mark = str(self.top)
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                words = line.decode(errors="replace")
                if words.startswith("gpg-agent"):  # it belongs to the user, not to a call
                    continue
                if mark in words or mark in str((entry / "cwd").readlink()):
                    found.append(f"{entry.name} {words[:200]}")
            except OSError:
                continue
        return found

    def left_behind(self) -> list[str]:
        """Return what runs, and what temporary files are there, when the killed call is gone."""
        end = time.monotonic() + _GONE_SECONDS
        while (found := self.running() + self._files()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def _files(self) -> list[str]:
        # Compilers write there, too; one that is killed does not tidy up.
        return [str(one) for one in self.temporary.iterdir() if not one.name.startswith("cc")]


def digest(top: Path) -> str:
    """Return a hash over names, kinds and contents of a file, or of all below a directory."""
    total = hashlib.sha256()
    for path in (top, *sorted(top.rglob("*"))):
        content = b""
        if path.is_symlink():
            content = os.fsencode(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        total.update(f"{path.relative_to(top)}\0{path.is_dir()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def archives_in(depot: Path) -> dict[str, str]:
    """Return a hash of each archive of the user `me`, and of its hash file."""
    found = {}
    for path in depot.glob("me/**/*.hash"):
        archive = path.with_suffix("")
        if archive.is_dir():
            found[str(archive.relative_to(depot))] = digest(archive) + digest(path)
    return found


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of call: its words, and how its state is disturbed and hashed."""

    place: Place
    name: str
    words: tuple[str, ...]

    @property
    def depot(self) -> Path | None:
        """The directory of archives that the call fills, None for other calls."""
        place = self.place
        return {
            "extract": place.clone / "depot",
            "create": place.top / "created",
            "publish": place.top / "published",
            "download": place.top / "downloaded",
        }.get(self.name)

    def disturb(self) -> None:
        """Leave something to do."""
        chance, place = self.place.chance, self.place
        match self.name:
            case "build":
                outputs = sorted(place.build.rglob("*.o"))
                for path in chance.sample(outputs, min(len(outputs), chance.randint(1, 6))):
                    path.unlink()
                source = chance.choice(sorted((place.clone / "repos/base/src").rglob("*.cc")))
                with source.open("a") as file:
                    file.write(f"/* {chance.random()} */\n")
            case "prepare":
                if chance.random() < 0.8:
                    shutil.rmtree(place.clone / "contrib", ignore_errors=True)
            case "extract" | "create" | "publish" | "download":
                if chance.random() < 0.8:
                    assert self.depot is not None
                    shutil.rmtree(self.depot, ignore_errors=True)
            case _:
                pass

    def result(self) -> dict[str, str]:
        """Return hashes of what the call is for, by name."""
        place = self.place
        match self.name:
            case "prepare":
                return {one.name: digest(one) for one in place.clone.glob("contrib/killed-*")}
            case "publish":
                top = place.top / "published"
                packed = sorted(top.rglob("*.tar.xz"))
                return {str(one.relative_to(top)): digest(one) for one in packed}
            case "extract" | "create" | "download":
                assert self.depot is not None
                return archives_in(self.depot)
            case _:
                return {"bin": digest(place.build / "bin")}

    def leftovers(self) -> list[str]:
        """Return what is half-written where archives are."""
        if self.depot is None:
            return []
        ends = (".part", ".build", ".old")
        return [str(path) for path in self.depot.rglob("*") if path.name.endswith(ends)]


def attempt(job: Job, seconds: float, wanted: dict[str, str]) -> list[str]:
    """Kill one call, then let it succeed; return what went wrong."""
    job.disturb()
    killed = job.place.kill(job.words, seconds)
    job.place.count[f"{job.name} {'killed' if killed else 'was faster'}"] += 1
    wrong = [f"left behind: {one}" for one in job.place.left_behind()]
    if job.depot is not None:
        there = job.result()
        half = [name for name, one in there.items() if wanted.get(name) != one]
        wrong += [f"half-done: {name}" for name in half]
    status, output = job.place.call(*job.words)
    if status:
        wrong.append(f"the next call fails ({status}): {output[-1500:]}")
    elif job.result() != wanted:
        wrong.append("the next call has another result")
    return wrong + [f"left: {one}" for one in job.leftovers()]


def jobs_of(place: Place) -> list[Job]:
    """Return all kinds of calls; each needs only what earlier ones made."""
    recipe = place.clone / "repos/base/recipes/pkg/test-log/hash"
    created = ("--depot-dir", str(place.top / "created"))
    package = f"me/pkg/x86_64/test-log/{recipe.read_text().split()[0]}"
    publish = ("depot", "publish", package, *created, "--public-dir")
    download = ("depot", "download", package, "--depot-dir", str(place.top / "downloaded"))
    return [
        Job(place, "build", ("make", *_GOALS, "--kernel", "linux")),
        Job(place, "prepare", ("prepare", "killed")),
        Job(place, "run", ("run", "log", "--kernel", "linux")),
        Job(place, "extract", ("depot", "extract", "me/pkg/test-timer", "me/pkg/life")),
        Job(place, "create", ("depot", "create", "me/pkg/x86_64/test-log", *created)),
        Job(place, "publish", (*publish, str(place.top / "published"))),
        Job(place, "download", download),
    ]


def main() -> int:
    """Kill as often as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack.kills")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--count", type=int, default=40, help="how many kills")
    parser.add_argument("--only", default="", help="some kinds of calls, separated by commas")
    options = parser.parse_args()
    kinds = set(filter(None, options.only.split(",")))
    with tempfile.TemporaryDirectory(prefix="genode-kills-") as top:
        place = Place(Path(top).resolve(), random.Random(options.seed))
        place.make()
        with place.server():
            return kill_all(place, options.count, kinds)


def kill_all(place: Place, count: int, kinds: set[str]) -> int:
    """Kill `count` calls of some `kinds`, or of all; return the exit status."""
    jobs = jobs_of(place)
    needed = kinds | ({"create", "publish"} if kinds & {"publish", "download"} else set())
    for job in jobs:
        if kinds and job.name not in needed:
            continue
        status, output = place.call(*job.words)
        if status:
            raise SystemExit(f"{job.name} fails without a kill: {output}")
        if job.name == "publish":  # a server never goes back to an older state
            shutil.copytree(place.top / "published", place.top / "served")
    jobs = [job for job in jobs if not kinds or job.name in kinds]
    wanted, lasts = {}, {}
    for job in jobs:
        job.disturb()
        began = time.monotonic()
        place.call(*job.words)
        lasts[job.name], wanted[job.name] = time.monotonic() - began, job.result()
    print("without a kill:", {name: f"{one:.1f} s" for name, one in lasts.items()}, flush=True)
    faults = 0
    for number in range(count):
        job = jobs[number % len(jobs)]
        seconds = place.chance.uniform(0, lasts[job.name])
        for one in attempt(job, seconds, wanted[job.name]):
            faults += 1
            print(f"{number} {job.name} after {seconds:.3f} s: {one}", flush=True)
    print(f"{count} kills ({dict(place.count)}): {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
