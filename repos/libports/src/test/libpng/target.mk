TARGET = test-libpng
SRC_C  = main.c
LIBS   = base libc libc_main libpng zlib
