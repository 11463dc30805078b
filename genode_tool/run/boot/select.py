"""The choice of the boot style, by the kernel of a build and the parts that its tree has."""

from __future__ import annotations

from genode_tool.errors import UserError
from genode_tool.run.boot.style import BootStyle, linker_program
from genode_tool.run.context.build_side import BuildSide


def select_style(build: BuildSide) -> BootStyle:
    """Return how the kernel of a build boots. Raises `UserError` for an unknown kernel."""
    # Only the style in use is imported: this is on the way of every run.
    if build.kernel == "linux":
        from genode_tool.run.boot.linux import LinuxStyle

        return LinuxStyle(linker_goal=linker_program("linux", build.repositories))
    if build.kernel == "hw":
        from genode_tool.run.boot.hw import HwBootstrapStyle, HwSingleObjectStyle

        single = HwSingleObjectStyle.of(build)
        return single if single else HwBootstrapStyle.of(build)
    from genode_tool.run.boot.loader_kernels import KERNELS, loader_style
    from genode_tool.run.boot.separate import separate_style

    if separate := separate_style(build):
        return separate
    style = loader_style(build.kernel, build.board)
    if style:
        return style.fitted(build.repositories)
    known = ", ".join(sorted(("hw", "linux", *KERNELS)))
    raise UserError(
        f'unknown kernel "{build.kernel}"' if build.kernel else "no kernel is selected",
        hint=f"choose one with `--kernel`: {known}",
    )
