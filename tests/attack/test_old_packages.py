"""Packages of trees before 14.05, which have the network: what else they could reach with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.sandbox.commands import ConfinedCommands
from genode_tool.sandbox.policy import Policy
from tests.attack.outside import PYTHON, TRICKS_FILE, Outside, confined_by_kernel
from tests.attack.recipes import WITH_NAMESPACES
from tests.attack.tricks import TRICKS

pytestmark = confined_by_kernel


@pytest.mark.parametrize("trick", sorted(TRICKS.keys() - {"routes of the network"}))
def test_the_network_opens_no_other_way(
    tmp_path: Path, outside: Outside, trick: str, isolated: bool
) -> None:
    if not isolated and trick in WITH_NAMESPACES:
        pytest.skip("needs namespaces")
    place = tmp_path / "place"
    place.mkdir()
    policy = Policy((place,), network=True, isolated=True)
    with ConfinedCommands(policy, place, 2) as commands:
        words = [trick, outside.file, outside.new, outside.directory, outside.victim.pid]
        commands.run([PYTHON, str(TRICKS_FILE), *map(str, words)], cwd=str(place), env={})
    assert outside.untouched()
    assert not (place / "got").exists(), (place / "got").read_text()


def test_the_network_is_there(tmp_path: Path, isolated: bool) -> None:
    code = "import socket; socket.socket(); socket.socket(10); socket.socketpair(); print('fine')"
    with ConfinedCommands(
        Policy((tmp_path,), network=True, isolated=True), tmp_path, 2
    ) as commands:
        ended = commands.run([PYTHON, "-c", code], cwd=str(tmp_path), env={}, captured=True)
    assert ended.output == b"fine\n"
