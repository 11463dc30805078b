SHARED_LIB = yes

SRC_CC = greeting.cc
LIBS   = base test-words

INC_DIR += $(REP_DIR)/src/test/shared_lib

vpath %.cc $(REP_DIR)/src/test/shared_lib
