TARGET = test-routing-client
SRC_CC = main.cc
LIBS   = base

INC_DIR += $(PRG_DIR)/..
