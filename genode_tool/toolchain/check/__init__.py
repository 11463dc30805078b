"""Checks of a tool chain: each compiles, links or asks something small and looks at the result."""

from genode_tool.toolchain.check.check import ToolChain, check, tool_chain_at
from genode_tool.toolchain.check.required_version import configured
from genode_tool.toolchain.check.result import CheckResult

__all__ = ["CheckResult", "ToolChain", "check", "configured", "tool_chain_at"]
