#
# Tools, options, and messages used by all rule files
#
# Included after the target's or library's description, which may have set any
# of the variables assigned with '?=' and added to those extended with '+='.
#

-include $(call select_from_repositories,etc/tools.conf)
-include $(BUILD_BASE_DIR)/etc/tools.conf

#
# Tools
#

CUSTOM_CC      ?= $(CROSS_DEV_PREFIX)gcc
CUSTOM_CXX     ?= $(CROSS_DEV_PREFIX)g++
CUSTOM_LD      ?= $(CROSS_DEV_PREFIX)ld
CUSTOM_AS      ?= $(CROSS_DEV_PREFIX)as
CUSTOM_AR      ?= $(CROSS_DEV_PREFIX)ar
CUSTOM_NM      ?= $(CROSS_DEV_PREFIX)nm
CUSTOM_OBJCOPY ?= $(CROSS_DEV_PREFIX)objcopy
CUSTOM_STRIP   ?= $(CROSS_DEV_PREFIX)strip

CC      = $(CUSTOM_CC)
CXX     = $(CUSTOM_CXX)
LD      = $(CUSTOM_LD)
AS      = $(CUSTOM_AS)
AR      = $(CUSTOM_AR)
NM      = $(CUSTOM_NM)
OBJCOPY = $(CUSTOM_OBJCOPY)
STRIP   = $(CUSTOM_STRIP)

ECHO ?= echo

#
# Compiler options
#

CC_OLEVEL ?= -O2
CC_WARN   ?= -Wall -Wextra -Werror

#
# Code is position-independent everywhere: one archive serves programs and
# shared libraries, and data of a shared library is reached through the GOT,
# never by copying it into the program.
#
CC_OPT_PIC ?= -fPIC

# nothing from outside of the source tree, not even the compiler's headers
CC_OPT_FREESTANDING ?= -ffreestanding -nostdinc

# protections that would need support by a C run-time
CC_OPT_PLAIN ?= -fno-stack-protector -fcf-protection=none

# each function on its own, so that the linker can leave out unused ones
CC_OPT_SECTIONS ?= -ffunction-sections -fdata-sections

# frame pointers make a backtrace possible, unwind tables would be dead weight
CC_OPT_FRAMES ?= -fno-omit-frame-pointer -fno-asynchronous-unwind-tables

#
# The same sources yield the same bytes wherever they are built: debug
# information and __FILE__ name a source file by its repository
# ('base/src/...') or port, a generated file relative to its build directory. Named are
# the places of the repositories, not the repositories: the commands of what all
# kernels share must not differ by the kernel that is built for.
#
CC_OPT_REPRODUCIBLE = $(foreach D,$(sort $(dir $(REPOSITORIES))),-ffile-prefix-map=$(D)=) \
                      $(CONTRIB_DIR:%=-ffile-prefix-map=%/=) \
                      -ffile-prefix-map=$(CURDIR)=.

# the compiler reports the headers it read, also of files that vanish later
CC_OPT_DEP = -MMD -MP -MT $@

CC_OPT += $(CC_MARCH) $(CC_OLEVEL) -g $(CC_WARN) $(CC_OPT_PIC) \
          $(CC_OPT_FREESTANDING) $(CC_OPT_PLAIN) $(CC_OPT_SECTIONS) \
          $(CC_OPT_FRAMES) $(CC_OPT_REPRODUCIBLE) $(CC_OPT_DEP)

# options for a single source file: CC_OPT_<name with dots replaced by underscores>
CC_OPT += $(CC_OPT_$(subst .,_,$*))

CC_CXX_OPT_STD ?= -std=c++20
CC_CXX_OPT_ENV ?= -fno-exceptions -fno-rtti -fno-threadsafe-statics -nostdinc++

CC_C_OPT   += $(CC_OPT)
CC_CXX_OPT += $(CC_CXX_OPT_STD) $(CC_CXX_OPT_ENV) $(CC_OPT)

#
# Linker options
#

LD_OPT += $(LD_MARCH) --gc-sections --hash-style=sysv --build-id=none \
          -z max-page-size=0x1000 -z noexecstack -z norelro -z now

LD_SCRIPT_STATIC ?= $(BASE_DIR)/src/ld/elf.ld
LD_SCRIPT_DYN    ?= $(BASE_DIR)/src/ld/elf.ld
LD_SCRIPT_SO     ?= $(BASE_DIR)/src/ld/elf.ld

# programs live at a fixed place, out of the way of the dynamic linker's
LD_TEXT_ADDR ?= 0x01000000

# the function that a component must have, 'Component::construct(Genode::Env &)'
COMPONENT_ENTRY := _ZN9Component9constructERN6Genode3EnvE

#
# Header directories, in the order of searching
#

ALL_INC_DIR := . $(INC_DIR) \
               $(foreach D,$(REP_INC_DIR),$(REPOSITORIES:=/$(D))) \
               $(REPOSITORIES:=/include)

INCLUDES = $(addprefix -I,$(wildcard $(ALL_INC_DIR)))

#
# Messages
#

VERBOSE ?= @

MSG_COMP    ?= @$(ECHO) "    COMPILE  "
MSG_ASSEM   ?= @$(ECHO) "    ASSEMBLE "
MSG_CONVERT ?= @$(ECHO) "    CONVERT  "
MSG_MERGE   ?= @$(ECHO) "    MERGE    "
MSG_LINK    ?= @$(ECHO) "    LINK     "
