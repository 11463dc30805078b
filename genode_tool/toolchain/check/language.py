"""Checks of the compiler's environment: macros, types, headers, thread-local variables."""

from __future__ import annotations

from collections.abc import Iterator

from genode_tool.toolchain.check.result import CheckResult, differs, failed, ok
from genode_tool.toolchain.check.workbench import ProbeFailed, Workbench, sections, undefined

_HOST_MACROS = ("linux", "__linux__", "__gnu_linux__", "unix", "__unix__", "_GNU_SOURCE")

# C11 6.5.1.1: the association that fits is chosen, anything but 1 is an array of negative size
_TYPES = """
#include <stdint.h>
#include <stddef.h>
#define IS(type, expected) \\
    typedef char type ## _is[_Generic((type)0, expected: 1, default: -1)]
IS(int64_t, long long); IS(uint64_t, unsigned long long);
IS(int32_t, int); IS(uint32_t, unsigned int);
IS(int_least64_t, long long); IS(int_fast64_t, long long); IS(intmax_t, long long);
IS(intptr_t, long); IS(uintptr_t, unsigned long);
typedef char constant[_Generic(INT64_C(1), long long: 1, default: -1)];
typedef char most[_Generic(INT64_MAX, long long: 1, default: -1)];
typedef char pointers[sizeof(intptr_t) == sizeof(void *) && INTPTR_MAX == __LONG_MAX__ ? 1 : -1];
"""

_SIZE = (
    "#include <stddef.h>\ntypedef char is[_Generic((size_t)0, unsigned long: 1, default: -1)];\n"
)

_FAST = """
#include <stdint.h>
#define IS(type, expected) \\
    typedef char type ## _is[_Generic((type)0, expected: 1, default: -1)]
IS(int_fast16_t, int); IS(int_fast32_t, int); IS(uint_fast32_t, unsigned int);
"""

_THREAD_LOCAL = "thread_local int counter; int next() { return ++counter; }\n"


def check_macros(bench: Workbench) -> Iterator[CheckResult]:
    """No macro indicates that the program runs on Linux."""
    source = bench.write("", ".cc")
    for options in (("-std=gnu++17",), ("-std=gnu11", "-x", "c")):
        listed = bench.run("g++", "-E", "-dM", *options, source)
        defined = {line.split()[1] for line in listed.splitlines() if line.startswith("#define ")}
        found = [name for name in _HOST_MACROS if name in defined]
        if found:
            yield failed("macros", f"predefined: {' '.join(found)}", adopt_hint(bench))
            return
    yield ok("macros", "none of Linux or Unix")


def check_preprocessor(bench: Workbench) -> Iterator[CheckResult]:
    """The preprocessor accepts a file of any name, and prints or writes the result."""
    source = bench.write("#define A 7\nresult A\n", ".bf")
    printed = bench.run("cpp", "-P", source)
    written = source.with_suffix(".out")
    bench.run("cpp", "-P", source, "-o", written)
    result = written.read_text() if written.exists() else ""
    if printed.strip() == "result 7" and result.strip() == "result 7":
        yield ok("preprocessor", "accepts files of any name")
    else:
        yield failed("preprocessor", "does not accept a file of any name", adopt_hint(bench))


def check_types(bench: Workbench) -> Iterator[CheckResult]:
    """The integer types are the pinned ones, on each ABI."""
    for multilib in bench.architecture.multilibs:
        try:
            bench.compile(_TYPES, "-ffreestanding", flags=multilib)
        except ProbeFailed as problem:
            what = str(problem).partition("error: ")[2] or str(problem)
            yield failed("integer types", f"{multilib.name}: {what}", adopt_hint(bench))
            return
    yield ok("integer types", "int64_t is long long, intptr_t is long")
    try:
        bench.compile(_FAST, "-ffreestanding")
    except ProbeFailed:
        yield differs("fast types", "int_fast16_t or int_fast32_t is not int")
    for multilib in bench.architecture.multilibs:
        try:
            bench.compile(_SIZE, "-ffreestanding", flags=multilib)
        except ProbeFailed:
            yield differs(
                "size_t",
                f"{multilib.name}: size_t is unsigned int, not unsigned long",
                plugin_hint(bench, "do not build a tree for this ABI"),
            )


def check_headers(bench: Workbench) -> Iterator[CheckResult]:
    """The compiler's own headers are found, those of a C library are not."""
    try:
        bench.compile(
            "#include <stddef.h>\n#include <stdint.h>\n#include <stdarg.h>\n", "-ffreestanding"
        )
        bench.compile(
            "#include <new>\n#include <exception>\n#include <typeinfo>\n#include <cxxabi.h>\n",
            "-ffreestanding",
            suffix=".cc",
        )
    except ProbeFailed as problem:
        yield failed(
            "headers", str(problem), "install the compiler's C++ headers, or build the tool chain"
        )
        return
    try:
        bench.compile("#include <stdio.h>\n")
    except ProbeFailed:
        yield ok("headers", "the compiler's own, none of a C library")
    else:
        yield failed("headers", "<stdio.h> of the host's C library is found", adopt_hint(bench))


def check_thread_local(bench: Workbench) -> Iterator[CheckResult]:
    """Thread-local variables are emulated: no register or segment of a host's is used."""
    elf = bench.elf(bench.compile(_THREAD_LOCAL, "-fPIC", suffix=".cc"))
    if "__emutls_get_address" in undefined(elf):
        yield ok("thread-local", "emulated, by __emutls_get_address")
    elif sections(elf) & {".tbss", ".tdata"}:
        yield differs(
            "thread-local",
            "thread_local variables are of the host's kind, which Genode does not provide",
            plugin_hint(bench, "avoid programs with thread_local variables"),
        )
    else:
        yield failed(
            "thread-local", "a thread_local variable leads to unknown code", adopt_hint(bench)
        )


def plugin_hint(bench: Workbench, otherwise: str) -> str:
    """Return the hint for getting GCC's plugin, which changes what no option does."""
    if not bench.adopted:
        return adopt_hint(bench)
    if bench.clang:
        return f"adopt GCC instead, or {otherwise}"
    return f"install the headers for plugins of GCC and adopt it again, or {otherwise}"


def adopt_hint(bench: Workbench) -> str:
    """Return the hint with the command that adopts the compiler."""
    command = f"genode tool-chain adopt {bench.architecture.name}"
    if not bench.adopted:
        return command
    compiler = f" --compiler {bench.adopted}" if bench.adopted != "gcc" else ""
    return f"adopt it again: {command}{compiler}"
