#
# Build a program
#
# Evaluated in the program's directory below the build directory, with
#
#   REP_DIR, PRG_REL_DIR      repository, and the program's directory below its src/
#   ARCHIVES, SHARED_LIBS     libraries to link: a.lib.a ..., b.lib.so ...
#   BASE_DIR, REPOSITORIES    the base repository, all repositories by priority
#   BUILD_BASE_DIR, LIB_CACHE_DIR, INSTALL_DIR, DEBUG_DIR
#   SPECS, SPEC_FILES         what is built for, and the files that describe it
#
# The program's target.mk sets TARGET, SRC_*, LIBS, and optionally INC_DIR,
# CC_OPT, LD_OPT, PRG_LD_OPT, LD_SCRIPT_*, BUILD_ARTIFACTS, CONFIG_XSD, and rules of its own.
#

all:
	@true

include $(BASE_DIR)/mk/util.inc

#
# The specs come first because a description may depend on what they say, while
# its own settings still win: specs assign with '?='.
#
include $(SPEC_FILES)

PRG_DIR := $(REP_DIR)/src/$(PRG_REL_DIR)
include $(PRG_DIR)/target.mk

include $(foreach L,$(LIBS),$(call select_from_repositories,lib/import/import-$(L).mk))

vpath % $(PRG_DIR)

include $(BASE_DIR)/mk/global.mk
include $(BASE_DIR)/mk/generic.mk

STATIC_LIBS := $(foreach A,$(sort $(ARCHIVES)),$(call linked_a,$(A)))
DYN_LIBS    := $(foreach S,$(sort $(SHARED_LIBS)),$(call linked_so,$(S)))

#
# A program that uses a shared library, if only the dynamic linker itself, is
# a component: it is entered by the dynamic linker. Any other program stands on
# its own, like core.
#
ifneq ($(DYN_LIBS),)
LD_SCRIPT   = $(LD_SCRIPT_DYN)
PRG_LD_OPT ?= -Ttext-segment=$(LD_TEXT_ADDR) --no-undefined \
              --dynamic-linker=ld.lib.so \
              --entry=$(COMPONENT_ENTRY) --require-defined=$(COMPONENT_ENTRY)
else
LD_SCRIPT   = $(LD_SCRIPT_STATIC)
PRG_LD_OPT ?= -Ttext-segment=$(LD_TEXT_ADDR) -static --no-undefined --entry=_start --require-defined=_start
endif

ifneq ($(TARGET),)

all: $(TARGET) $(CUSTOM_TARGET_DEPS)

$(TARGET): $(OBJECTS) $(STATIC_LIBS) $(DYN_LIBS) $(wildcard $(LD_SCRIPT))
	$(MSG_LINK)$@
	$(VERBOSE)$(LD) $(LD_OPT) $(PRG_LD_OPT) $(addprefix -T ,$(LD_SCRIPT)) -o $@ \
	        --whole-archive --start-group $(OBJECTS) $(STATIC_LIBS) $(DYN_LIBS) \
	        --end-group --no-whole-archive

PRODUCT := $(TARGET)
include $(BASE_DIR)/mk/install.mk

endif

# the schema of the program's configuration is delivered with the program
CONFIG_XSD ?= $(notdir $(wildcard $(PRG_DIR)/config.xsd))

ifneq ($(CONFIG_XSD),)
ifneq ($(INSTALL_DIR),)
all: $(INSTALL_DIR)/$(TARGET).xsd

$(INSTALL_DIR)/$(TARGET).xsd: $(PRG_DIR)/$(CONFIG_XSD)
	$(VERBOSE)ln -sf $< $@
endif
endif

clean:
	$(VERBOSE)rm -f $(OBJECTS) $(OBJECTS:.o=.d) $(TARGET) $(TARGET).stripped $(TARGET).debug

.PHONY: all clean
