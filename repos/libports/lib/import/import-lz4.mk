#
# For whoever uses the library: where its headers are
#
LZ4_PORT := $(call select_from_ports,lz4)

INC_DIR += $(LZ4_PORT)/src/lib/lz4/lz4libs
