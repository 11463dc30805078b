TARGET = init
SRC_CC = main.cc child.cc child_client.cc child_server.cc exported.cc route.cc
LIBS   = base

INC_DIR += $(PRG_DIR)
