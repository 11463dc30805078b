"""The commands that are called: `genode-ARCH-gcc` and its like, as small shell scripts.

A script costs about a millisecond more than the program itself, and passes arguments, exit
status and `-print-…` queries through unchanged. Programs that need no options are links.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from genode_tool import process
from genode_tool.files import replace_link, replacing
from genode_tool.resources import data
from genode_tool.toolchain.adopt.host_compilers import HostTools
from genode_tool.toolchain.adopt.specs import assembler_options, compiler_options, linker_options
from genode_tool.toolchain.architectures import Architecture

LINKS = (
    "ar",
    "nm",
    "ranlib",
    "objcopy",
    "objdump",
    "strip",
    "readelf",
    "size",
    "strings",
    "addr2line",
    "c++filt",
    "elfedit",
    "gcov",
    "gcc-ar",
    "gcc-nm",
    "gcc-ranlib",
)
"""Tools that need no options; those missing on the host are left out."""

# Warnings that distributions switch on: run scripts treat any output as a failure of the linker.
_QUIET = ("no-warn-execstack", "no-warn-rwx-segments")
_ANSWER_S = 20

_MARK = "# The distribution's {name}, made to behave like the one that Genode pins."

# clang has no spec files: search paths depend on -nostdinc, libraries on -m32.
_CLANG = """\
#!/bin/sh
{mark}
libraries={library}
case " $* " in
  *' -m32 '*) libraries={library}/32 ;;
esac
case " $* " in
  *' -nostdinc '*) set -- "$@" ;;
  *' -nostdinc++ '*) set -- -nostdlibinc -idirafter {library}/host "$@" ;;
  *) set -- -nostdlibinc -nostdinc++ {headers} -idirafter {library}/host "$@" ;;
esac
exec {clang} --config {library}/clang.cfg -Qunused-arguments \
  -B"$libraries"/ -B{library}/ {more} "$@"
"""

# With several linker scripts, sections of one name are joined first (linker_scripts.py); one with a
# segment of the program headers is looked at, too. Each word is matched together with the one
# before it, so that the value of -T does not count once more.
_LINKER = """\
#!/bin/sh
{mark}
{before}scripts=0
before=
for word; do
  case $before-$word in
    -T-*|--script-*|-script-*|-dT-*|--default-script-*|-default-script-*) ;;
    *--Ttext*|*--Tdata*|*--Tbss*|*--Trodata-segment*|*--Tldata-segment*) ;;
    *--default-script|*---default-script|*---default-script=*|*--default-script=*) ;;
    *--T*|*---script|*---script=*|*--script|*.ld) scripts=$((scripts + 1)) ;;
  esac
  before=$word
  case $word in
    *.ld) script=${{word#-T}}
      if [ -r "$script" ] && grep -q PT_PHDR "$script"; then scripts=2; fi ;;
  esac
done
[ $scripts -gt 1 ] || exec {ld} "$@"
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
if {python} {merger} "$directory" "$@"; then
  {ld} "@$directory/options"
else
  {ld} "$@"
fi
"""


# Trees name emulations as the pinned linker does; the distribution's has another name.
_RENAMED_EMULATION = """\
for word; do
  shift
  case $word in
    armelf) word=armelf_linux_eabi ;;
    -marmelf) word=-marmelf_linux_eabi ;;
  esac
  set -- "$@" "$word"
done
"""


def options_of(architecture: Architecture, library: Path) -> tuple[str, ...]:
    """Return the options of a wrapped compiler that precede the user's.

    `library` is the directory with the spec file, the support libraries, assembler and linker.
    """
    return (f"-B{library}/", f"-specs={library}/gcc.specs", *compiler_options(architecture))


def assembler(tools: HostTools, architecture: Architecture) -> str:
    """Return the script that is called as assembler."""
    return _script("assembler", [str(tools.tool("as")), *assembler_options(architecture)])


def linker(tools: HostTools, architecture: Architecture, library: Path) -> str:
    """Return the script that is called as linker."""
    ld = tools.tool("ld").resolve()
    known = process.run([str(ld), "--help"], timeout=_ANSWER_S).stdout.decode()
    quiet = [f"--{option}" for option in _QUIET if option in known]
    return _LINKER.format(
        mark=_MARK.format(name="linker"),
        before=_RENAMED_EMULATION if architecture.name == "arm" else "",
        ld=shlex.join([str(ld), *linker_options(architecture), *quiet]),
        python=shlex.join([os.path.realpath(sys.executable), "-I", "-S"]),
        merger=shlex.quote(str(library / "linker_scripts.py")),
    )


def compilers(tools: HostTools, architecture: Architecture, library: Path) -> dict[str, str]:
    """Return the scripts of the compilers by the last part of their names.

    Each names the version of its libraries, so that a compiler cache sees them change.
    """
    note = f"# With {library.readlink()}.\n"
    if tools.clang:
        scripts = [_clang(path, tools, library) for path in tools.clang]
        cpp = _clang(tools.clang[0], tools, library, "-E", "-x", "c")
        return {"gcc": scripts[0], "g++": scripts[1], "c++": scripts[1], "cpp": cpp}
    options = options_of(architecture, library)
    gcc = _script("compiler", [str(tools.gcc), *options], note)
    gxx = _script("compiler", [str(tools.gxx), *options], note)
    return {
        "gcc": gcc,
        "g++": gxx,
        "c++": gxx,
        # not `gcc -E`, which treats files with unknown suffixes as input of the linker
        "cpp": _script("preprocessor", [str(tools.tool("cpp").resolve()), *options], note),
    }


def _clang(path: Path, tools: HostTools, library: Path, *more: str) -> str:
    headers = [word for one in tools.cxx_headers() for word in ("-cxx-isystem", one)]
    return _CLANG.format(
        mark=f"{_MARK.format(name='compiler')}\n# With {library.readlink()}.",
        library=shlex.quote(str(library)),
        headers=shlex.join(headers),
        clang=shlex.quote(str(path)),
        more=shlex.join(more),
    )


def links(tools: HostTools, architecture: Architecture) -> dict[str, Path]:
    """Return the programs that are used as they are, by the last part of their names."""
    found = {name: path for name in LINKS if (path := tools.drivers.tool(name)) is not None}
    gdb = process.find_program("gdb-multiarch") or process.find_program("gdb")
    if gdb is not None and _knows(gdb, architecture):
        found["gdb"] = gdb
    return found


def _knows(gdb: Path, architecture: Architecture) -> bool:
    """Return whether a debugger is for programs of `architecture`, too: Debian's `gdb` is not."""
    words = ["-nx", "-batch", "-ex", f"set architecture {architecture.gdb}"]
    done = process.run([str(gdb), *words, "-ex", "show architecture"], timeout=_ANSWER_S)
    return f'"{architecture.gdb}"' in done.stdout.decode(errors="replace")


def install_script(path: Path, text: str) -> None:
    """Write an executable script beside `path` and rename it. Raises `OSError`.

    An identical script stays untouched: compiler caches compare its time.
    """
    if not path.is_symlink() and path.is_file() and path.read_text() == text:
        return
    with replacing(path, mode=0o755) as part:
        part.write_text(text)


def install_link(path: Path, target: Path) -> None:
    """Make a link beside `path` and rename it, unless it is there. Raises `OSError`."""
    if path.is_symlink() and path.readlink() == target:
        return
    replace_link(path, target)


def copy_merger(library: Path) -> None:
    """Put the program that joins linker scripts into `library`. Raises `OSError`."""
    shutil.copyfile(data(__name__, "linker_scripts.py"), library / "linker_scripts.py")


def _script(what: str, words: Sequence[str], note: str = "") -> str:
    return f'#!/bin/sh\n{_MARK.format(name=what)}\n{note}exec {shlex.join(words)} "$@"\n'
