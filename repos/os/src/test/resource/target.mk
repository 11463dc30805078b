TARGET = test-resource
SRC_CC = main.cc
LIBS   = base
