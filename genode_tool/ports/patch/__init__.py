"""Patches of ports."""

from genode_tool.ports.patch.apply import PatchFailed, apply

__all__ = ["PatchFailed", "apply"]
