SHARED_LIB = yes

SRC_CC = words.cc
LIBS   = base

INC_DIR += $(REP_DIR)/src/test/libraries

vpath %.cc $(REP_DIR)/src/test/libraries
