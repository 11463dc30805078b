/*
 * On ARM, an enumeration is never smaller than an `int`: the procedure call standard leaves the
 * choice to the platform (AAPCS, 8.1.3). Type information of exceptions is reached through the
 * global offset table, as it may be in another shared object.
 */

#undef ARM_DEFAULT_SHORT_ENUMS
#define ARM_DEFAULT_SHORT_ENUMS 0

#undef ARM_TARGET2_DWARF_FORMAT
#define ARM_TARGET2_DWARF_FORMAT (DW_EH_PE_pcrel | DW_EH_PE_indirect)
