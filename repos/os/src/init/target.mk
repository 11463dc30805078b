TARGET = init
SRC_CC = main.cc child.cc child_sessions.cc route.cc
LIBS   = base

INC_DIR += $(PRG_DIR)
