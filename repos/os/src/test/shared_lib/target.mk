TARGET = test-shared_lib
SRC_CC = main.cc
LIBS   = base test-greeting test-words
