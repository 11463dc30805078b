/*
 * What a call of a pure or deleted virtual function leads to
 *
 * Takes the place of the distribution's, which writes to the host's standard error.
 */

extern void terminate(void) __asm__("_ZSt9terminatev") __attribute__((noreturn));

void __cxa_pure_virtual(void) { terminate(); }

void __cxa_deleted_virtual(void) { terminate(); }
