"""The symbols of a kernel and of core, at the addresses where they run.

Core is an object or archive that is linked with the boot modules. Where its parts lie does not
depend on symbols, so it is linked once more, from what `debug/` has of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genode_tool.binary.boot_modules import BootModule, write_boot_modules
from genode_tool.binary.elf import machine_for_specs
from genode_tool.errors import GenodeError
from genode_tool.run.boot.hw import HwBootstrapStyle, HwSingleObjectStyle
from genode_tool.run.boot.link import Linker
from genode_tool.run.boot.loader import LoaderStyle
from genode_tool.run.boot.style import BootStyle, modules_in
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.machine.debugger import Symbols

_GENERIC_SCRIPT = "repos/base/src/ld/genode.ld"


def symbols_of(
    style: BootStyle, build: BuildSide, run_dir: Path, warn: Callable[[str], None]
) -> Symbols:
    """Return the files with the symbols of kernel, core, and the dynamic linker.

    A file that cannot be made is left out; `warn` gets the reason.
    """
    linked = _Linked(build, run_dir, warn)
    more = [_built(build, f"ld-{style.name}.lib.so")]
    main: Path | None = None
    if isinstance(style, HwSingleObjectStyle):
        modules = modules_in(run_dir / "genode", style.excludes)
        main = linked.link("core", (style.core_object,), modules, style.script)
    elif isinstance(style, HwBootstrapStyle):
        main = linked.whole("core", style.core_parts, style.core_address)
        more.append(linked.whole("bootstrap", style.bootstrap_parts, style.link_address))
    elif isinstance(style, LoaderStyle):
        scripts = tuple(build.genode_dir / one for one in style.core_scripts)
        main = linked.whole("core", style.core_parts, style.core_address, scripts)
        more += [_built(build, part.binary, stripped=False) for part in style.parts]
    else:
        main = _built(build, "core-linux")
    return Symbols(main, tuple(path for path in more if path))


def _built(build: BuildSide, name: str, *, stripped: bool = True) -> Path | None:
    """Return a built file, with debug information if there is such a one."""
    for directory in ("debug", "bin") if stripped else ("debug",):
        path = build.path / directory / name
        if path.exists():
            return path
    return None


class _Linked:
    """Links parts of core for their symbols alone."""

    def __init__(self, build: BuildSide, run_dir: Path, warn: Callable[[str], None]) -> None:
        self._build = build
        self._run_dir = run_dir
        self._warn = warn

    def whole(
        self, name: str, parts: tuple[str, ...], address: str, more_scripts: tuple[Path, ...] = ()
    ) -> Path | None:
        """Link the first of `parts` that was built, without boot modules, which come last."""
        script = self._build.genode_dir / _GENERIC_SCRIPT
        return self.link(name, parts, (), script, more_scripts, address)

    def link(
        self,
        name: str,
        parts: tuple[str, ...],
        modules: tuple[BootModule, ...],
        script: Path,
        more_scripts: tuple[Path, ...] = (),
        address: str = "",
    ) -> Path | None:
        """Link the first of `parts` that was built to `NAME.debug` in the run directory.

        None when that fails.
        """
        found = next(filter(None, (_built(self._build, part) for part in parts)), None)
        if found is None:
            return None
        machine = machine_for_specs(self._build.specs)
        target = self._run_dir / f"{name}.debug"
        module_object = self._run_dir / f"{name}.debug.o"
        options = () if address else ("-static", "--build-id=none", "-z", "noexecstack")
        try:
            write_boot_modules(module_object, machine, modules)
            Linker.of(self._build, machine, self._warn).link(
                target,
                (found, module_object),
                script=script,
                more_scripts=more_scripts,
                options=options,
                whole=bool(address),
                text=address,
            )
        except (GenodeError, OSError) as error:
            self._warn(f"no symbols of {name}: {error}")
            return None
        finally:
            module_object.unlink(missing_ok=True)
        return target
