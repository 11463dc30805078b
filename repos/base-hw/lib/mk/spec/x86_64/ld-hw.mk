#
# Dynamic linker and base library for components on the hw kernel
#

SRC_CC += platform.cc

vpath platform.cc $(REP_DIR)/src/lib/ld/hw

include $(BASE_DIR)/lib/mk/ld.inc
