#
# For whoever uses the library: where its headers are
#
ZLIB_PORT := $(call select_from_ports,zlib)

INC_DIR += $(ZLIB_PORT)/src/lib/zlib
