#
# Deliver a linked file: 'bin/' gets it without debug information, 'debug/'
# gets the same file next to its debug information, which debuggers find by
# the link inside.
#
# PRODUCT names the file. STRIP_TARGET_CMD may replace the way of stripping,
# DEBUG_PRODUCT the file that 'debug/' gets.
#

STRIP_TARGET_CMD ?= $(STRIP) -o $@ $<
DEBUG_PRODUCT    ?= $(PRODUCT).stripped

$(PRODUCT).debug: $(PRODUCT)
	$(VERBOSE)$(OBJCOPY) --only-keep-debug $< $@

$(PRODUCT).stripped: $(PRODUCT) $(PRODUCT).debug
	$(VERBOSE)$(STRIP_TARGET_CMD)
	$(VERBOSE)$(OBJCOPY) --add-gnu-debuglink=$(PRODUCT).debug $@

ifneq ($(INSTALL_DIR),)
all: $(INSTALL_DIR)/$(PRODUCT)

$(INSTALL_DIR)/$(PRODUCT): $(PRODUCT).stripped
	$(VERBOSE)ln -sf $(CURDIR)/$< $@
endif

ifneq ($(DEBUG_DIR),)
all: $(DEBUG_DIR)/$(PRODUCT) $(DEBUG_DIR)/$(PRODUCT).debug

$(DEBUG_DIR)/$(PRODUCT): $(DEBUG_PRODUCT)
	$(VERBOSE)ln -sf $(CURDIR)/$< $@

$(DEBUG_DIR)/$(PRODUCT).debug: $(PRODUCT).debug
	$(VERBOSE)ln -sf $(CURDIR)/$< $@
endif
