"""Kills the tool at random moments, by hand: `python -m tests.attack.kills --count 500`.

Each round kills one call with SIGKILL: of a build, a preparation of ports, a scenario, an
extraction into the depot. Then nothing of it may run on, nor be left among temporary files, and
the next call must come to the same result as one that was never killed. Prints what went wrong,
and a summary; the exit status is 1 when something did.
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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

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


def digest(*tops: Path) -> str:
    """Return a hash over names, kinds and contents below `tops`."""
    total = hashlib.sha256()
    for top in tops:
        for path in sorted(top.rglob("*")):
            content = b""
            if path.is_symlink():
                content = os.fsencode(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            total.update(f"{path.relative_to(top)}\0{path.is_dir()}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of call: its words, and how its state is disturbed and hashed."""

    place: Place
    name: str
    words: tuple[str, ...]

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
            case "depot":
                if chance.random() < 0.8:
                    shutil.rmtree(place.clone / "depot", ignore_errors=True)
            case _:
                pass

    def result(self) -> str:
        """Return a hash of what the call is for."""
        place = self.place
        match self.name:
            case "prepare":
                return digest(*sorted((place.clone / "contrib").glob("killed-*")))
            case "depot":
                return digest(*sorted((place.clone / "depot").glob("genodelabs")))
            case _:
                return digest(place.build / "bin")


def attempt(job: Job, seconds: float, wanted: str) -> list[str]:
    """Kill one call, then let it succeed; return what went wrong."""
    job.disturb()
    killed = job.place.kill(job.words, seconds)
    job.place.count[f"{job.name} {'killed' if killed else 'was faster'}"] += 1
    wrong = [f"left behind: {one}" for one in job.place.left_behind()]
    status, output = job.place.call(*job.words)
    if status:
        wrong.append(f"the next call fails ({status}): {output[-1500:]}")
    elif job.result() != wanted:
        wrong.append("the next call has another result")
    return wrong


def main() -> int:
    """Kill as often as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack.kills")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--count", type=int, default=40, help="how many kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genode-kills-") as top:
        place = Place(Path(top).resolve(), random.Random(options.seed))
        place.make()
        jobs = [
            Job(place, "build", ("make", *_GOALS, "--kernel", "linux")),
            Job(place, "prepare", ("prepare", "killed")),
            Job(place, "run", ("run", "log", "--kernel", "linux")),
            Job(place, "depot", ("depot", "extract", "genodelabs/pkg/test-timer")),
        ]
        for job in jobs:
            status, output = place.call(*job.words)
            if status:
                raise SystemExit(f"{job.name} fails without a kill: {output}")
        wanted, lasts = {}, {}
        for job in jobs:
            job.disturb()
            began = time.monotonic()
            place.call(*job.words)
            lasts[job.name], wanted[job.name] = time.monotonic() - began, job.result()
        print("without a kill:", {name: f"{one:.1f} s" for name, one in lasts.items()}, flush=True)
        faults = 0
        for number in range(options.count):
            job = jobs[number % len(jobs)]
            seconds = place.chance.uniform(0, lasts[job.name])
            for one in attempt(job, seconds, wanted[job.name]):
                faults += 1
                print(f"{number} {job.name} after {seconds:.3f} s: {one}", flush=True)
        print(f"{options.count} kills ({dict(place.count)}): {faults} faults")
        return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
