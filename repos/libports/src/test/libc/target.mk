TARGET = test-libc
SRC_C  = main.c
LIBS   = base libc libc_main
