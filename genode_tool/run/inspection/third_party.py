"""The third-party code behind the boot image of a scenario."""

from __future__ import annotations

from genode_tool.building.ask.third_party import contrib_use
from genode_tool.errors import UserError
from genode_tool.events import discard
from genode_tool.ports.description.evaluate import describe
from genode_tool.ports.sbom import Material
from genode_tool.ports.store.collection import PortCollection
from genode_tool.run.engine.scenarios import plan_scenarios
from genode_tool.run.options import RunOptions
from genode_tool.tree import BuildDirectory


def materials_of_scenario(build_dir: BuildDirectory, name: str) -> list[Material]:
    """Return the ports that the goals of a scenario use, and what uses them; builds nothing.

    Raises `UserError` for an unknown scenario, for one that cannot be planned, and for ports
    that are not prepared.
    """
    ((verdict, plan),) = plan_scenarios(build_dir, (name,), RunOptions(), discard)
    if not verdict.outcome.good:
        raise UserError(f"scenario `{name}` cannot be planned: {verdict.reason}")
    collection = PortCollection.of_build_directory(build_dir)
    found = []
    for directory, users in contrib_use(build_dir, plan.goals).items():
        port, _, digest = directory.rpartition("-")
        found.append(Material(describe(collection, collection.port(port)), digest, users))
    return found
