TARGET = test-timer
SRC_CC = main.cc
LIBS   = base
