SHARED_LIB = yes

SRC_CC = greeting.cc
LIBS   = base test-words test-phrase

INC_DIR += $(REP_DIR)/src/test/libraries

vpath %.cc $(REP_DIR)/src/test/libraries
