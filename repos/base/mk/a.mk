#
# Build a static library
#
# Evaluated in $(LIB_CACHE_DIR)/$(LIB), with the variables named in prg.mk
# (PRG_REL_DIR excepted), and
#
#   LIB, LIB_MK    name of the library, path of its description
#
# A library without sources yields an empty archive: it exists to pull in others.
#

include $(BASE_DIR)/mk/lib.inc

LIB_A := $(LIB).lib.a

all: $(LIB_A) $(CUSTOM_TARGET_DEPS)

# an archive is made anew, otherwise objects of removed sources would stay in it
$(LIB_A): $(OBJECTS)
	$(MSG_MERGE)$@
	$(VERBOSE)rm -f $@
	$(VERBOSE)$(AR) rcsD $@ $(OBJECTS)
