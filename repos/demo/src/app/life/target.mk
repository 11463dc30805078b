TARGET = life
SRC_CC = main.cc
LIBS   = base
