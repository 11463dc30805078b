/*
 * Functions of the C++ support library with sizes of type 'unsigned long'
 *
 * On 32-bit machines, the distribution's have 'unsigned int' in their names. The two
 * types are passed alike.
 */

typedef unsigned long size;

#define FUNCTION(result, to, from, parameters, arguments)          \
	result int_##to parameters __asm__(from);                  \
	__attribute__((weak)) result to parameters;                \
	result to parameters { return int_##to arguments; }

struct nothrow;

FUNCTION(void *, _Znwm, "_Znwj", (size s), (s))
FUNCTION(void *, _Znam, "_Znaj", (size s), (s))
FUNCTION(void *, _ZnwmRKSt9nothrow_t, "_ZnwjRKSt9nothrow_t", (size s, struct nothrow *n), (s, n))
FUNCTION(void *, _ZnamRKSt9nothrow_t, "_ZnajRKSt9nothrow_t", (size s, struct nothrow *n), (s, n))
FUNCTION(void *, _ZnwmSt11align_val_t, "_ZnwjSt11align_val_t", (size s, size a), (s, a))
FUNCTION(void *, _ZnamSt11align_val_t, "_ZnajSt11align_val_t", (size s, size a), (s, a))

FUNCTION(void, _ZdlPvm, "_ZdlPvj", (void *p, size s), (p, s))
FUNCTION(void, _ZdaPvm, "_ZdaPvj", (void *p, size s), (p, s))
FUNCTION(void, _ZdlPvmSt11align_val_t, "_ZdlPvjSt11align_val_t", (void *p, size s, size a), (p, s, a))
FUNCTION(void, _ZdaPvmSt11align_val_t, "_ZdaPvjSt11align_val_t", (void *p, size s, size a), (p, s, a))

FUNCTION(size, _ZSt11_Hash_bytesPKvmm, "_ZSt11_Hash_bytesPKvjj",
         (void const *p, size s, size seed), (p, s, seed))
FUNCTION(size, _ZSt15_Fnv_hash_bytesPKvmm, "_ZSt15_Fnv_hash_bytesPKvjj",
         (void const *p, size s, size seed), (p, s, seed))
