SRC_C = phrase.c

INC_DIR += $(REP_DIR)/src/test/libraries

vpath %.c $(REP_DIR)/src/test/libraries
