#
# LZ4: fast compression
#

SHARED_LIB = yes

LIBS = base libc

LZ4_DIR := $(call select_from_ports,lz4)/src/lib/lz4/lz4libs

SRC_C = lz4.c lz4frame.c lz4hc.c xxhash.c

INC_DIR += $(LZ4_DIR)

# the hash functions are under names of their own, as other libraries may have them, too
CC_OPT += -DXXH_NAMESPACE=LZ4_

CC_WARN =

vpath %.c $(LZ4_DIR)
