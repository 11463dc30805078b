"""The makefile around a recipe's `content.mk`: the functions that it may call.

`port_dir` finds the directory of a prepared port by the description's hash file. A port that is
not prepared is reported by a message that begins with `MISSING_PORT`, and expands to nothing.
"""

from __future__ import annotations

NAME = "content frame"
"""The file name that locations in the frame have."""

NEEDED_PORT = "@needs "
MISSING_PORT = "@port "
NO_HASH_FILE = "@nohash "

_TEXT = f"""
_port_version = $(strip $(file <$1.hash))
_port_place   = $(wildcard $(CONTRIB_DIR)/$(notdir $1)-$(_port_version))
_port_check   = $(if $(wildcard $1.hash),,$(info {NO_HASH_FILE}$1))
_port_search  = $(or $(_port_place),$(info {MISSING_PORT}$(notdir $1)))
_port_note    = $(info {NEEDED_PORT}$(notdir $1))
port_dir      = $(_port_note)$(_port_check)$(if $(wildcard $1.hash),$(_port_search))

mirror_from_rep_dir = mkdir -p $(@D); cp -r $(REP_DIR)/$@ $(@D)/

.NOTPARALLEL:
"""


def before() -> bytes:
    """Return the makefile that stands before the recipe's."""
    return _TEXT.encode()
