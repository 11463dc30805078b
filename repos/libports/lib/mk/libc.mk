#
# C library
#
# What there is of it is in the headers at 'include/libc'. The functions that the compiler
# refers to, 'memcpy' and the like, are in the base library.
#

SHARED_LIB = yes

LIBS = base

LIBC_DIR := $(REP_DIR)/src/lib/libc

SRC_CC += calendar.cc clock.cc ctype.cc error.cc format.cc format_float.cc heap.cc init.cc \
          integer.cc locale.cc print_to_memory.cc signal.cc sort.cc stdio.cc stream.cc \
          strftime.cc string.cc strings_on_heap.cc strtod.cc
SRC_CC += math_basic.cc math_exp.cc math_trig.cc
SRC_CC += random.cc
SRC_S  += setjmp.s stack.s

INC_DIR     += $(LIBC_DIR)
INC_DIR     += $(REP_DIR)/include/libc
REP_INC_DIR += src/lib/libc/spec/$(ARCH)

# square roots are a single instruction, and errors are told by results alone
CC_OPT += -fno-math-errno

# loops over bytes must not become calls to the very function they implement
CC_OPT += -fno-tree-loop-distribute-patterns

vpath %.cc $(LIBC_DIR)
vpath %.cc $(LIBC_DIR)/spec/$(ARCH)
vpath %.s  $(LIBC_DIR)/spec/$(ARCH)
