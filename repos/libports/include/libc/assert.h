/*
 * C library: assertions
 *
 * No '#pragma once': 'NDEBUG' counts anew each time the header is included.
 */

#undef assert

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else

#ifdef __cplusplus
extern "C"
#endif
__attribute__((noreturn))
void __assertion_failed(char const *condition, char const *file, int line,
                        char const *function);

#define assert(condition) \
    ((condition) ? (void)0 : __assertion_failed(#condition, __FILE__, __LINE__, __func__))

#endif

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif
