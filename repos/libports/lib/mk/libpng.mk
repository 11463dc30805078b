#
# libpng: reading and writing of pictures
#

SHARED_LIB = yes

LIBS = base libc zlib

LIBPNG_DIR := $(call select_from_ports,libpng)/src/lib/libpng

SRC_C = png.c pngerror.c pngget.c pngmem.c pngpread.c pngread.c pngrio.c pngrtran.c pngrutil.c \
        pngset.c pngtrans.c pngwio.c pngwrite.c pngwtran.c pngwutil.c

INC_DIR += $(LIBPNG_DIR) $(REP_DIR)/include/libpng

# the variants for certain processors need headers of the compiler
CC_OPT += -DPNG_INTEL_SSE_OPT=0 -DPNG_ARM_NEON_OPT=0

CC_WARN =

vpath %.c $(LIBPNG_DIR)
