"""Large inputs for the make language: generated makefiles, and trees with nothing to do.

Each function writes a makefile into an empty directory; both peers of `bench/makefile.py` read it.
"""

from __future__ import annotations

import os
from pathlib import Path

_SOURCES_TIME = 1_000_000_000
"""Modification time of the sources, in seconds; objects are younger."""

_CALLS = """\
all:
digits := 0 1 2 3 4 5 6 7 8 9
thousands := $(foreach a,$(digits),$(foreach b,$(digits),$(foreach c,$(digits),$a$b$c)))
numbers := $(thousands) $(addprefix 1,$(thousands)) $(addprefix 2,$(thousands))
pair = $(1)_$(2)
tag = $(call pair,$(patsubst %0,even_%,$(1)),$(words $(2)))
mixed = $(if $(filter %7,$(1)),$(subst 0,o,$(call tag,$(1),a b c)),$(addsuffix .x,$(1)))
tags := $(foreach n,$(numbers),$(call tag,$(n),one two three))
mixes := $(foreach n,$(numbers),$(call mixed,$(n)))
define module
NAME_$(1) := module_$(1)
SRC_$(1) := $(addprefix src/,$(addsuffix .c,a b c))
OBJ_$(1) = $$(SRC_$(1):.c=.o) $(2)
lib_$(1): $$(OBJ_$(1))
all_$(1): VALUE = $$(NAME_$(1))
endef
$(foreach n,$(thousands),$(eval $(call module,$(n),$(call pair,x,$(n)).o)))
total := $(foreach n,$(thousands),$(NAME_$(n)) $(sort $(OBJ_$(n))) $(firstword $(SRC_$(n))))
all: ; @echo $(words $(tags)) $(words $(mixes)) $(words $(total))
"""


def rules_and_variables(place: Path, count: int) -> None:
    """Write `count` variables and `count` rules, none of which the only goal needs."""
    lines = ["all: ; @echo $(VALUE_1)"]
    for number in range(count):
        if number % 2:
            lines.append(f"VALUE_{number} = $(VALUE_{number // 2}) word{number}")
        else:
            lines.append(f"VALUE_{number} := part{number} of $(NAME)")
    for number in range(count):
        lines.append(f"dir{number % 100}/file{number}.o: dir{number % 100}/file{number}.c all.h")
        lines.append(f"\t$(CC) $(FLAGS_{number}) -c $< -o $@")
    (place / "Makefile").write_text("\n".join(lines) + "\n")


def calls(place: Path) -> None:
    """Write a makefile that calls functions, in loops, and evaluates what they return."""
    (place / "Makefile").write_text(_CALLS)


def up_to_date(place: Path, count: int) -> None:
    """Write `count` sources and objects, all up to date, with a pattern rule between them."""
    for directory in ("src", "obj"):
        (place / directory).mkdir()
    for number in range(count):
        source = place / "src" / f"file{number}.c"
        source.write_text("")
        os.utime(source, (_SOURCES_TIME, _SOURCES_TIME))
        (place / "obj" / f"file{number}.o").write_text("")
    names = " ".join(f"obj/file{number}.o" for number in range(count))
    (place / "Makefile").write_text(
        f"OBJECTS := {names}\nall: $(OBJECTS)\nobj/%.o: src/%.c\n\t$(CC) -c $< -o $@\n"
    )
