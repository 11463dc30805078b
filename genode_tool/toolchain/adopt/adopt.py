"""Adopting the distribution's compiler of one architecture, from finding it to its names."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.files import new_directory
from genode_tool.resources import data
from genode_tool.scratch import scratch_directory
from genode_tool.toolchain.adopt import wrappers
from genode_tool.toolchain.adopt.host_compilers import (
    DEFAULT_COMPILER,
    HostTools,
    WantedCompiler,
    find_host_tools,
)
from genode_tool.toolchain.adopt.specs import clang_configuration, compiler_options, spec_file
from genode_tool.toolchain.adopt.support_libraries import SOURCES, LibraryBuild, make_libraries
from genode_tool.toolchain.architectures import Architecture, Multilib
from genode_tool.toolchain.prefix import not_writable, tools_prefix
from genode_tool.tree.blank_alias import without_blanks

RECORD = "adopted.json"
"""The record of an adoption, beside the libraries: compiler, version, time stamp."""

_PLUGINS = data(__name__, "plugin")
_PLUGIN_S = 120

_FEATURES_H = """\
/* Stands for the C library's header of this name, which the C++ library's look into. */
#define __GLIBC_PREREQ(major, minor) 0
"""


@dataclass(frozen=True, slots=True)
class Adopted:
    """An adopted tool chain: its tools, the compiler it wraps, and the libraries it is missing.

    `prefix` is the beginning of the tools' paths, `missing` are the ABIs without libraries.
    """

    architecture: Architecture
    prefix: str
    compiler: Path
    version: str
    missing: tuple[Multilib, ...]


def adopt(
    architecture: Architecture, top: Path, wanted: WantedCompiler = DEFAULT_COMPILER
) -> Adopted:
    """Wrap the distribution's compiler of `architecture`; tools are in `bin` of directory `top`.

    What was adopted before is replaced piece by piece, so that a build under way finds either
    the old or the new. Raises `EnvironmentProblem` when the compiler or a library is missing,
    when a step fails, or when the place cannot be written.
    """
    tools = find_host_tools(architecture, wanted)
    try:
        (top / "bin").mkdir(parents=True, exist_ok=True)
        top = without_blanks(top)  # makefiles of builds contain the paths of libraries
        # Builds record paths of libraries: these go through a link that every adoption keeps.
        library = top / "lib" / architecture.name
        version = library.with_name(f"{architecture.name}-{_digest(tools, architecture)}")
        missing = _make_library(tools, wanted, architecture, version, library)
        wrappers.install_link(library, Path(version.name))
        _install_tools(tools, architecture, library, top)
        # Not before the link is moved, as running builds use them until then.
        _remove_others(top / "lib", architecture, version)
    except OSError as error:
        raise not_writable(top, error) from error
    return Adopted(
        architecture,
        tools_prefix(top, architecture),
        tools.compiler,
        tools.compiler_version(),
        missing,
    )


def _digest(tools: HostTools, architecture: Architecture) -> str:
    """Return a digest of all inputs of the libraries."""
    digest = hashlib.sha256(f"{architecture}{compiler_options(architecture)}".encode())
    sources = sorted(data(__name__, "").glob("*.py"))
    for path in (*sorted(SOURCES.iterdir()), *sources, *sorted(_PLUGINS.iterdir())):
        digest.update(path.read_bytes())
    libraries = [tools.library(one, "libsupc++.a") for one in architecture.multilibs]
    headers = tools.plugin_headers()
    plugin = headers / "gcc-plugin.h" if headers else None
    for part in (tools.gcc, tools.gxx, *(tools.clang or ()), *libraries, plugin):
        stat = part.stat() if part else None
        digest.update(f"{part} {(stat.st_size, stat.st_mtime_ns) if stat else ''}".encode())
    digest.update(f"{tools.distribution.find_soft_float()}".encode())
    return digest.hexdigest()[:12]


def _make_library(
    tools: HostTools,
    wanted: WantedCompiler,
    architecture: Architecture,
    version: Path,
    library: Path,
) -> tuple[Multilib, ...]:
    """Make the directory `version`, which will be known as `library`, unless it is there."""
    record = version / RECORD
    if record.is_file():
        names = json.loads(record.read_text())["missing"]
        return tuple(one for one in architecture.multilibs if one.name in names)
    with new_directory(version) as part:
        (part / "host").mkdir()
        (part / "host/features.h").write_text(_FEATURES_H)
        headers = Path(tools.ask("-print-libgcc-file-name")).parent / "include"
        (part / "include").symlink_to(headers)
        cxx = tools.cxx_headers()
        specs = part / "gcc.specs"
        # First with paths inside of `part`, for compiling the libraries; the final spec file has
        # those through the link.
        specs.write_text(spec_file(architecture, [str(headers), str(part / "host")], cxx))
        with scratch_directory("adopt") as scraps:
            options = (f"-specs={specs}", *compiler_options(architecture))
            workshop = LibraryBuild(architecture, tools, options, scraps)
            missing = make_libraries(workshop, part)
        place = str(library) if _make_plugins(tools, part) else ""
        specs.write_text(spec_file(architecture, [str(headers), str(library / "host")], cxx, place))
        (part / "clang.cfg").write_text(clang_configuration(architecture))
        wrappers.copy_merger(part)
        wrappers.install_script(part / "as", wrappers.assembler(tools, architecture))
        wrappers.install_script(part / "ld", wrappers.linker(tools, architecture, library))
        (part / RECORD).write_text(json.dumps(_record(tools, wanted, missing), indent=2) + "\n")
    return missing


def _make_plugins(tools: HostTools, directory: Path) -> bool:
    """Compile GCC's plugins into `directory`; return whether that was possible.

    With headers that do not fit the compiler, the tool chain has none; `check` reports that.
    """
    headers = tools.plugin_headers()
    host = process.find_program("g++")
    if tools.clang or headers is None or host is None:
        return False
    results = [directory / f"{source.stem}.so" for source in sorted(_PLUGINS.iterdir())]
    for source, result in zip(sorted(_PLUGINS.iterdir()), results, strict=True):
        options = ("-O1", "-shared", "-fPIC", "-fno-rtti", "-w", f"-I{headers}")
        done = process.run([str(host), *options, str(source), "-o", str(result)], timeout=_PLUGIN_S)
        if done.returncode:
            for one in results:
                one.unlink(missing_ok=True)
            return False
    return True


def _record(
    tools: HostTools, wanted: WantedCompiler, missing: tuple[Multilib, ...]
) -> dict[str, object]:
    stat = tools.compiler.stat()
    return {
        "compiler": str(tools.compiler),
        "family": wanted.family.value,
        "wanted": str(wanted),
        "version": tools.compiler_version(),
        "size": stat.st_size,
        "changed": stat.st_mtime_ns,
        "missing": [one.name for one in missing],
    }


def _install_tools(tools: HostTools, architecture: Architecture, library: Path, top: Path) -> None:
    prefix = Path(tools_prefix(top, architecture))
    for name, script in wrappers.compilers(tools, architecture, library).items():
        wrappers.install_script(prefix.with_name(f"{prefix.name}{name}"), script)
    for name, target in wrappers.links(tools, architecture).items():
        wrappers.install_link(prefix.with_name(f"{prefix.name}{name}"), target)
    for name in ("as", "ld"):
        target = Path(os.path.relpath(library / name, prefix.parent))
        wrappers.install_link(prefix.with_name(f"{prefix.name}{name}"), target)


def _remove_others(directory: Path, architecture: Architecture, keep: Path) -> None:
    """Remove the libraries of earlier adoptions, to which nothing leads any more."""
    for entry in directory.glob(f"{architecture.name}-*"):
        if entry != keep:
            shutil.rmtree(entry)
