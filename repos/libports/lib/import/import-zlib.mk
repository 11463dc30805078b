#
# For whoever uses the library: where its headers are
#
INC_DIR += $(call select_from_ports,zlib)/src/lib/zlib
