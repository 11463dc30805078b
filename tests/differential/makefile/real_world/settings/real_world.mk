# Settings that are chosen in a file, made complete by a program, and included, as a kernel's are:
# `settings.mk` comes from `settings`, and the dependencies of each unit from its source. Both are
# makefiles that are remade, after which everything is read again.

all:

include settings.mk

units-y := main
units-$(NET) += net
units-$(DISK) += disk
flags := $(foreach name,NET DISK DEPTH,-D$(name)=$($(name)))

$(info restarts: $(MAKE_RESTARTS), units: $(units-y))

all: image
image: $(units-y:=.o)
	cat $^ > $@

settings.mk: settings complete.sh
	@echo "  SETTINGS $@"
	@sh complete.sh < settings > $@

%.o: %.c settings.mk
	@echo "  COMPILE  $@ $(flags)"
	@{ echo "$(flags)"; cat $<; } > $@

%.d: %.c
	@echo "  DEPENDS  $@"
	@sed -n 's/^#include "\(.*\)"/$*.o $@: \1\n\1:/p' $< > $@

ifneq ($(MAKECMDGOALS),clean)
-include $(units-y:=.d)
endif

ifdef DEPTH
header-needed := depth-$(DEPTH).h
main.o: $(header-needed)
$(header-needed): ; @echo "  HEADER   $@" ; echo '$(DEPTH)' > $@
endif

.PHONY: all clean
clean: ; rm -f *.o *.d image settings.mk depth-*.h
