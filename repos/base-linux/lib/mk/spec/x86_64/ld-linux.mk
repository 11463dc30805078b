#
# The dynamic linker for components on Linux
#

SRC_CC += objects.cc transport.cc ipc.cc memory.cc component.cc sandbox.cc

INC_DIR     += $(REP_DIR)/src/include $(REP_DIR)/src/lib/ld/linux
REP_INC_DIR += src/include/spec/$(ARCH)

vpath %.cc $(REP_DIR)/src/lib/ld/linux

include $(BASE_DIR)/lib/mk/ld.inc
