#
# Abuse of the kernel interface, see main.cc
#

TARGET   := test-hw_abuse
REQUIRES := hw x86_64
SRC_CC   := main.cc cases.cc noise.cc
LIBS     := base

INC_DIR += $(PRG_DIR)

# what looks like nonsense to the compiler is the purpose of the test
CC_OPT_cases := -Wno-array-bounds -Wno-infinite-recursion
