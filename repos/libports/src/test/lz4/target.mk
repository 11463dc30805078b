TARGET = test-lz4
SRC_C  = main.c
LIBS   = base libc libc_main lz4
