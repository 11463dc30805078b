#
# For programs with a function 'main'
#

SRC_CC = main.cc
LIBS   = base libc

vpath main.cc $(REP_DIR)/src/lib/libc_main
