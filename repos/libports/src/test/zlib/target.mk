TARGET = test-zlib
SRC_C  = main.c
LIBS   = base libc libc_main zlib
