#
# zlib: compression and expansion in memory
#
# The functions named 'gz...', which work on files, are left out: there are no files to write.
#

SHARED_LIB = yes

LIBS = base libc

ZLIB_DIR := $(call select_from_ports,zlib)/src/lib/zlib

SRC_C = adler32.c compress.c crc32.c deflate.c infback.c inffast.c inflate.c inftrees.c \
        trees.c uncompr.c zutil.c

INC_DIR += $(ZLIB_DIR) $(REP_DIR)/src/lib/zlib

# warnings are the business of those who maintain the code
CC_WARN =

vpath %.c $(ZLIB_DIR)
