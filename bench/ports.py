"""Preparing ports: `genode prepare`, beside curl, sha256sum, tar and patch one after the other.

    python3 bench/ports.py [--ports N] [--megabytes N] [--rounds N]

Generates ports of one archive and one patch each, serves them from a web server of its own on
this machine, and prepares all of them from scratch: by a shell script that calls the four
programs, by `genode prepare -j1` and by `-j4`. All must leave the same files. Needs curl and
patch.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import os
import random
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, compare

TOP = Path(__file__).resolve().parent.parent
_FILES = 200
_SERVER = """
import functools, http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        return None
handler = functools.partial(Quiet, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
_PORT = """\
LICENSE   := MIT
VERSION   := 1.0
DOWNLOADS := {name}.archive
URL({name}) := http://127.0.0.1:{port}/{name}-1.0.tar.gz
SHA({name}) := {sha}
DIR({name}) := src/lib/{name}
PATCHES   := src/{name}.patch
PATCH_OPT := -p1 -d src/lib/{name}
"""


def make_archive(path: Path, name: str, megabytes: float, seed: int) -> None:
    """Write an archive of about the given size: text that looks random, in many files."""
    chance = random.Random(seed)
    size = int(megabytes * 1_000_000 / _FILES)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number in range(_FILES):
            text = base64.encodebytes(chance.randbytes(size))
            if number == 0:
                text = b"first line\n" + text
            member = tarfile.TarInfo(f"{name}-1.0/dir{number % 10}/file{number}.c")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))


def make_patch(name: str) -> str:
    """Return the patch of the port `name`."""
    return (
        "--- a/dir0/file0.c\n+++ b/dir0/file0.c\n@@ -1 +1 @@\n"
        f"-first line\n+the first line of {name}\n"
    )


def make_tree(top: Path, served: Path, names: list[str], port: int, megabytes: float) -> None:
    """Make a source tree whose ports are `names`."""
    for directory in ("repos/base/mk", "repos/ports/ports", "repos/ports/src"):
        (top / directory).mkdir(parents=True)
    for name in ("global.mk", "a.mk"):
        (top / "repos/base/mk" / name).touch()
    for number, name in enumerate(names):
        archive = served / f"{name}-1.0.tar.gz"
        make_archive(archive, name, megabytes, number)
        sha = hashlib.sha256(archive.read_bytes()).hexdigest()
        (top / f"repos/ports/src/{name}.patch").write_text(make_patch(name))
        text = _PORT.format(name=name, port=port, sha=sha)
        (top / f"repos/ports/ports/{name}.port").write_text(text)
    genode(top, "port", "update-hash", *names)


def genode(top: Path, *words: str) -> None:
    """Call our tool in `top`."""
    subprocess.run(
        (sys.executable, "-m", "genode_tool", "-q", *words),
        cwd=top,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        check=True,
    )


def plain_script(top: Path, plain: Path, names: list[str], port: int) -> str:
    """Return the shell script that does the same with the four programs."""
    lines = ["set -e"]
    for name in names:
        text = (top / f"repos/ports/ports/{name}.port").read_text()
        sha = next(line for line in text.splitlines() if line.startswith("SHA")).split()[-1]
        archive = f"{name}-1.0.tar.gz"
        lines += [
            f"mkdir -p {shlex.quote(str(plain / name))}/src/lib/{name}",
            f"cd {shlex.quote(str(plain / name))}",
            f"curl -sf -o {archive} http://127.0.0.1:{port}/{archive}",
            f'echo "{sha}  {archive}" | sha256sum -c --quiet',
            f"tar xmf {archive} -C src/lib/{name} --strip-components=1",
            f"patch -s -p1 -d src/lib/{name} < {top}/repos/ports/src/{name}.patch",
        ]
    return "\n".join(lines)


def check_equal(top: Path, plain: Path, names: list[str]) -> None:
    """End the program unless both ways left the same files."""
    for name in names:
        (ours,) = (top / "contrib").glob(f"{name}-*")
        one = subprocess.run(
            ("diff", "-r", "-x", f"{name}.hash", str(plain / name), str(ours)), check=False
        )
        if one.returncode:
            sys.exit(f"{name} differs")


def main() -> None:
    """Generate, serve, measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ports", type=int, default=20)
    parser.add_argument("--megabytes", type=float, default=20, help="of each archive")
    parser.add_argument("--rounds", type=int, default=3, help="measured calls per peer")
    options = parser.parse_args()
    names = [f"port{number}" for number in range(options.ports)]
    with tempfile.TemporaryDirectory(prefix="bench-ports-") as scratch:
        base = Path(scratch)
        served, top, plain = base / "served", base / "tree", base / "plain"
        served.mkdir()
        server = subprocess.Popen(
            (sys.executable, "-c", _SERVER, str(served)), stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            make_tree(top, served, names, port, options.megabytes)
            script = base / "plain.sh"
            script.write_text(plain_script(top, plain, names, port))

            def clean() -> None:
                shutil.rmtree(plain, ignore_errors=True)
                shutil.rmtree(top / "contrib", ignore_errors=True)

            subprocess.run(("sh", str(script)), check=True)
            genode(top, "prepare", *names)
            check_equal(top, plain, names)
            peers = [Peer("curl, sha256sum, tar, patch", ("sh", str(script)), base, clean)]
            for jobs in (1, 4):
                argv = (sys.executable, "-m", "genode_tool", "-q", "prepare", f"-j{jobs}", *names)
                env = {"PYTHONPATH": str(TOP)}
                peers.append(Peer(f"genode prepare -j{jobs}", argv, top, clean, env))
            title = f"{options.ports} ports of {options.megabytes:g} MB, from a local server"
            compare(Case(title, peers, options.rounds))
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
