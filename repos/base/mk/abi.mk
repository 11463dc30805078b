#
# Make the stub of a shared library from the list of its symbols
#
# Evaluated in $(LIB_CACHE_DIR)/$(LIB) with LIB, SYMBOLS, BASE_DIR,
# BUILD_BASE_DIR, REPOSITORIES, SPECS and SPEC_FILES.
#
# The stub has the names of the library and neither code nor data. It is linked,
# and never loaded. Each line of the list has a symbol, its type as printed by
# 'nm', and for data its size in bytes:
#
#   T function, W weak function, D R B data (of any kind), V weak data
#

all:
	@true

.PHONY: all

include $(BASE_DIR)/mk/util.inc
include $(SPEC_FILES)
include $(BASE_DIR)/mk/global.mk

all: $(LIB).abi.so

symbols.s: $(SYMBOLS)
	$(MSG_CONVERT)$@
	$(VERBOSE)awk '/^#/ || NF < 2 { next } \
	     { weak = $$2 ~ /[WV]/; data = $$2 ~ /[DRBV]/; \
	       print (data ? ".data" : ".text"); \
	       print (weak ? ".weak " : ".global ") $$1; \
	       print ".type " $$1 ", " (data ? "%object" : "%function"); \
	       print ".size " $$1 ", " (NF > 2 ? $$3 : 1); \
	       print $$1 ": .skip 1" }' $< > $@

symbols.o: symbols.s
	$(MSG_ASSEM)$@
	$(VERBOSE)$(AS) $(AS_MARCH) -o $@ $<

$(LIB).abi.so: symbols.o $(LD_SCRIPT_SO)
	$(MSG_MERGE)$@
	$(VERBOSE)$(LD) -shared -soname=$(LIB).lib.so $(LD_MARCH) --hash-style=sysv --build-id=none \
	        -z max-page-size=0x1000 -z noexecstack -T $(LD_SCRIPT_SO) -o $@ $<
