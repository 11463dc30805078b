#
# 64-bit PC processors
#

SPECS += x86 64bit

ARCH := x86_64

REP_INC_DIR += include/spec/x86_64

CC_MARCH ?= -m64
LD_MARCH ?= -m elf_x86_64
AS_MARCH ?= --64
