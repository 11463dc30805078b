TARGET = timer
SRC_CC = main.cc
LIBS   = base
