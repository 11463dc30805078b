"""The policy of a sandbox: what is allowed inside, and giving up everything else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.sandbox import landlock, namespaces, seccomp
from genode_tool.sandbox.capabilities import give_up_capabilities


@dataclass(frozen=True, slots=True)
class Policy:
    """What a confined program may do; reading and executing files is always allowed.

    It may write to the directories and files `writable`. `network` lets it connect to others.
    Without `attributes`, it cannot change modes, owners and times of files, which only
    `isolated` keeps from other people's files: then it is in namespaces of its own, where the
    system allows that.
    """

    writable: tuple[Path, ...]
    network: bool = False
    attributes: bool = True
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Confinement:
    """The parts of a confinement that the kernel supports."""

    files: bool
    calls: bool

    @property
    def complete(self) -> bool:
        """Return whether a program cannot get out."""
        return self.files and self.calls


def confine_thread(policy: Policy) -> Confinement:
    """Confine the calling thread, and all that it starts from now on, for good."""
    give_up_capabilities()
    own = (namespaces.SHARED_MEMORY,) if policy.isolated else ()
    files = landlock.restrict((*policy.writable, *own), network=policy.network)
    calls = seccomp.restrict(
        network=policy.network, attributes=policy.attributes, ipc=policy.isolated
    )
    return Confinement(files, calls)


def enter_namespaces(policy: Policy) -> bool:
    """Put the next child of this process, which has no other threads, into namespaces."""
    return namespaces.enter(policy.writable, network=policy.network)


def settle_in_namespaces() -> bool:
    """Complete them; for the first child after `enter_namespaces`."""
    return namespaces.settle()
