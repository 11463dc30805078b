"""The makefile around a port description: the names it may use, and the order of the steps.

The variables and functions that descriptions use stand before the included description, the rules
behind it. The recipes of the frame that say `STEP` are carried out by this process; those of the
description run in the shell. What the description adds to the prerequisites of `default` comes
before what the frame adds, as under the original.
"""

from __future__ import annotations

from collections.abc import Iterable

NAME = "port frame"
"""The file name that locations in the frame have."""

GOAL = "default"

_VARIABLES = """
default:
.NOTPARALLEL:

CONTRIB_DIR    ?= $(GENODE_DIR)/contrib
PORTS_TOOL_DIR ?= $(GENODE_DIR)/tool/ports
SHELL          := bash
VERBOSE        ?= @
ECHO           := echo -e
GIT            := git --git-dir=.git
REP_DIR        := $(patsubst %/ports/,%,$(dir $(PORT)))
PATCH_OPT      ?= -p0

MSG_PREFIX_TXT := $(patsubst %.port,%,$(notdir $(PORT))):$() $()
MSG_PREFIX     := $(ECHO) "$(MSG_PREFIX_TXT)"
MSG_DOWNLOAD   := $(MSG_PREFIX)"download "
MSG_APPLY      := $(MSG_PREFIX)"apply "
MSG_UPDATE     := $(MSG_PREFIX)"update "
MSG_INSTALL    := $(MSG_PREFIX)"install "
MSG_GENERATE   := $(MSG_PREFIX)"generate "
MSG_EXTRACT    := $(MSG_PREFIX)"extract "
MSG_GIT        := $(MSG_PREFIX_TXT)git$() $()

check_tool          = $(info @tool $(strip $1))
check_python_module = $(info @python $(strip $1))
"""

_RULES = """
default: $(DOWNLOADS) _patch _hash_file _dirs

_patch_steps := $(addprefix phony/patches/,$(PATCHES))
_dir_steps   := $(addprefix phony/dirs/,$(DIRS))

_patch: $(_patch_steps)
_dirs: $(DOWNLOADS) $(_dir_steps)

$(_patch_steps): $(DOWNLOADS)
$(_dir_steps): _patch

%.archive: %.file
	STEP
%.debian: %.file
	STEP
%.pypi: %.file
	STEP
%.file:
	STEP
%.git:
	STEP
%.sparse-git:
	STEP
%.svn:
	STEP
phony/patches/%:
	STEP
_hash_file:
	STEP

_undefined = $(error $(notdir $(PORT)): $1 is not defined, but DIRS has an entry for it)

phony/dirs/%:
	mkdir -p $*
	cp -Lrf $(or $(strip $(DIR_CONTENT($*))),$(call _undefined,DIR_CONTENT($*))) $*
"""

# What the tree's `hash.inc` finds: the hash file that its rule makes, and whether the makefiles of
# the port tools count.
_HASHING = """
_DST_HASH_FILE := _hash_file_of_the_tree
STRICT_HASH    := no
"""

_STEP = "STEP"
PATCH = "phony/patches/"
"""The beginning of the name of a step that applies a patch."""
DIRECTORY = "phony/dirs/"
"""The beginning of the name of a step that fills an entry of DIRS."""
TOOL_MARK = "@tool "
PYTHON_MARK = "@python "


def before() -> bytes:
    """Return the makefile that stands before the description."""
    return _VARIABLES.encode()


def behind() -> bytes:
    """Return the makefile that stands behind the description."""
    return _RULES.encode()


def before_hashing() -> bytes:
    """Return the makefile that stands before the tree's makefile about hashes."""
    return _HASHING.encode()


def is_step(lines: Iterable[str]) -> bool:
    """Return whether the recipe with these lines is one that this process carries out."""
    return [line.strip() for line in lines] == [_STEP]
