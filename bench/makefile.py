"""Evaluating descriptions: one process for all, beside one process per description.

    python3 bench/makefile.py [--libraries N] [--rounds N] [--only descriptions|programs]

Evaluates all library descriptions of our own tree and of a synthetic tree: with the make
language of `genode_tool.makefile` in one process (cold, and again with nothing changed), with
GNU make and with kati, one process per description as the original tooling does it. All peers
must print the same values; kati is left out where it cannot (it knows no `vpath`).

Then large makefiles, each read and run by GNU make and by `python -m genode_tool.makefile`: many
rules and variables, many calls of functions, and many files with nothing to do. Needs `make`,
and `ckati` from the Python package kati, in PATH or given with --kati.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import makefile_inputs
from bench.measure import Case, Peer, compare

TREE = Path(__file__).resolve().parent.parent

DRIVER = """\
all:
REPOSITORIES := {repositories}
BASE_DIR := {base}
BUILD_BASE_DIR := {scratch}
SPECS := x86_64 64bit
SPEC_FILES := $(foreach S,$(SPECS),$(wildcard $(BASE_DIR)/mk/spec/$(S).mk))
select_from_repositories = $(firstword $(foreach R,$(REPOSITORIES),$(wildcard $(R)/$(1))))
LIB_MK := $(firstword $(foreach R,$(REPOSITORIES),\\
            $(if $(filter %/target.mk,$(LIB)),$(wildcard $(R)/$(LIB))) \\
            $(wildcard $(foreach S,$(SPECS),$(R)/lib/mk/spec/$(S)/$(LIB).mk)) \\
            $(wildcard $(R)/lib/mk/$(LIB).mk)))
REP_DIR := $(firstword $(foreach R,$(REPOSITORIES),$(findstring $(R)/,$(LIB_MK))))
REP_DIR := $(REP_DIR:/=)
include $(LIB_MK)
include $(foreach L,$(LIBS),$(call select_from_repositories,lib/import/import-$(L).mk))
include $(SPEC_FILES)
include $(BASE_DIR)/mk/global.mk
OBJECTS = $(sort $(addsuffix .o,$(basename $(SRC_CC) $(SRC_C) $(SRC_S))))
all:
\t@echo '$(LIB): $(LIBS) $(OBJECTS)'
"""


def main() -> None:
    """Measure both trees."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--libraries", type=int, default=5000, help="of the synthetic tree")
    parser.add_argument("--rounds", type=int, default=3, help="measured calls per peer")
    parser.add_argument("--make", default=shutil.which("make") or "make")
    parser.add_argument("--kati", default=shutil.which("ckati"))
    parser.add_argument("--only", choices=("descriptions", "programs"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genode-bench-") as scratch:
        if options.only != "descriptions":
            _measure_programs(Path(scratch) / "programs", options)
        if options.only == "programs":
            return
        base = TREE / "repos" / "base"
        _measure("our own tree", [base, TREE / "repos" / "os"], Path(scratch) / "own", options)
        synthetic = Path(scratch) / "synthetic" / "many"
        _generate(synthetic, options.libraries)
        title = f"{options.libraries} synthetic libraries"
        _measure(title, [base, synthetic], Path(scratch) / "synthetic", options)


def _generate(repository: Path, count: int) -> None:
    """Write `count` library descriptions that use what descriptions usually use."""
    for directory in ("lib/mk", "lib/import", "src/lib"):
        (repository / directory).mkdir(parents=True)
    for number in range(count):
        name = f"lib{number:04}"
        libs = " ".join(f"lib{(number * 7 + k) % max(number, 1):04}" for k in range(number % 4))
        (repository / "src" / "lib" / name).mkdir()
        (repository / "lib" / "mk" / f"{name}.mk").write_text(
            f"LIB_DIR := $(REP_DIR)/src/lib/{name}\n"
            f"SRC_CC = main.cc $(addprefix part_,a.cc b.cc c.cc)\n"
            "ifneq ($(filter x86_64,$(SPECS)),)\nSRC_S += start.s\n"
            "else\nSRC_CC += start.cc\nendif\n"
            f"LIBS = base {libs}\nINC_DIR += $(LIB_DIR)\n"
            f"CC_DEF += -D{name.upper()} $(if $(filter-out base,$(LIBS)),-DUSES)\n"
            "VPATH += $(LIB_DIR)\n"
        )
        if number % 3 == 0:
            (repository / "lib" / "import" / f"import-{name}.mk").write_text(
                f"INC_DIR += $(call select_from_repositories,src/lib/{name})\n"
            )


def _measure(
    title: str, repositories: list[Path], scratch: Path, options: argparse.Namespace
) -> None:
    scratch.mkdir(exist_ok=True)
    driver = scratch / "driver.mk"
    driver.write_text(
        DRIVER.format(
            repositories=" ".join(map(str, repositories)), base=repositories[0], scratch=scratch
        )
    )
    found = {path.stem for repository in repositories for path in repository.glob("lib/mk/**/*.mk")}
    names = sorted(name for name in found if not name.startswith("ld"))
    names += sorted(
        str(path.relative_to(repository))
        for repository in repositories
        for path in repository.glob("src/**/target.mk")
    )
    (scratch / "names").write_text("\n".join(names) + "\n")
    state = scratch / "state"
    ours = [_python(), "-B", str(TREE / "bench" / "evaluate_all.py"), str(driver)]
    command = f"{shlex.quote(options.make)} --no-print-directory -f driver.mk"
    peers = [
        Peer("make, process each", _each(command), scratch),
        Peer("ours, cold", [*ours, "-", *names], scratch),
        Peer("ours, nothing changed", [*ours, str(state), *names], scratch),
    ]
    wanted = _output(peers[0])
    if any(_output(peer) != wanted for peer in peers[1:]):
        sys.exit(f"{title}: our values are not those of make")
    if options.kati:
        kati = Peer(
            "kati, process each", _each(f"{shlex.quote(options.kati)} -f driver.mk"), scratch
        )
        if _output(kati) == wanted:
            peers.insert(1, kati)
        else:
            print(f"{title}: kati is left out, it does not understand all descriptions")
    compare(Case(f"{title} ({len(names)} descriptions)", peers, options.rounds))


def _measure_programs(scratch: Path, options: argparse.Namespace) -> None:
    """Measure the language as a program, on large inputs."""
    inputs = {name: scratch / name for name in ("rules", "calls", "files")}
    for place in inputs.values():
        place.mkdir(parents=True)
    makefile_inputs.rules_and_variables(inputs["rules"], 20_000)
    makefile_inputs.calls(inputs["calls"])
    makefile_inputs.up_to_date(inputs["files"], 5_000)
    ours = (_python(), "-m", "genode_tool.makefile")
    environ = {"PYTHONPATH": str(TREE)}
    for title, place, arguments in (
        ("20,000 rules and 20,000 variables", inputs["rules"], ()),
        ("calls of functions, evaluated texts", inputs["calls"], ()),
        ("5,000 files, nothing to do", inputs["files"], ()),
        ("5,000 files, nothing to do, -r", inputs["files"], ("-r",)),
    ):
        peers = [
            Peer("make", (options.make, *arguments), place),
            Peer("genode_tool.makefile", (*ours, *arguments), place, env=environ),
        ]
        if _output(peers[0]) != _output(peers[1]):
            sys.exit(f"{title}: our output is not that of make")
        compare(Case(title, peers, options.rounds))


def _each(command: str) -> list[str]:
    loop = f"while read -r name; do {command} LIB=$name || exit; done < names"
    return ["/bin/sh", "-c", loop]


def _output(peer: Peer) -> list[list[str]]:
    """Return the words of all lines; empty when the peer fails."""
    done = subprocess.run(
        peer.argv,
        cwd=peer.cwd,
        env={**os.environ, **peer.env},
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if done.returncode else sorted(line.split() for line in done.stdout.splitlines())


def _python() -> str:
    """Return the Python of the private environment."""
    doctor = [str(TREE / "tool" / "genode"), "doctor", "--json"]
    done = subprocess.run(doctor, capture_output=True, text=True, check=False)
    return str(json.loads(done.stdout)["python"]["path"])


if __name__ == "__main__":
    main()
