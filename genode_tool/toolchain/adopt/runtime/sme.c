/*
 * Whether the processor has the scalable matrix extension (Armv9 SME)
 *
 * Takes the place of start-up code that asks the host's C library. The unwinder would save
 * the extension's registers; Genode's kernels leave it switched off.
 */

_Bool __aarch64_have_sme __attribute__((visibility("hidden"))) = 0;
