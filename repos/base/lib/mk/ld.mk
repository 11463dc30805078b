#
# The binary interface of the dynamic linker
#
# Programs use this library. They are linked against a stub made of the list
# 'lib/symbols/ld', and meet the real library when they are started: the
# kernel's variant, which a run script obtains with the goal 'lib/ld' and which
# is named 'ld.lib.so' in the boot directory. This is why one and the same program
# runs on each kernel.
#

LIBS += $(addprefix ld-,$(KERNEL))

# there is no such file, only the variants exist
BUILD_ARTIFACTS :=
