#
# For whoever uses the library: where its headers are
#
INC_DIR += $(call select_from_ports,lz4)/src/lib/lz4/lz4libs
