"""The switches of a run: those of `RUN_OPT` and of the call, completed for the kernel."""

from __future__ import annotations

from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.context.run_modules import LOCAL
from genode_tool.run.options import RunOptions, Switches


def switches_of(build: BuildSide, options: RunOptions) -> Switches:
    """Return the words of `RUN_OPT` and of the call.

    A build directory that names no run modules gets the ones that fit its kernel.
    """
    words = Switches.parse(build.variable("RUN_OPT"), origin="RUN_OPT").words + options.switches
    switches = Switches(words)
    kinds = {include.split("/")[0] for include in switches.includes}
    if options.image_format and f"image/{options.image_format}" not in switches.includes:
        words += ("--include", f"image/{options.image_format}")
    if options.image_only:
        return _without_log(Switches(words))
    way = "linux" if build.kernel == "linux" else "qemu"
    wanted = [("boot_dir", build.kernel), ("power_on", way), ("log", way)]
    if "log" in kinds and not any(f"log/{one}" in switches.includes for one in LOCAL):
        wanted.remove(("power_on", way))  # a real machine that somebody else switches on
    for kind, name in wanted:
        if kind not in kinds and not ("power_on" in kinds and kind == "log"):
            words += ("--include", f"{kind}/{name}")
    return Switches(words)


def _without_log(switches: Switches) -> Switches:
    """Leave out the modules that start the system and listen to it."""
    kept: list[str] = []
    words = iter(switches.words)
    for word in words:
        if word == "--include":
            module = next(words, "")
            if module.split("/")[0] in ("power_on", "log", "load"):
                continue
            kept += [word, module]
        else:
            kept.append(word)
    return Switches(tuple(kept))
