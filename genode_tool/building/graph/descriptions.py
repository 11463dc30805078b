"""One description of stage 1: a `target.mk` or `lib/mk/*.mk`, evaluated for its variables.

The order of includes is the framework's: the tree's utilities, the description, the import
descriptions of the libraries it uses, the specs. Only variables are read; rules wait for stage 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import GenodeError, Location
from genode_tool.makefile import Evaluation, Kind
from genode_tool.record import record, replace
from genode_tool.regex import regex
from genode_tool.tree import LeafStyle
from genode_tool.tree.build_settings import SELECT_FROM_REPOSITORIES

_UNPREPARED = regex(r"^(?:Error: )?([\w.+-]+) is not prepared or outdated$")
"""The `$(error)` by which trees before 16.05 refuse a port that is not prepared."""


@record
class Description:
    """The content of one description, as far as stage 1 needs it.

    `name` is the directory below `src` of a program, the name of a library. `path` is the
    description's file, "" for a library that exists as symbol file alone. `libs` are the
    libraries it wants, in its order. `artifacts` is None when the description does not name any.
    """

    name: str
    path: str
    repository: str
    target: str = ""
    libs: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    missing_ports: tuple[str, ...] = ()
    artifacts: tuple[str, ...] | None = None
    shared: bool = False
    symbols: str = ""
    force_libs: bool = False
    hidden_libs: tuple[str, ...] = ()
    problem: Problem | None = None

    def to_data(self) -> tuple[Any, ...]:
        """Return the description as plain data; descriptions with problems are not cached."""
        return (
            self.name,
            self.path,
            self.repository,
            self.target,
            self.libs,
            self.unmet,
            self.missing_ports,
            self.artifacts,
            self.shared,
            self.symbols,
            self.force_libs,
            self.hidden_libs,
        )

    @classmethod
    def from_data(cls, data: tuple[Any, ...]) -> Description:
        """Return the description that `to_data` made `data` of."""
        return cls(*data)


def select(scope: EvaluationScope, repositories: tuple[str, ...], name: str) -> str:
    """Return the file `name` of the first repository that has it, or ""."""
    for repository in repositories:
        path = f"{repository}/{name}"
        if _is_file(scope, path):
            return path
    return ""


def _is_file(scope: EvaluationScope, path: str) -> bool:
    found = scope.stat(path)
    return found is not None and found.kind is not Kind.DIRECTORY


def evaluate_program(
    ctx: EvaluationContext, repository: str, name: str
) -> tuple[Description, EvaluationScope]:
    """Evaluate `src/<name>/target.mk` of a repository."""
    scope = ctx.new_scope()
    settings = ctx.settings
    directory = f"{repository}/src/{name}"
    path = f"{directory}/target.mk"
    ev = _evaluation(ctx, scope, {"REP_DIR": repository, "TARGET_MK": path})
    blank = Description(name, path, repository)
    try:
        ev.set("PRG_DIR", f"{directory}/")
        ev.include(path)
        hybrid = ctx.layout.hybrid_spec
        if hybrid and hybrid in ev.value("SPECS").split():
            ev.set("LIBS", f"{ev.value('LIBS')} lx_hybrid")
        for variable, support in ctx.layout.instrumentation:
            if ev.value(variable) == "yes":
                ev.set("LIBS", f"{ev.value('LIBS')} {support}")
        for lib in ev.value("LIBS").split():
            imported = select(scope, settings.repositories, f"lib/import/import-{lib}.mk")
            if imported:
                ev.include(imported)
        for spec_file in settings.spec_files:
            ev.include(spec_file)
        libs = ev.value("LIBS").split()
        if ctx.layout.program_libs_variable:
            libs += ev.value(ctx.layout.program_libs_variable).split()
        target = ev.value("TARGET").strip()
        found = Description(
            name,
            path,
            repository,
            target=target,
            libs=tuple(libs),
            unmet=_unmet(ev),
            missing_ports=tuple(ev.value("DEP_MISSING_PORTS").split()),
            artifacts=_program_artifacts(ctx, ev, scope, directory, target),
            force_libs=ev.value("FORCE_BUILD_LIBS") == "yes",
        )
    except GenodeError as error:
        return _failed(blank, error, ev), scope
    if not target and not found.unmet:
        problem = Problem.of(
            Trouble.NO_TARGET,
            name,
            "the description defines no TARGET",
            Location(path),
            hint="add a line such as `TARGET := name`",
        )
        # What it would be linked with is looked at all the same.
        return _with_problem(replace(blank, libs=tuple(libs)), problem), scope
    return found, scope


def evaluate_library(
    ctx: EvaluationContext, name: str
) -> tuple[Description | None, EvaluationScope]:
    """Evaluate the description of library `name`; None when there is none."""
    scope = ctx.new_scope()
    settings = ctx.settings
    path, repository = _find_library(ctx, scope, name)
    symbols = find_symbols(ctx, scope, name)
    if not path and not (symbols and ctx.layout.symbols_suffice):
        return None, scope
    blank = Description(name, path, repository, symbols=symbols)
    if not path:
        support = _support(ctx, scope)
        return Description(name, "", "", libs=support, shared=True, symbols=symbols), scope
    ev = _evaluation(ctx, scope, {"LIB": name, "REP_DIR": repository, "LIB_MK": path})
    try:
        base_libs = f"{settings.base_dir}/mk/base-libs.mk"
        split = ctx.layout.style is LeafStyle.SPLIT
        implied = bool(symbols) and ctx.layout.symbols_suffice
        if ctx.layout.style is LeafStyle.ARCHIVES:  # a description sees both, and may set them
            ev.set("SYMBOLS", symbols)
            ev.set("SHARED_LIB", "yes" if implied else "")
        early = not split and not ctx.layout.hide_base_libs
        if early and scope.stat(base_libs) is not None:
            ev.include(base_libs)
        ev.include(path)
        if ctx.layout.hide_base_libs:
            ev.include(base_libs)
        libs = ev.value("LIBS").split()
        if ctx.layout.style is LeafStyle.ARCHIVES:
            symbols = ev.value("SYMBOLS")
        shared = implied or ev.value("SHARED_LIB") != ""
        hidden: tuple[str, ...] = ()
        if shared:
            libs = _with_support(ctx, ev, scope, name, libs)
            hidden = tuple(ev.value("BASE_LIBS").split())
        if not libs and ctx.layout.idle_lib and name != ctx.layout.idle_lib:
            libs = [ctx.layout.idle_lib]
        artifacts = ev.find("BUILD_ARTIFACTS")
        found = Description(
            name,
            path,
            repository,
            libs=tuple(libs),
            unmet=_unmet(ev),
            missing_ports=tuple(ev.value("DEP_MISSING_PORTS").split()),
            artifacts=None if artifacts is None else tuple(ev.value("BUILD_ARTIFACTS").split()),
            shared=shared,
            symbols=symbols,
            hidden_libs=hidden,
        )
    except GenodeError as error:
        return _failed(blank, error, ev), scope
    return found, scope


def find_symbols(ctx: EvaluationContext, scope: EvaluationScope, name: str) -> str:
    """Return the symbol file of library `name`, or ""."""
    if not ctx.layout.abis:
        return ""
    for directory in symbol_directories(ctx):
        path = f"{directory}/{name}"
        if _is_file(scope, path):
            return path
    return ""


def symbol_directories(ctx: EvaluationContext) -> tuple[str, ...]:
    """Return the directories of symbol files in search order."""
    specs = ctx.settings.specs if ctx.layout.symbol_spec_dirs else ()
    return tuple(
        f"{repository}/lib/symbols{below}"
        for repository in ctx.settings.repositories
        for below in (*(f"/spec/{spec}" for spec in specs), "")
    )


def library_directories(ctx: EvaluationContext) -> tuple[tuple[str, str], ...]:
    """Return the directories of library descriptions with their repositories, in search order."""
    found = []
    for repository in ctx.settings.repositories:
        # A repository's own variants first, then the next repository: order is priority.
        for spec in ctx.settings.specs:
            found.append((f"{repository}/{ctx.layout.lib_spec_dir.format(spec)}", repository))
        found.append((f"{repository}/lib/mk", repository))
    return tuple(dict.fromkeys(found))


def _evaluation(
    ctx: EvaluationContext, scope: EvaluationScope, variables: Mapping[str, str]
) -> Evaluation:
    settings = ctx.settings
    ev = ctx.evaluation(
        scope,
        settings.build_dir,
        {**variables, "BUILD_BASE_DIR": settings.build_dir, "SHELL": settings.shell},
    )
    utilities = f"{settings.base_dir}/mk/util.inc"
    if scope.stat(utilities) is not None:
        ev.set("ACCUMULATE_MISSING_PORTS", "1")
        ev.include(utilities)
    else:
        ev.evaluate_text(SELECT_FROM_REPOSITORIES)
    return ev


def _find_library(ctx: EvaluationContext, scope: EvaluationScope, name: str) -> tuple[str, str]:
    for directory, repository in library_directories(ctx):
        path = f"{directory}/{name}.mk"
        if scope.stat(path) is not None:
            return path, repository
    return "", ""


def _with_support(
    ctx: EvaluationContext, ev: Evaluation, scope: EvaluationScope, name: str, libs: list[str]
) -> list[str]:
    """Return the libraries of shared library `name`, with those added to every one."""
    linker = ev.value("DYNAMIC_LINKER") or "ld"
    base_libs = ev.value("BASE_LIBS").split()
    if not ctx.layout.hide_base_libs:
        return libs + [lib for lib in _support(ctx, scope) if lib != name]
    first = ctx.layout.shared_support[0]
    if name == linker:
        return [*libs, first, *base_libs]
    return [lib for lib in [*libs, first] if lib not in base_libs] + [linker]


def _support(ctx: EvaluationContext, scope: EvaluationScope) -> tuple[str, ...]:
    """Return the libraries that are added to each shared library, as far as the tree has them."""
    return tuple(lib for lib in ctx.layout.shared_support if _find_library(ctx, scope, lib)[0])


def _unmet(ev: Evaluation) -> tuple[str, ...]:
    specs = set(ev.value("SPECS").split())
    return tuple(spec for spec in ev.value("REQUIRES").split() if spec not in specs)


def _program_artifacts(
    ctx: EvaluationContext, ev: Evaluation, scope: EvaluationScope, directory: str, target: str
) -> tuple[str, ...]:
    named = ev.find("BUILD_ARTIFACTS")
    found = [target] if named is None else ev.value("BUILD_ARTIFACTS").split()
    if not ctx.layout.schema_artifacts:
        return tuple(found)
    if ev.find("CONFIG_XSD") is None:
        if scope.stat(f"{directory}/config.xsd") is not None:
            found.append(f"{target}.xsd")
    elif ev.value("CONFIG_XSD"):
        found.append(f"{target}.xsd")
    if ev.find("HSD") is None:
        if scope.stat(f"{directory}/{target}.hsd") is not None:
            found.append(f"{target}.hsd")
    else:
        found += [path.rpartition("/")[2] for path in ev.value("HSD").split()]
    return tuple(found)


def _failed(blank: Description, error: GenodeError, ev: Evaluation) -> Description:
    ports = ev.value("DEP_MISSING_PORTS").split() or _UNPREPARED.findall(error.message)
    if ports:  # most likely the reason: the description includes files of the port
        return replace(blank, missing_ports=tuple(ports))
    return _with_problem(blank, Problem.of_error(blank.name, error))


def _with_problem(blank: Description, problem: Problem) -> Description:
    return replace(blank, problem=problem)
