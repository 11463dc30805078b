TARGET = test-expat
SRC_C  = main.c
LIBS   = base libc libc_main expat
