"""A scenario whose script gives the machine the scenario's own image as a further disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared.standin import make_guest, needs_qemu

pytestmark = needs_qemu


@pytest.mark.parametrize("suffix", ["iso", "img"])
def test_the_image_is_made_because_an_argument_names_it(tmp_path: Path, suffix: str) -> None:
    guest = make_guest(tmp_path)
    stale = guest.path / f"var/run/test.{suffix}"
    stale.parent.mkdir(parents=True)
    stale.write_text("of a former run")
    verdict = guest.boot(
        "hang\nhello from action",
        f'append qemu_args " -drive id=x,file=[run_dir]/../test.{suffix},format=raw,if=ide "\n'
        'run_genode_until "hello.*\\n" 60\n',
    )
    assert verdict.passed, verdict
    assert stale.stat().st_size > 100_000
    command = (guest.path / "var/run/test/command").read_text()
    assert "-kernel" in command and "-cdrom" not in command
