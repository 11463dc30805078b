"""Small source trees of our own, one for each era that differs from its neighbours.

All have the same descriptions. Their leaf makefiles write down what they were given, so that a
build shows how the tool reads a tree of the era: `bin/app` and the tag of each library. The
makefiles of the first stage hold only what the era is recognized by.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_UTIL = """
select_from_repositories = $(firstword $(foreach REP,$(REPOSITORIES),$(wildcard $(REP)/$(1))))
"""

_PRG = """
all:
include $(REP_DIR)/src/$(PRG_REL_DIR)/target.mk
include $(SPEC_FILES)
include $(BASE_DIR)/mk/global.mk
all: $(INSTALL_DIR)/$(TARGET)
$(INSTALL_DIR)/$(TARGET):
\t@echo "GIVEN" > $@
"""

_LIB = """
all:
include $(if $(LIB_MK),$(LIB_MK))
include $(BASE_DIR)/mk/global.mk
all: $(LIB).lib.tag
$(LIB).lib.tag:
\t@echo "GIVEN" > $@
"""

_ABI = """
all: $(LIB).abi.so
$(LIB).abi.so:
\t@echo "stub of $(notdir $(SYMBOLS))" > $@
"""

_SINGLE = "DEPS: $(DEPS)"
_PROGRAM = "ARCHIVES: $(ARCHIVES) SHARED_LIBS: $(SHARED_LIBS)"
_LIBRARY = "$(notdir $(SYMBOLS)) " + _PROGRAM

_DESCRIPTIONS = {
    "src/app/target.mk": "TARGET = app\nLIBS = util plugin posix\n",
    "src/app/config.xsd": "<schema/>\n",
    "src/board/target.mk": "TARGET = board\nREQUIRES = pbxa9\n",
    "lib/mk/util.mk": "LIBS = cxx device\n",
    "lib/mk/cxx.mk": "LIBS =\n",
    "lib/mk/plugin.mk": "SHARED_LIB = yes\nLIBS = vfs cxx base\n",
    "lib/mk/posix.mk": "LIBS = vfs\n",
    "lib/mk/vfs.mk": "SHARED_LIB = yes\nLIBS = util\n",
    "lib/mk/base.mk": "LIBS = cxx\n",
    "lib/mk/ld.mk": "SHARED_LIB = yes\nLIBS = base\n",
    "lib/mk/platform.mk": "\n",
    "lib/mk/lx_hybrid.mk": "\n",
}


@dataclass(frozen=True, slots=True)
class EraTree:
    """A tree like those of `release`: where its files are, and what its first stage says."""

    release: str
    top: str
    dep_lib: str
    dep_prg: str = ""
    build: str = ""
    specs: str = "mk/spec/{}.mk"
    lib_specs: str = "lib/mk/spec/{}"
    support: str = "ldso_so_support"
    split: bool = False
    symbols: bool = True
    util: bool = True

    def make(self, place: Path) -> Path:
        """Write the tree and a build directory below `place`; return the build directory."""
        tree, build = place / "tree", place / "build"
        base = tree / self.top / "base"
        files = {
            **_DESCRIPTIONS,
            f"lib/mk/{self.support}.mk": "LIBS =\n",
            f"{self.lib_specs.format('arm')}/device.mk": "LIBS =\n",
            self.specs.format("arm"): "SPECS += 32bit\n",
            "mk/global.mk": "",
            "mk/prg.mk": _PRG.replace("GIVEN", _PROGRAM if self.symbols else _SINGLE),
            "mk/dep_lib.mk": self.dep_lib,
            "mk/dep_prg.mk": self.dep_prg,
            "mk/base-libs.mk": "BASE_LIBS = cxx base\nDYNAMIC_LINKER = ld\n",
        }
        if self.util:
            files["mk/util.inc"] = _UTIL
        if self.symbols:
            files["lib/symbols/plugin"] = "f T\n"
            files["lib/symbols/spec/arm/posix"] = "g T\n"
        if self.split:
            archive = so = _LIB.replace("GIVEN", _LIBRARY)
            files |= {"mk/a.mk": archive, "mk/so.mk": so, "mk/abi.mk": _ABI}
        else:
            files["mk/lib.mk"] = _LIB.replace("GIVEN", _LIBRARY if self.symbols else _SINGLE)
        for name, text in files.items():
            _write(base / name, text)
        _write(tree / "tool/builddir/build.mk", self.build)
        _write(build / "etc/specs.conf", "SPECS += arm always_hybrid\n")
        prefix = f"$(GENODE_DIR)/{self.top}/" if self.top else "$(GENODE_DIR)/"
        _write(
            build / "etc/build.conf",
            f"GENODE_DIR := {tree}\nBASE_DIR := {prefix}base\nBOARD ?= pbxa9\n"
            f"REPOSITORIES += {prefix}base\n",
        )
        return build


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


_LINKER = "LIBS += ldso-startup\nLIBS += $(DYNAMIC_LINKER)\nLIBS += platform\n"
_HIDDEN = "LIBS := $(filter-out $(BASE_LIBS),$(LIBS))\n"
_SORTED = '"DEPS=\\"\\$$(sort \\$$(DEPS))\\""\n'
_MORE = "LIBS += $(PRG_LIBS)\n"
_HYBRID = _MORE + "ifeq ($(filter-out $(SPECS),always_hybrid),)\n"
_SPEC_DIRS = "$(foreach SPEC,$(SPECS),mk/spec/$(SPEC).mk)\n"
_SORTED_SPECS = "$(sort $(foreach SPEC,$(SPECS),mk/spec/$(SPEC).mk))\n"
_SYMBOL_DIRS = "$(REP)/lib/symbols/spec/\n"
_SUFFICE = "ifneq ($(SYMBOLS),)\nendif\nDEBUG_DIR\n" + _SYMBOL_DIRS
_SANITIZE = "$(COVERAGE) $(SANITIZE_UNDEFINED)\n"


def _old(release: str, top: str, dep_lib: str, dep_prg: str, *, util: bool = False) -> EraTree:
    return EraTree(
        *(release, top, dep_lib, dep_prg),
        specs="mk/spec-{}.mk",
        lib_specs="lib/mk/{}",
        support="ldso-startup",
        symbols=False,
        util=util,
    )


TREES = (
    _old("11.11", "", _LINKER + _HIDDEN, _MORE),
    _old("13.02", "", _LINKER + _HIDDEN, _HYBRID),
    _old("14.02", "", _LINKER, _HYBRID),
    _old("14.05", "repos", _LINKER, _HYBRID, util=True),
    EraTree("15.11", "repos", _LINKER, _MORE, _SPEC_DIRS, symbols=False, support="ldso-startup"),
    EraTree(
        *("16.11", "repos", _LINKER + _SORTED, _MORE, _SORTED_SPECS),
        symbols=False,
        support="ldso-startup",
    ),
    EraTree(
        *("17.02", "repos", "LIBS += ldso-startup\n" + _SYMBOL_DIRS, "", _SORTED_SPECS),
        support="ldso-startup",
    ),
    EraTree(
        *("17.05", "repos", "LIBS += ldso-startup\n" + _SUFFICE, "", _SORTED_SPECS),
        support="ldso-startup",
    ),
    EraTree(
        *("20.05", "repos", _SUFFICE, _SANITIZE, _SORTED_SPECS + "SPECS += $(BOARD)\n"),
    ),
    EraTree(
        *("22.11", "repos", _SUFFICE + "PRIVATE_DEP_SO_\n", _SANITIZE),
        _SORTED_SPECS + "ifdef BOARD\nALL_LIB_MK_FILES\nexport .SHELLFLAGS := -o pipefail\n",
    ),
    EraTree(
        *("23.11", "repos", "", _SANITIZE),
        _SORTED_SPECS + "ifdef BOARD\nALL_LIB_MK_FILES\nexport .SHELLFLAGS := -o pipefail\n",
        split=True,
    ),
    EraTree(
        *("26.02", "repos", "", _SANITIZE + "CONFIG_XSD ?=\n"),
        _SORTED_SPECS + "ifdef BOARD\nALL_LIB_MK_FILES\nexport .SHELLFLAGS := -o pipefail\n",
        split=True,
    ),
)
