TARGET = test-fault-observer
SRC_CC = main.cc
LIBS   = base
