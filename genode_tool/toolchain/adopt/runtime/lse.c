/*
 * Whether the processor has atomic instructions of its own (ARMv8.1 LSE)
 *
 * Takes the place of start-up code that asks the host's C library. The other
 * instructions work everywhere.
 */

_Bool __aarch64_have_lse_atomics __attribute__((visibility("hidden"))) = 0;
