#
# expat: an XML parser
#

SHARED_LIB = yes

LIBS = base libc

EXPAT_DIR := $(call select_from_ports,expat)/src/lib/expat/expat/lib

SRC_C = xmlparse.c xmlrole.c xmltok.c

INC_DIR += $(EXPAT_DIR) $(REP_DIR)/src/lib/expat

CC_WARN =

vpath %.c $(EXPAT_DIR)
