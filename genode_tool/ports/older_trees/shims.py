"""Programs of ours that recipes of older trees call by the usual names.

Those recipes download with `wget` and `git` themselves. Our `wget` fetches as all ports are
fetched (mirrors, resumption, certificates checked); git gets the rewriting rules of the mirrors
by its configuration; `make` is our executor.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from genode_tool.ports.fetch.environment import network_environment
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.store.collection import PortCollection
from genode_tool.resources import IMPORT_ROOT

INSECURE = "GENODE_PORTS_INSECURE"
OFFLINE = "GENODE_PORTS_OFFLINE"
CACHE = "GENODE_PORTS_CACHE"

# Isolated (-I), so that no PYTHONPATH or directory of the recipe changes what we import.
_SCRIPT = """#!/bin/sh
exec {python} -I -c 'import sys
sys.path.insert(0, sys.argv.pop(1))
from {module} import main
sys.exit(main())' {root} "$@"
"""

_PROGRAMS = {
    "make": "genode_tool.makefile.__main__",
    "wget": "genode_tool.ports.older_trees.wget.__main__",
}


@dataclass(frozen=True, slots=True)
class Shims:
    """Creates the environment of recipes that download, according to `policy`."""

    policy: Policy
    cache: Path

    @classmethod
    def of(cls, collection: PortCollection, policy: Policy) -> Shims:
        """Return the programs for a call that fetches for `collection` according to `policy`."""
        return cls(policy, collection.cache_dir)

    def environment(self, private: Path) -> dict[str, str]:
        """Put the programs below `private`; return the variables that make recipes use them."""
        directory = private / "bin"
        directory.mkdir()
        for name, module in _PROGRAMS.items():
            program = directory / name
            script = _SCRIPT.format(
                python=shlex.quote(sys.executable),
                root=shlex.quote(str(IMPORT_ROOT)),
                module=module,
            )
            program.write_text(script)
            program.chmod(0o755)
        env = {
            **network_environment(),
            "PATH": f"{directory}:{os.environ.get('PATH', os.defpath)}",
            "HOME": str(private),
            "TMPDIR": str(private),
            "GENODE_CONTRIB_MIRRORS": self.policy.mirrors.text,
            CACHE: str(self.cache),
            INSECURE: " ".join(self.policy.insecure_hosts),
            OFFLINE: "yes" if self.policy.offline else "",
            "GIT_TERMINAL_PROMPT": "0",
        }
        # git 2.38.1 and later refuse submodules at local paths, as rules for mirrors yield them.
        settings = [("gc.auto", "0"), ("protocol.file.allow", "always")]
        for rule in self.policy.mirrors.rules:
            if rule.replacement:
                settings.append((f"url.{rule.replacement}.insteadOf", rule.prefix))
        env["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings):
            env[f"GIT_CONFIG_KEY_{number}"] = key
            env[f"GIT_CONFIG_VALUE_{number}"] = value
        if self.policy.offline:
            env["GIT_ALLOW_PROTOCOL"] = "file"
        return env
