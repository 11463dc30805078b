#
# Test of the kernel interface, see main.cc
#

TARGET := test-kernel
SRC_CC := main.cc communication.cc local.cc lifetime.cc roles.cc
LIBS   := base

INC_DIR += $(PRG_DIR)
