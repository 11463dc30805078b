TARGET = test-fault-victim
SRC_CC = main.cc
LIBS   = base
