"""A source tree of a few files, with rule makefiles of its own, for tests of building."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from pathlib import Path

from genode_tool.building import BuildResult, make
from genode_tool.building.events import BuildStepFailed, BuildStepFinished, GraphReady
from genode_tool.events import Event
from genode_tool.tree import BuildDirectory

_GLOBAL = """
-include $(BUILD_BASE_DIR)/etc/tools.conf
CUSTOM_CXX ?= g++
SRC     := $(SRC_CC)
OBJECTS := $(addsuffix .o,$(basename $(SRC)))
INC     := . $(INC_DIR) $(wildcard $(addsuffix /include,$(REPOSITORIES)))
$(wildcard $(OBJECTS)): $(MAKEFILE_LIST)
-include $(OBJECTS:.o=.d)
%.o: %.cc
\t@echo -e "    COMPILE  "$@
\t$(VERBOSE)$(CUSTOM_CXX) -MMD -MP -MT '$@' $(CC_OPT) $(addprefix -I,$(INC)) -c $< -o $@
"""

_UTIL = """
select_from_repositories = $(firstword $(foreach REP,$(REPOSITORIES),$(wildcard $(REP)/$(1))))
"""

_PRG = """
all:
include $(BASE_DIR)/mk/util.inc
PRG_DIR := $(REP_DIR)/src/$(PRG_REL_DIR)
include $(PRG_DIR)/target.mk
include $(foreach L,$(LIBS),$(call select_from_repositories,lib/import/import-$L.mk))
include $(SPEC_FILES)
vpath %.cc $(PRG_DIR)
include $(BASE_DIR)/mk/global.mk
STATIC := $(foreach l,$(ARCHIVES:.lib.a=),$(LIB_CACHE_DIR)/$l/$l.lib.a)
all: $(INSTALL_DIR)/$(TARGET)
$(SHARED_LIBS):
\t$(VERBOSE)ln -sf $(LIB_CACHE_DIR)/$(@:.lib.so=)/$(@:.lib.so=).abi.so $@
$(TARGET): $(OBJECTS) $(STATIC) $(SHARED_LIBS)
\t@echo -e "    LINK     "$@
\t$(VERBOSE)cat $^ > $@
$(INSTALL_DIR)/$(TARGET): $(TARGET)
\t$(VERBOSE)ln -sf $(CURDIR)/$< $@
"""

_LIBRARY = """
all:
\t@true
include $(BASE_DIR)/mk/util.inc
include $(SPEC_FILES)
include $(LIB_MK)
include $(foreach L,$(LIBS),$(call select_from_repositories,lib/import/import-$L.mk))
include $(BASE_DIR)/mk/global.mk
"""

_A = """
all: $(LIB).lib.tag
$(LIB).lib.a: $(OBJECTS)
\t@echo -e "    MERGE    "$@
\t$(VERBOSE)rm -f $@
\t$(VERBOSE)ar -rcs $@ $(OBJECTS)
$(LIB).lib.tag: $(LIB).lib.a
\t@touch $@
"""

_SO = """
all: $(INSTALL_DIR)/$(LIB).lib.so
$(LIB).lib.so: $(OBJECTS)
\t@echo -e "    MERGE    "$@
\t$(VERBOSE)cat $(OBJECTS) > $@
$(INSTALL_DIR)/$(LIB).lib.so: $(LIB).lib.so
\t$(VERBOSE)ln -sf $(CURDIR)/$< $@
"""

_ABI = """
all: $(LIB).abi.so
$(LIB).abi.so: $(SYMBOLS)
\t@echo -e "    CONVERT  "$@
\t$(VERBOSE)cp $< $@
"""

FILES: dict[str, str] = {
    "repos/base/mk/global.mk": _GLOBAL,
    "repos/base/mk/util.inc": _UTIL,
    "repos/base/mk/prg.mk": _PRG,
    "repos/base/mk/a.mk": _LIBRARY + _A,
    "repos/base/mk/so.mk": _LIBRARY + _SO,
    "repos/base/mk/abi.mk": _ABI,
    "repos/base/mk/spec/x86_64.mk": "SPECS += x86\n",
    "repos/base/include/base.h": "int base();\n",
    "repos/base/lib/mk/util.mk": "SRC_CC = util.cc\nvpath %.cc $(REP_DIR)/src/lib/util\n",
    "repos/base/lib/import/import-util.mk": "INC_DIR += $(BASE_DIR)/src/lib/util\n",
    "repos/base/src/lib/util/util.cc": '#include "util.h"\nint util() { return 1; }\n',
    "repos/base/src/lib/util/util.h": "int util();\n",
    "repos/base/src/app/one/target.mk": "TARGET = one\nSRC_CC = main.cc more.cc\nLIBS = util\n",
    "repos/base/src/app/one/main.cc": "#include <base.h>\nint one() { return 1; }\n",
    "repos/base/src/app/one/more.cc": '#include "util.h"\nint more() { return 2; }\n',
    "repos/base/src/app/two/target.mk": "TARGET = two\nSRC_CC = main.cc\n",
    "repos/base/src/app/two/main.cc": "int two() { return 2; }\n",
    "repos/base-hw/etc/specs.conf": "SPECS += hw\n",
    "repos/base-linux/etc/specs.conf": "SPECS += linux\n",
}

CONF = """
GENODE_DIR  := {tree}
BASE_DIR    := $(GENODE_DIR)/repos/base
CONTRIB_DIR := $(GENODE_DIR)/contrib
KERNEL ?= hw
BOARD  ?= pc
REPOSITORIES += $(GENODE_DIR)/repos/base-$(KERNEL) $(GENODE_DIR)/repos/base
"""


class SmallTree:
    """The tree at `path/tree` and a build directory for it at `path/build`."""

    def __init__(self, path: Path) -> None:
        self.path = path / "tree"
        self.build = path / "build"
        for name, text in FILES.items():
            self.write(name, text)
        (self.build / "etc").mkdir(parents=True)
        (self.build / "etc/build.conf").write_text(CONF.format(tree=self.path))
        (self.build / "etc/specs.conf").write_text("SPECS += x86_64\n")
        self.events: list[Event] = []

    def write(self, name: str, text: str) -> Path:
        """Write a file of the tree; a changed one gets a time of its own."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        if before and path.stat().st_mtime_ns <= before:
            os.utime(path, ns=(before + 10_000_000, before + 10_000_000))
        return path

    def append(self, name: str, text: str) -> None:
        """Append to a file of the tree."""
        path = self.path / name
        self.write(name, path.read_text() + text)

    def touch(self, name: str) -> None:
        """Give a file of the tree a new time."""
        os.utime(self.path / name)

    def open(self, overrides: Mapping[str, str] | None = None) -> BuildDirectory:
        """Open the build directory."""
        return BuildDirectory.open(self.build, overrides)

    def make(
        self,
        *goals: str,
        overrides: Mapping[str, str] | None = None,
        keep_going: bool = False,
        dry_run: bool = False,
        strict: bool = False,
        jobs: int | None = 2,
    ) -> BuildResult:
        """Build; the events are in `events` afterwards."""
        self.events = []
        return make(
            self.open(overrides),
            goals,
            jobs=jobs,
            keep_going=keep_going,
            dry_run=dry_run,
            strict=strict,
            sink=self.events.append,
        )

    @property
    def said(self) -> list[str]:
        """The traditional lines of the last build, sorted."""
        return sorted(
            event.text
            for event in self.events
            if isinstance(event, BuildStepFinished) and not event.quiet
        )

    @property
    def failed(self) -> list[BuildStepFailed]:
        """The failed steps of the last build."""
        return [event for event in self.events if isinstance(event, BuildStepFailed)]

    @property
    def evaluated(self) -> int | None:
        """The number of descriptions and leaves that the last build evaluated, None for none."""
        for event in self.events:
            if isinstance(event, GraphReady):
                return event.evaluated
        return None
