"""All checks of one tool chain, the more basic ones first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import GenodeError
from genode_tool.scratch import scratch_directory
from genode_tool.toolchain.architectures import Architecture
from genode_tool.toolchain.check import binutils, code, language, support
from genode_tool.toolchain.check.required_version import compiler_version
from genode_tool.toolchain.check.result import CheckResult, differs, failed, ok
from genode_tool.toolchain.check.workbench import ProbeFailed, Workbench

_RECORD = "adopted.json"

Check = Callable[[Workbench], Iterator[CheckResult]]

CHECKS: tuple[Check, ...] = (
    language.check_macros,
    language.check_preprocessor,
    language.check_types,
    language.check_headers,
    language.check_thread_local,
    code.check_position,
    code.check_protections,
    code.check_output,
    code.check_relocations,
    code.check_atomics,
    code.check_soft_float,
    code.check_assembler,
    support.check_libraries,
    support.check_program,
    binutils.check_linker,
    binutils.check_scripts,
    binutils.check_binutils,
    binutils.check_gdb,
)


@dataclass(frozen=True, slots=True)
class ToolChain:
    """The tool chain to check: the tools whose paths begin with `prefix`.

    `wanted` is the compiler's version that the source tree pins, "" for any. `record` is that of
    the adoption, None when the tools are not wrapped ones.
    """

    architecture: Architecture
    prefix: str
    wanted: str = ""
    record: dict[str, object] | None = None


def tool_chain_at(architecture: Architecture, prefix: str, wanted: str = "") -> ToolChain:
    """Return the tools whose paths begin with `prefix`, and note whether they are adopted."""
    library = Path(f"{prefix}ld").resolve().parent
    try:
        record = json.loads((library / _RECORD).read_text())
    except (OSError, ValueError):
        record = None
    return ToolChain(architecture, prefix, wanted, record)


def check(tool_chain: ToolChain) -> tuple[CheckResult, ...]:
    """Return the results of all checks; after missing tools, no other check runs."""
    with scratch_directory("check") as scraps:
        bench = _bench(tool_chain, scraps, "tools")
        found = list(binutils.check_tools(bench))
        if any(one.failed for one in found):
            return tuple(found)
        found += _version(tool_chain, bench)

        def answers(check: Check) -> list[CheckResult]:
            own = _bench(tool_chain, scraps, check.__name__)
            try:
                return list(check(own))
            except ProbeFailed as problem:
                name = check.__name__.removeprefix("check_").replace("_", " ")
                return [failed(name, str(problem), language.adopt_hint(own))]

        with ThreadPoolExecutor() as pool:
            for some in pool.map(answers, CHECKS):
                found += some
    return tuple(found)


def _bench(tool_chain: ToolChain, scraps: Path, name: str) -> Workbench:
    directory = scraps / name
    directory.mkdir()
    record = tool_chain.record or {}
    # An adoption by an earlier version of this tool has noted the family alone.
    adopted = str(record.get("wanted") or record.get("family") or "")
    return Workbench(tool_chain.architecture, tool_chain.prefix, directory, adopted)


def _version(tool_chain: ToolChain, bench: Workbench) -> Iterator[CheckResult]:
    """The compiler is the one that is wanted, and still the one that was adopted."""
    try:
        version = compiler_version(tool_chain.prefix)
    except GenodeError as problem:
        yield failed("version", str(problem), language.adopt_hint(bench))
        return
    record = tool_chain.record
    name = "clang" if bench.clang else "GCC"
    if record is not None and _changed(record):
        yield failed(
            "version",
            f"{record['compiler']} has changed since it was adopted",
            language.adopt_hint(bench),
        )
    elif not tool_chain.wanted or version == tool_chain.wanted:
        yield ok("version", f"{name} {version}")
    elif record is not None:
        yield differs("version", f"{name} {version}; the source tree pins {tool_chain.wanted}")
    else:
        yield failed(
            "version",
            f"{name} {version}; the source tree pins {tool_chain.wanted}",
            f"genode tool-chain {bench.architecture.name}",
        )


def _changed(record: dict[str, object]) -> bool:
    try:
        stat = Path(str(record["compiler"])).stat()
    except OSError:
        return True
    return (stat.st_size, stat.st_mtime_ns) != (record["size"], record["changed"])
