#
# For whoever uses the library: where its header is
#
INC_DIR += $(call select_from_repositories,src/test/libraries)
