#
# Core as a Linux process
#

TARGET   = core-linux
REQUIRES = linux

SRC_S  = start.s
SRC_CC = main.cc pd.cc loader.cc init_parent.cc core_platform.cc log.cc

# the platform layer, as used by components
SRC_CC += objects.cc transport.cc ipc.cc memory.cc

# the part of the base library that core has a use for
include $(BASE_DIR)/lib/mk/base-common.inc
SRC_CC += rpc.cc entrypoint.cc heap.cc cxx.cc

INC_DIR     += $(PRG_DIR) $(REP_DIR)/src/include $(REP_DIR)/src/lib/ld/linux \
               $(BASE_DIR)/src/lib
REP_INC_DIR += src/include/spec/$(ARCH)

vpath start.s       $(PRG_DIR)/spec/$(ARCH)
vpath objects.cc    $(REP_DIR)/src/lib/ld/linux
vpath transport.cc  $(REP_DIR)/src/lib/ld/linux
vpath ipc.cc        $(REP_DIR)/src/lib/ld/linux
vpath memory.cc     $(REP_DIR)/src/lib/ld/linux
vpath rpc.cc        $(BASE_DIR)/src/lib/base
vpath entrypoint.cc $(BASE_DIR)/src/lib/base
vpath heap.cc       $(BASE_DIR)/src/lib/base
vpath cxx.cc        $(BASE_DIR)/src/lib/base
