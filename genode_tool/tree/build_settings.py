"""Evaluation of a build directory's configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.makefile import Evaluation, Inputs, Kind, Origin
from genode_tool.process import find_program
from genode_tool.record import field, record
from genode_tool.tree.compiler_launcher import launcher_of
from genode_tool.tree.eras import LAYOUT_VARIABLE, layout_named, layout_of, unfit
from genode_tool.tree.layout import TreeLayout
from genode_tool.tree.platform_names import board_of, kernel_of
from genode_tool.tree.repositories import absolute, repositories_of, unknown_board
from genode_tool.tree.trust import refuse_foreign_repositories

SELECT_FROM_REPOSITORIES = (
    "select_from_repositories = $(firstword $(foreach REP,$(REPOSITORIES),$(wildcard $(REP)/$(1))))"
)
"""The function that configuration files and descriptions find a repository's file with."""


@record
class BuildSettings:
    """The evaluated configuration of a build directory.

    `exported` is the environment of every description and every command.
    `required_gcc` is the compiler version that the tree requires, "" for any. `launcher` are
    the command that runs compile steps. `unfit_board` is the
    problem that the default board is not one of the kernel's: most targets need no board.
    """

    build_dir: str
    genode_dir: str
    base_dir: str
    contrib_dir: str
    repositories: tuple[str, ...]
    specs: tuple[str, ...]
    spec_files: tuple[str, ...]
    kernel: str
    board: str
    layout: TreeLayout
    shell: str
    lib_cache_dir: str
    exported: Mapping[str, str]
    required_gcc: str
    default_jobs: int | None
    launcher: tuple[str, ...]
    unfit_board: UserError | None
    evaluation: Evaluation = field(repr=False, compare=False)

    @property
    def install_dir(self) -> str:
        """The directory of stripped binaries."""
        return f"{self.build_dir}/bin"

    @property
    def debug_dir(self) -> str:
        """The directory of binaries with debug information."""
        return f"{self.build_dir}/debug"


def evaluate(
    build_dir: str, overrides: Mapping[str, str], environment: Mapping[str, str], inputs: Inputs
) -> BuildSettings:
    """Evaluate the configuration of `build_dir`.

    Raises `UserError` for a mistake in it (no such repository, one named twice, an unknown
    kernel) and `EnvironmentProblem` when the shell is missing.
    """
    found_shell = find_program("bash")
    if found_shell is None:
        raise EnvironmentProblem(
            "the program `bash` is missing: build rules are written for it",
            hint="`genode doctor` shows how to install it",
        )
    # Part of every command: with /bin a link to /usr/bin, the order in PATH must not change any.
    shell = found_shell.parent.resolve() / found_shell.name
    ev = Evaluation(
        inputs,
        cwd=build_dir,
        variables={**overrides, "SHELL": str(shell)},
        environ=environment,
    )
    ev.set("BUILD_BASE_DIR", build_dir)
    ev.set("REPOSITORIES", "")
    ev.include(f"{build_dir}/etc/build.conf")
    base_dir = absolute(ev.value("BASE_DIR") or "../base", build_dir, inputs)
    conf = f"{build_dir}/etc/build.conf"
    if base_dir is None:
        raise UserError(
            f"{conf}: BASE_DIR `{ev.value('BASE_DIR')}` does not exist",
            hint="if the source tree was moved, correct GENODE_DIR there",
        )
    insisted = ev.value(LAYOUT_VARIABLE).strip()
    layout = layout_named(insisted) if insisted else layout_of(base_dir, _TreeFiles(inputs))
    if layout is None:
        raise unfit(base_dir)
    genode_dir = absolute(ev.value("GENODE_DIR"), build_dir, inputs) or os.path.normpath(
        f"{base_dir}/{'../..' if layout.repository_dir else '..'}"
    )
    ev.set("BASE_DIR", base_dir)
    repositories = repositories_of(ev, build_dir, conf, genode_dir, layout, inputs)
    refuse_foreign_repositories(genode_dir, repositories)
    ev.set("REPOSITORIES", " ".join(repositories))
    unfit_board = unknown_board(ev.value("KERNEL"), ev.value("BOARD"), repositories, inputs)
    if unfit_board and not _is_default(ev, "BOARD"):
        raise unfit_board
    ev.evaluate_text(SELECT_FROM_REPOSITORIES)
    specs, spec_files, platform = _specs(ev, build_dir, base_dir, repositories, layout, inputs)
    kernel = ev.value("KERNEL")
    if layout.platform_pairs:
        kernel = kernel_of(repositories, kernel, build_dir)
    board = ev.value("BOARD")
    if not layout.boards:
        board = board or board_of(platform, kernel)
    lib_cache = ev.value("LIB_CACHE_DIR") or f"{build_dir}/var/libcache"
    contrib = ev.value("CONTRIB_DIR")
    defaults = {
        "VERBOSE": "@",
        "VERBOSE_DIR": "--no-print-directory",
        "VERBOSE_MK": "@",
        "LIB_CACHE_DIR": lib_cache,
        "LIB_PROGRESS_LOG": f"{build_dir}/progress.log",
        "LIB_DEP_FILE": "var/libdeps",
        "ECHO": "echo -e",
    }
    for name, value in defaults.items():
        if ev.find(name) is None:
            ev.set(name, value)
    ev.set("SPEC_FILES", " ".join(spec_files))
    ev.include(f"{base_dir}/mk/global.mk")
    exported = {
        **environment,
        **{name: ev.value(name) for name in defaults},
        "BASE_DIR": base_dir,
        "REPOSITORIES": " ".join(repositories),
        "CONTRIB_DIR": contrib,
        "KERNEL": ev.value("KERNEL"),
        "BOARD": ev.value("BOARD"),
        "SHELL": str(shell),
        "PWD": build_dir,  # where the original calls make, whatever the directory of a leaf
        "SPEC_FILES": " ".join(spec_files),
        "SPECS": " ".join(specs),
    }
    if ev.find("CUSTOM_CXX_LIB") is not None:
        exported["LIBGCC_INC_DIR"] = ev.expand(
            "$(shell dirname `$(CUSTOM_CXX_LIB) -print-libgcc-file-name`)/include"
        )
    if layout.probe_compiler:
        exported["CC_OPT_CHECKCC"] = _supported_options(ev, layout)
    exported = {
        name: value
        for name, value in exported.items()
        if value or name in ("KERNEL", "BOARD", "CONTRIB_DIR", "VERBOSE")
    }
    return BuildSettings(
        build_dir=build_dir,
        genode_dir=genode_dir,
        base_dir=base_dir,
        contrib_dir=contrib,
        repositories=repositories,
        specs=specs,
        spec_files=spec_files,
        kernel=kernel,
        board=board,
        layout=layout,
        shell=str(shell),
        lib_cache_dir=lib_cache,
        exported=exported,
        required_gcc=_required_gcc(ev, genode_dir, inputs),
        default_jobs=_default_jobs(ev.value("MAKE")),
        launcher=launcher_of(ev),
        unfit_board=unfit_board,
        evaluation=ev,
    )


@record
class _TreeFiles:
    """The files of a source tree as `Inputs` have them."""

    inputs: Inputs

    def exists(self, path: str) -> bool:
        return self.inputs.stat(path) is not None

    def read(self, path: str) -> bytes | None:
        return self.inputs.read(path)


def _is_default(ev: Evaluation, name: str) -> bool:
    """Return whether a variable has its value from the configuration, not from the call."""
    found = ev.find(name)
    return found is not None and found.origin is Origin.FILE


def _specs(
    ev: Evaluation,
    build_dir: str,
    base_dir: str,
    repositories: tuple[str, ...],
    layout: TreeLayout,
    inputs: Inputs,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the specs, the files that describe them, and the build directory's own specs.

    Those files are included.
    """
    if not layout.platform_pairs:
        ev.set("SPECS", "")  # elsewhere `SPECS ?=` in a repository has its effect
    shared = [
        path for repo in repositories if inputs.stat(path := f"{repo}/etc/specs.conf") is not None
    ]
    if layout.platform_pairs:
        shared = shared[:1]
    own = f"{build_dir}/etc/specs.conf"
    # The repositories' files are read a second time because the directory's own one may assign
    # SPECS instead of appending to it.
    again = [] if layout.platform_pairs else shared
    for path in shared:
        ev.include(path)
    given = ev.value("SPECS").split()
    if inputs.stat(own) is not None:
        ev.include(own)
    platform = [word for word in ev.value("SPECS").split() if word not in given]
    if layout.board_spec:
        ev.set("SPECS", f"{ev.value('SPECS')} {ev.value('BOARD')}")
    for path in again:
        ev.include(path)
    named = ev.value("SPECS").split()
    if not layout.platform_pairs:
        named = sorted(set(named))
        ev.set("SPECS", " ".join(named))
    files = []
    for spec in named:
        name = layout.spec_file.format(spec)
        candidates = [f"{repo}/{name}" for repo in repositories]
        first = next((path for path in candidates if _is_file(path, inputs)), None)
        if first:
            files.append(first)
        if layout.sorted_spec_files and _is_file(f"{base_dir}/{name}", inputs):
            files.append(f"{base_dir}/{name}")
    if layout.sorted_spec_files:
        files = sorted(set(files))
    for path in files:
        ev.include(path)
    return tuple(ev.value("SPECS").split()), tuple(files), tuple(platform)


def _is_file(path: str, inputs: Inputs) -> bool:
    found = inputs.stat(path)
    return found is not None and found.kind is Kind.FILE


def _supported_options(ev: Evaluation, layout: TreeLayout) -> str:
    """Return the options out of `layout.probe_compiler` that the compiler knows."""
    known = []
    for option in layout.probe_compiler:
        status = ev.expand(
            f"$(shell echo 'int main(void){{return 0;}}' |"
            f" $(CUSTOM_CC) {option} -o /dev/null -xc - 2>/dev/null && echo yes)"
        )
        if status == "yes":
            known.append(option)
    return " ".join(known)


def _required_gcc(ev: Evaluation, genode_dir: str, inputs: Inputs) -> str:
    """Return the compiler version that the build directory or, failing that, the tree wants."""
    if ev.find("REQUIRED_GCC_VERSION") is not None:
        return ev.value("REQUIRED_GCC_VERSION").strip()
    return required_by_tree(genode_dir, inputs)


def required_by_tree(genode_dir: str, inputs: Inputs) -> str:
    """Return the compiler version that builds of the tree at `genode_dir` want, "" for any."""
    front_end = inputs.read(f"{genode_dir}/tool/builddir/build.mk") or b""
    wanted = re.search(rb"^REQUIRED_GCC_VERSION\s*\??=\s*(\S+)", front_end, re.MULTILINE)
    return wanted.group(1).decode() if wanted else ""


def _default_jobs(make: str) -> int | None:
    """Return N of a `MAKE += -jN` in `etc/build.conf`."""
    wanted = re.search(r"(?:^|\s)-j\s*(\d+)", make)
    return int(wanted.group(1)) if wanted else None
