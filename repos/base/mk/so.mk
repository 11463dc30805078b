#
# Build a shared library
#
# Evaluated in $(LIB_CACHE_DIR)/$(LIB), with the variables named in a.mk, and
#
#   SYMBOLS    path of the list of symbols that make up the library's binary
#              interface, empty if it has none
#
# A library with a list exports exactly the listed symbols, and is checked to
# have all of them: programs linked against the stub must find what it promised.
#

include $(BASE_DIR)/mk/lib.inc

BUILD_ARTIFACTS ?= $(LIB).lib.so

ifneq ($(strip $(BUILD_ARTIFACTS)),)

LIB_SO      := $(LIB).lib.so
ABI_SYMBOLS ?= $(SYMBOLS)
STATIC_LIBS := $(foreach A,$(sort $(ARCHIVES)),$(call linked_a,$(A)))
DYN_LIBS    := $(foreach S,$(filter-out $(LIB_SO),$(sort $(SHARED_LIBS))),$(call linked_so,$(S)))

ifneq ($(ABI_SYMBOLS),)
LD_OPT_EXPORT := --version-script=exports.map

exports.map: $(ABI_SYMBOLS)
	$(MSG_CONVERT)$@
	$(VERBOSE)awk 'BEGIN { print "{ global:" } NF > 1 && !/^#/ { print "    " $$1 ";" } \
	               END { print "  local: *;\n};" }' $< > $@

CHECKED := $(LIB).checked

$(CHECKED): $(LIB_SO) $(ABI_SYMBOLS)
	$(VERBOSE)$(NM) -D --defined-only $(LIB_SO) | awk -v lib=$(LIB_SO) \
	        'FNR == NR { have[$$NF] = 1; next } \
	         NF > 1 && !/^#/ && !have[$$1] { \
	             print "Error: " lib " lacks " $$1 ", listed in " FILENAME; bad = 1 } \
	         END { exit bad }' - $(ABI_SYMBOLS)
	$(VERBOSE)touch $@
endif

all: $(LIB_SO) $(CHECKED) $(CUSTOM_TARGET_DEPS)

$(LIB_SO): $(OBJECTS) $(STATIC_LIBS) $(DYN_LIBS) $(LD_SCRIPT_SO) $(if $(ABI_SYMBOLS),exports.map)
	$(MSG_MERGE)$@
	$(VERBOSE)$(LD) -shared -soname=$(or $(SONAME),$@) $(LD_OPT) $(SO_LD_OPT) $(LD_OPT_EXPORT) \
	        -T $(LD_SCRIPT_SO) -o $@ \
	        --whole-archive --start-group $(OBJECTS) $(STATIC_LIBS) $(DYN_LIBS) \
	        --end-group --no-whole-archive

PRODUCT := $(LIB_SO)
include $(BASE_DIR)/mk/install.mk

endif
