"""Adoption: the distribution's compilers, wrapped so that they behave like the pinned ones.

`adopt` is the entry point. `host_compilers` knows the distribution's packages, `specs` the compiler
driver's options, `support_libraries` the runtime, `wrappers` the commands that are called.
"""

from genode_tool.toolchain.adopt.adopt import Adopted, adopt
from genode_tool.toolchain.adopt.host_compilers import Family, WantedCompiler

__all__ = ["Adopted", "Family", "WantedCompiler", "adopt"]
