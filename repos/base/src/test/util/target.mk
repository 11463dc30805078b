TARGET = test-util
SRC_CC = main.cc
LIBS   = base
