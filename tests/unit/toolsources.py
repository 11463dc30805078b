"""Sources of a tiny binutils, GCC and GDB: they take all that the recipe asks, in a second."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

_CONFIGURE = r"""#!/bin/sh
# Takes what the recipe says and writes a makefile that "compiles" three files.
for word; do case $word in
  --prefix=*) prefix=${word#*=} ;;
  --target=*) target=${word#*=} ;;
  --program-prefix=*) name=${word#*=} ;;
esac; done
source=$(dirname "$0")
echo "checking for a compiler... gcc"
%(configure)s
cat >Makefile <<END
D = \$(DESTDIR)$prefix
all: one.o two.o three.o
all-gcc all-gdb: all
all-target-libgcc all-target-libstdc++-v3: lib.o unwind-dw2.o
%%.o: $source/%%.c
	gcc -c \$< -o \$@
%(make)s
bin: all
	mkdir -p \$D/bin \$D/$target/bin
install-strip: bin
	echo ld >\$D/bin/${name}ld
	ln -sf \$\$(command -v ar) \$D/$target/bin/ar
install-strip-gcc: bin
	echo gcc >\$D/bin/${name}gcc
install-strip-gdb: bin
	echo gdb >\$D/bin/${name}gdb
install-target-libgcc: all-target-libgcc
	mkdir -p \$D/lib/gcc/$target/1.0/32
	rm -f \$D/lib/gcc/$target/1.0/libgcc.a
	ar rc \$D/lib/gcc/$target/1.0/libgcc.a lib.o unwind-dw2.o
	cp \$D/lib/gcc/$target/1.0/libgcc.a \$D/lib/gcc/$target/1.0/32
install-target-libstdc++-v3:
	mkdir -p \$D/$target/lib && ar rc \$D/$target/lib/libsupc++.a lib.o
END
"""
_FILES = ("one", "two", "three", "lib", "unwind-dw2")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Faults to inject: text for the configure script, and for the makefile that it writes.

    In `make`, `$` and backquotes are written `\\$` and so on: a shell reads it first.
    """

    configure: str = ""
    make: str = ""


def files_of(component: str, trouble: Trouble | None = None) -> dict[str, str]:
    """Return the files of a component's sources: path and content."""
    trouble = trouble or Trouble()
    script = _CONFIGURE % {"configure": trouble.configure, "make": trouble.make}
    files = {"configure": script}
    for name in _FILES:
        symbol = name.replace("-", "_")
        files[f"{name}.c"] = f"int {symbol}(void) {{ return 0; }}\n"
    if component == "gcc":
        files["gcc/config.gcc"] = "tm_file=elfos.h\n"
        files["gcc/config/elfos.h"] = ""
        files["libgcc/config.host"] = "tmake_file=t-crtstuff\n"
    if component == "binutils":
        files["ld/ldlang.c"] = (
            "if (create != 2\n\t      && !(create && constraint == SPECIAL)\n\t      && fits)\n"
        )
    return files


def write_sources(
    directory: Path, troubles: dict[str, Trouble] | None = None, *, packed: bool = True
) -> Path:
    """Leave archives (or directories) of all three components, version 1.0, in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    for component in ("binutils", "gcc", "gdb"):
        files = files_of(component, (troubles or {}).get(component))
        if packed:
            with tarfile.open(directory / f"{component}-1.0.tar.xz", "w:xz") as archive:
                for name, text in files.items():
                    member = tarfile.TarInfo(f"{component}-1.0/{name}")
                    member.size, member.mtime = len(text.encode()), 1_000_000_000
                    member.mode = 0o755 if name == "configure" else 0o644
                    archive.addfile(member, io.BytesIO(text.encode()))
        else:
            for name, text in files.items():
                path = directory / f"{component}-1.0" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                path.chmod(0o755 if name == "configure" else 0o644)
    return directory
