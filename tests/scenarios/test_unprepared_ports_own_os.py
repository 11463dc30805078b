"""Our own tree before any port is prepared: what needs one is reported, the rest is built."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.scenarios.own_os import OwnOs, one_message

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no compiler")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> OwnOs:
    return OwnOs(tmp_path_factory.mktemp("unprepared"))


def test_a_program_that_uses_a_port_names_the_port(own: OwnOs) -> None:
    done = own.genode("make", "test/libpng")
    said = one_message(done)
    assert done.returncode == 1
    assert "genode prepare libpng zlib" in said
    assert "COMPILE" not in said


def test_a_library_made_of_a_port_names_the_port(own: OwnOs) -> None:
    done = own.genode("make", "lib/expat")
    assert done.returncode == 1
    assert "genode prepare expat" in one_message(done)


def test_everything_needs_ports(own: OwnOs) -> None:
    done = own.genode("make", "-n")
    said = one_message(done)
    assert done.returncode == 1, said
    assert "genode prepare expat libpng lua lz4 zlib" in said
    assert "COMPILE" not in said


def test_k_builds_what_needs_none(own: OwnOs) -> None:
    done = own.genode("make", "-n", "-k")
    said = one_message(done)
    assert done.returncode == 1, said
    assert "genode prepare expat libpng lua lz4 zlib" in said
    for target in ("test/libc/test-libc", "test/log/test-log", "bin/libc.lib.so"):
        assert target in said
    for target in ("test/zlib/test-zlib", "app/lua/lua", "bin/zlib.lib.so"):
        assert target not in said


def test_a_scenario_that_needs_a_port_names_it(own: OwnOs) -> None:
    done = own.genode("run", "expat", "--kernel", "linux", "--json")
    assert done.returncode == 252
    (run,) = json.loads(done.stdout)["runs"]
    assert "port `expat` is not prepared" in run["reason"]


def test_a_port_is_taken_from_the_directory_of_its_version(own: OwnOs, tmp_path: Path) -> None:
    """A port of another version is none."""
    contrib = tmp_path / "contrib"
    sources = contrib / "expat-0123456789012345678901234567890123456789/src/lib/expat/expat/lib"
    sources.mkdir(parents=True)
    done = own.genode("make", f"CONTRIB_DIR={contrib}", "lib/expat")
    assert done.returncode == 1
    assert "genode prepare expat" in one_message(done)

    wanted = (own.tree / "repos/libports/ports/expat.hash").read_text().strip()
    (contrib / f"expat-{wanted}").mkdir()
    done = own.genode("make", f"CONTRIB_DIR={contrib}", "lib/expat")
    assert done.returncode == 1
    assert "genode prepare" not in one_message(done)
    assert "missing files (3)" in one_message(done)
