TARGET = test-platform
SRC_CC = main.cc events.cc memory.cc calls.cc
LIBS   = base

INC_DIR += $(PRG_DIR) $(PRG_DIR)/..
