TARGET = test-routing-server
SRC_CC = main.cc
LIBS   = base

INC_DIR += $(PRG_DIR)/..
