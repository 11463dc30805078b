TARGET = test-log
SRC_CC = main.cc
LIBS   = base
