"""Adoption: the distribution's compilers, wrapped so that they behave as the pinned ones.

`adopt` is the way in. `host` knows the distribution's packages, `specs` what the compiler
driver is told, `runtime` the support libraries, `wrappers` the commands that are called.
"""

from genode_tool.toolchain.adopt.adopt import Adopted, adopt
from genode_tool.toolchain.adopt.host_compilers import Family

__all__ = ["Adopted", "Family", "adopt"]
