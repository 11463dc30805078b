#
# For whoever uses the C library: where its headers are
#
INC_DIR += $(call select_from_repositories,include/libc)
