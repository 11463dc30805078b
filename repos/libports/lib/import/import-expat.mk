#
# For whoever uses the library: where its headers are
#
EXPAT_PORT := $(call select_from_ports,expat)

INC_DIR += $(EXPAT_PORT)/src/lib/expat/expat/lib
