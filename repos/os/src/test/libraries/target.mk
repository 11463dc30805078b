TARGET  = test-libraries
SRC_CC  = main.cc
SRC_BIN = motto.txt
LIBS    = base test-greeting test-words test-phrase
