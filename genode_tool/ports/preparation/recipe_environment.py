"""The environment of a port's recipes: minimal, so that all machines give the same result."""

from __future__ import annotations

from pathlib import Path

from genode_tool.ports.description.evaluate import environment
from genode_tool.ports.store.collection import PortCollection


def recipe_environment(collection: PortCollection, private: Path) -> dict[str, str]:
    """Return the environment of recipes; `private` is a directory that only they use.

    The user's settings of git and other programs have no effect, git does not prompt for a
    password, and it does not search for a repository above the contrib directory.
    """
    return {
        **environment(collection),
        "HOME": str(private),
        "TMPDIR": str(private),
        "GIT_CEILING_DIRECTORIES": str(collection.contrib_dir),
        # A collection in the background would outlive the recipe and change the repository.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "gc.auto",
        "GIT_CONFIG_VALUE_0": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
