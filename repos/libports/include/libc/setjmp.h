/*
 * C library: jumps out of functions
 */

#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* registers that a function preserves for its caller, stack pointer, place to return to */
typedef unsigned long jmp_buf[9];

__attribute__((returns_twice)) int setjmp(jmp_buf);
__attribute__((noreturn))      void longjmp(jmp_buf, int value);

/* there is no signal mask to keep */
#define _setjmp  setjmp
#define _longjmp longjmp

#ifdef __cplusplus
}
#endif
