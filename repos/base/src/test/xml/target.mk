TARGET = test-xml
SRC_CC = main.cc
LIBS   = base
