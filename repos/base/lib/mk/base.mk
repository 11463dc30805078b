#
# What a component needs to be one
#

LIBS += ld
