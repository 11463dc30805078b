#
# From sources to objects
#
# SRC_CC, SRC_C, SRC_S name source files relative to a directory in the search
# path ('vpath'). SRC_BIN names files whose content becomes part of the binary,
# between the symbols _binary_<name>_start and _binary_<name>_end.
#

SRC_O   = $(addprefix binary_,$(addsuffix .o,$(notdir $(SRC_BIN))))
OBJECTS = $(sort $(addsuffix .o,$(basename $(SRC_CC) $(SRC_C) $(SRC_S))) $(SRC_O))

#
# Objects keep the directory part of their source's name
#
OBJ_DIRS = $(filter-out ./,$(sort $(dir $(OBJECTS))))

ifneq ($(OBJ_DIRS),)
$(OBJECTS): | $(OBJ_DIRS)

$(OBJ_DIRS):
	$(VERBOSE)mkdir -p $@
endif

-include $(OBJECTS:.o=.d)

%.o: %.cc
	$(MSG_COMP)$@
	$(VERBOSE)$(CXX) $(CXX_DEF) $(CC_DEF) $(CC_CXX_OPT) $(INCLUDES) -c $< -o $@

%.o: %.c
	$(MSG_COMP)$@
	$(VERBOSE)$(CC) $(CC_DEF) $(CC_C_OPT) $(INCLUDES) -c $< -o $@

%.o: %.S
	$(MSG_ASSEM)$@
	$(VERBOSE)$(CC) $(CC_DEF) $(CC_C_OPT) $(INCLUDES) -c $< -o $@

%.o: %.s
	$(MSG_ASSEM)$@
	$(VERBOSE)$(CC) $(CC_MARCH) $(CC_OPT_REPRODUCIBLE) -g -c $< -o $@

_binary_symbol = _binary_$(subst -,_,$(subst .,_,$*))

binary_%.o: %
	$(MSG_CONVERT)$@
	$(VERBOSE)printf '.section .rodata\n.balign 16\n.global %s, %s\n%s: .incbin "%s"\n%s:\n' \
	        $(_binary_symbol)_start $(_binary_symbol)_end \
	        $(_binary_symbol)_start $< $(_binary_symbol)_end | $(AS) $(AS_MARCH) -o $@ -
