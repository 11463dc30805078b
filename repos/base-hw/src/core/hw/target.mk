#
# Kernel and core, as one relocatable object
#
# The run tool links it with the boot modules to the image that is booted, see
# doc/image.md.
#

REQUIRES := hw x86_64
TARGET   := core-hw-pc.o

BOARD_DIR := $(REP_DIR)/src/core/pc

SRC_CC := $(notdir $(wildcard $(PRG_DIR)/*.cc) $(wildcard $(BOARD_DIR)/*.cc))
SRC_S  := boot.s entry.s

INC_DIR += $(PRG_DIR) $(BOARD_DIR)

vpath %.cc $(BOARD_DIR)
vpath %.s  $(BOARD_DIR)

# the kernel lives in the topmost 2 GiB, is interrupted at any point while it
# boots, and leaves FPU and vector registers to the components
CC_OPT_PIC := -fno-pic -mcmodel=kernel
CC_OPT     += -mno-red-zone -mgeneral-regs-only

# loops that implement memcpy and the like must not become calls to them
CC_OPT_memory += -fno-tree-loop-distribute-patterns

# the linker script belongs to the final image, so everything is kept for it
LD_SCRIPT_STATIC :=
PRG_LD_OPT       := -r --no-gc-sections

# symbols are needed for linking the image, debug information for one to debug
STRIP_TARGET_CMD = $(STRIP) --strip-debug -o $@ $<
DEBUG_PRODUCT    = $(PRODUCT)
