#
# The interpreter of the language Lua, as its authors deliver it
#
# Its arguments are in the configuration, scripts are ROM modules.
#

TARGET = lua
LIBS   = libc_main libc base

LUA_DIR := $(call select_from_ports,lua)/src/app/lua/src

SRC_C = lua.c \
        lapi.c lauxlib.c lbaselib.c lcode.c lcorolib.c lctype.c ldblib.c ldebug.c ldo.c \
        ldump.c lfunc.c lgc.c linit.c liolib.c llex.c lmathlib.c lmem.c loadlib.c lobject.c \
        lopcodes.c loslib.c lparser.c lstate.c lstring.c lstrlib.c ltable.c ltablib.c ltm.c \
        lundump.c lutf8lib.c lvm.c lzio.c

INC_DIR += $(LUA_DIR)

# warnings are the business of those who maintain the code
CC_WARN =

vpath %.c $(LUA_DIR)
