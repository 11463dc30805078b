TARGET = test-platform-peer
SRC_CC = main.cc
LIBS   = base

INC_DIR += $(PRG_DIR)/..
