"""Predefined variables and suffixes.

GNU make manual, "Catalogue of Built-In Rules", "Variables Used by Implicit Rules", "Other
Special Variables".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.makefile.variables.variable import Export, Origin, Variable

VERSION = "4.4.1"
SPECIAL = frozenset((".RECIPEPREFIX", "MAKEFLAGS"))
"""Variables whose assignment has an effect of its own."""

COMPUTED = frozenset((".VARIABLES",))

UNSET = frozenset(
    (
        *("MAKECMDGOALS", "MAKE_RESTARTS", "MAKE_TERMOUT", "MAKE_TERMERR", "MAKEOVERRIDES"),
        *(".DEFAULT", "-*-command-variables-*-", "-*-eval-flags-*-", "VPATH", "GPATH"),
    )
)
"""Variables of make's own that need not be defined: a reference to one deserves no warning."""

FEATURES = (
    "target-specific order-only second-expansion else-if shortest-stem undefine oneshell "
    "nocomment grouped-target extra-prereqs notintermediate shell-export archives "
    "jobserver jobserver-fifo output-sync check-symlink"
)

_SUFFIXES = """
.out .a .ln .o .c .cc .C .cpp .p .f .F .m .r .y .l .ym .yl .s .S .mod .sym .def .h .info
.dvi .tex .texinfo .texi .txinfo .w .ch .web .sh .elc .el
"""
SUFFIXES = tuple(_SUFFIXES.split())

_PROGRAMS = {
    "AR": "ar",
    "ARFLAGS": "-rv",
    "AS": "as",
    "CC": "cc",
    "OBJC": "cc",
    "CXX": "g++",
    "CHECKOUT,v": "+$(if $(wildcard $@),,$(CO) $(COFLAGS) $< $@)",
    "CO": "co",
    "COFLAGS": "",
    "CPP": "$(CC) -E",
    "CTANGLE": "ctangle",
    "CWEAVE": "cweave",
    "F77": "$(FC)",
    "F77FLAGS": "$(FFLAGS)",
    "FC": "f77",
    "GET": "get",
    "LD": "ld",
    "LEX": "lex",
    "LINT": "lint",
    "M2C": "m2c",
    "MAKEINFO": "makeinfo",
    "PC": "pc",
    "RM": "rm -f",
    "TANGLE": "tangle",
    "TEX": "tex",
    "TEXI2DVI": "texi2dvi",
    "WEAVE": "weave",
    "YACC": "yacc",
    "OUTPUT_OPTION": "-o $@",
    "COMPILE.c": "$(CC) $(CFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.m": "$(OBJC) $(OBJCFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.cc": "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.C": "$(COMPILE.cc)",
    "COMPILE.cpp": "$(COMPILE.cc)",
    "COMPILE.def": "$(M2C) $(M2FLAGS) $(DEFFLAGS) $(TARGET_ARCH)",
    "COMPILE.mod": "$(M2C) $(M2FLAGS) $(MODFLAGS) $(TARGET_ARCH)",
    "COMPILE.f": "$(FC) $(FFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.F": "$(FC) $(FFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.r": "$(FC) $(FFLAGS) $(RFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.p": "$(PC) $(PFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c",
    "COMPILE.s": "$(AS) $(ASFLAGS) $(TARGET_MACH)",
    "COMPILE.S": "$(CC) $(ASFLAGS) $(CPPFLAGS) $(TARGET_MACH) -c",
    "LINK.o": "$(CC) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.c": "$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.m": "$(OBJC) $(OBJCFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.cc": "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.C": "$(LINK.cc)",
    "LINK.cpp": "$(LINK.cc)",
    "LINK.f": "$(FC) $(FFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.F": "$(FC) $(FFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.r": "$(FC) $(FFLAGS) $(RFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.p": "$(PC) $(PFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)",
    "LINK.s": "$(CC) $(ASFLAGS) $(LDFLAGS) $(TARGET_MACH)",
    "LINK.S": "$(CC) $(ASFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_MACH)",
    "LEX.l": "$(LEX) $(LFLAGS) -t",
    "LEX.m": "$(LEX) $(LFLAGS) -t",
    "LINT.c": "$(LINT) $(LINTFLAGS) $(CPPFLAGS) $(TARGET_ARCH)",
    "PREPROCESS.S": "$(CPP) $(CPPFLAGS)",
    "PREPROCESS.F": "$(FC) $(FFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -F",
    "PREPROCESS.r": "$(FC) $(FFLAGS) $(RFLAGS) $(TARGET_ARCH) -F",
    "YACC.y": "$(YACC) $(YFLAGS)",
    "YACC.m": "$(YACC) $(YFLAGS)",
    ".LIBPATTERNS": "lib%.so lib%.a",
    "GNUMAKEFLAGS": "",
}
# Parts of automatic variables: a makefile sees them, they expand in recipes.
_PARTS = {f"{name}D": f"$(patsubst %/,%,$(dir ${name}))" for name in "@%*<?^+"} | {
    f"{name}F": f"$(notdir ${name})" for name in "@%*<?^+"
}


# IEEE Std 1003.1-2008, "make".
_POSIX = {
    ".SHELLFLAGS": "-ec",
    "ARFLAGS": "-rv",
    "CC": "c99",
    "CFLAGS": "-O1",
    "FC": "fort77",
    "FFLAGS": "-O1",
    "SCCSGETFLAGS": "-s",
}


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Variable]:
    return {name: Variable(name, value, Origin.DEFAULT, True) for name, value in _PROGRAMS.items()}


@lru_cache(maxsize=1)
def _fixed() -> dict[str, Variable]:
    values = {
        "MAKE_VERSION": VERSION,
        "MAKE_HOST": "x86_64-pc-linux-gnu",
        ".FEATURES": FEATURES,
        ".INCLUDE_DIRS": "/usr/local/include /usr/include",
        ".LOADED": "",
        ".SHELLFLAGS": "-c",
        "SHELL": "/bin/sh",
        "MAKE": "$(MAKE_COMMAND)",
        "MAKEFILES": "",
        "SUFFIXES": " ".join(SUFFIXES),
    }
    return {
        name: Variable(name, value, Origin.DEFAULT, name == "MAKE")
        for name, value in values.items()
    } | {name: Variable(name, value, Origin.AUTOMATIC, True) for name, value in _PARTS.items()}


def define_variables(
    ev: Evaluator, make: str, goals: Sequence[str], *, catalogue: bool = True
) -> None:
    """Give a new evaluation its first variables; `catalogue`: those of implicit rules, too."""
    place = ev.globals
    place.update(_fixed())
    if catalogue:
        place.update(_catalogue())
    for name, value, origin in (
        ("CURDIR", ev.cwd, Origin.FILE),
        ("MAKEFILE_LIST", "", Origin.FILE),
        ("MAKEFLAGS", "", Origin.FILE),
        ("MAKE_COMMAND", make, Origin.DEFAULT),
        (".DEFAULT_GOAL", "", Origin.FILE),
        (".RECIPEPREFIX", "", Origin.DEFAULT),
    ):
        place[name] = Variable(name, value, origin)
    if goals:
        place["MAKECMDGOALS"] = Variable("MAKECMDGOALS", " ".join(goals), Origin.DEFAULT)
    place["MAKELEVEL"] = Variable("MAKELEVEL", str(ev.level), Origin.ENVIRONMENT)
    if "SHELL" in ev.environ:
        place["SHELL"] = Variable("SHELL", "/bin/sh", Origin.FILE)
    place["MAKEFLAGS"].export = Export.YES


def define_posix(ev: Evaluator) -> None:
    """Give the variables that POSIX prescribes their values, where makefiles gave none."""
    for name, value in _POSIX.items():
        found = ev.globals.get(name)
        if found is None or found.origin is Origin.DEFAULT:
            ev.globals[name] = Variable(name, value, Origin.DEFAULT)


def drop_catalogue(ev: Evaluator) -> None:
    """Undefine the variables of implicit rules that nothing else has defined."""
    for name in _PROGRAMS:
        found = ev.globals.get(name)
        if found is not None and found.origin is Origin.DEFAULT:
            del ev.globals[name]


def compute(ev: Evaluator, name: str) -> Variable:
    """Return a variable whose value follows from the others."""
    return Variable(name, " ".join([*ev.globals, name]), Origin.DEFAULT)
