/*
 * How Genode's compilers differ from GCC's bare-metal ones, read after all other headers that
 * describe the target (`tm_file` of GCC's config.gcc).
 *
 * The types behind <stdint.h> and <stddef.h> are the same at every word width: 32 bits are an
 * `int`, 64 bits a `long long`, what is as wide as a pointer a `long`, so that one printf format
 * and one set of overloads serve all of them.
 */

#undef SIG_ATOMIC_TYPE
#undef INT8_TYPE
#undef INT16_TYPE
#undef INT32_TYPE
#undef INT64_TYPE
#undef UINT8_TYPE
#undef UINT16_TYPE
#undef UINT32_TYPE
#undef UINT64_TYPE
#define SIG_ATOMIC_TYPE "int"
#define INT8_TYPE       "signed char"
#define INT16_TYPE      "short int"
#define INT32_TYPE      "int"
#define INT64_TYPE      "long long int"
#define UINT8_TYPE      "unsigned char"
#define UINT16_TYPE     "short unsigned int"
#define UINT32_TYPE     "unsigned int"
#define UINT64_TYPE     "long long unsigned int"

#undef INT_LEAST8_TYPE
#undef INT_LEAST16_TYPE
#undef INT_LEAST32_TYPE
#undef INT_LEAST64_TYPE
#undef UINT_LEAST8_TYPE
#undef UINT_LEAST16_TYPE
#undef UINT_LEAST32_TYPE
#undef UINT_LEAST64_TYPE
#define INT_LEAST8_TYPE   INT8_TYPE
#define INT_LEAST16_TYPE  INT16_TYPE
#define INT_LEAST32_TYPE  INT32_TYPE
#define INT_LEAST64_TYPE  INT64_TYPE
#define UINT_LEAST8_TYPE  UINT8_TYPE
#define UINT_LEAST16_TYPE UINT16_TYPE
#define UINT_LEAST32_TYPE UINT32_TYPE
#define UINT_LEAST64_TYPE UINT64_TYPE

#undef INT_FAST8_TYPE
#undef INT_FAST16_TYPE
#undef INT_FAST32_TYPE
#undef INT_FAST64_TYPE
#undef UINT_FAST8_TYPE
#undef UINT_FAST16_TYPE
#undef UINT_FAST32_TYPE
#undef UINT_FAST64_TYPE
#define INT_FAST8_TYPE   INT32_TYPE
#define INT_FAST16_TYPE  INT32_TYPE
#define INT_FAST32_TYPE  INT32_TYPE
#define INT_FAST64_TYPE  INT64_TYPE
#define UINT_FAST8_TYPE  UINT32_TYPE
#define UINT_FAST16_TYPE UINT32_TYPE
#define UINT_FAST32_TYPE UINT32_TYPE
#define UINT_FAST64_TYPE UINT64_TYPE

#undef INTMAX_TYPE
#undef UINTMAX_TYPE
#undef INTPTR_TYPE
#undef UINTPTR_TYPE
#undef SIZE_TYPE
#undef PTRDIFF_TYPE
#define INTMAX_TYPE  INT64_TYPE
#define UINTMAX_TYPE UINT64_TYPE
#define INTPTR_TYPE  "long int"
#define UINTPTR_TYPE "long unsigned int"
#define SIZE_TYPE    "long unsigned int"
#define PTRDIFF_TYPE "long int"

/*
 * Unwinding goes through program headers: every dynamic object carries an index of its tables.
 * GCC puts this text in front of the linker's options.
 */
#undef LINK_EH_SPEC
#define LINK_EH_SPEC "%{shared:-shared} %{!static:--eh-frame-hdr} " GENODE_EMULATION_SPEC

/*
 * A PC's linker makes 64-bit files unless it is told.
 */
#ifdef TARGET_64BIT_DEFAULT
#define GENODE_EMULATION_SPEC "%{m32:-m elf_i386} "
#else
#define GENODE_EMULATION_SPEC ""
#endif
