/*
 * Features of the processor: none beyond those of every ARMv8-A
 *
 * Takes the place of start-up code that asks the host's C library. Since GCC 16, the unwinder's
 * archive reads them for functions that use the scalable vector extension, which Genode does not.
 * The compiler's own structure is a bit mask of 64 bits, with room for a second one.
 */

unsigned long long __aarch64_cpu_features[2] __attribute__((visibility("hidden")));
