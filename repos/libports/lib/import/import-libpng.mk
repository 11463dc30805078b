#
# For whoever uses the library: where its headers are
#
LIBPNG_PORT := $(call select_from_ports,libpng)

INC_DIR += $(LIBPNG_PORT)/src/lib/libpng
INC_DIR += $(call select_from_repositories,include/libpng)

include $(call select_from_repositories,lib/import/import-zlib.mk)
