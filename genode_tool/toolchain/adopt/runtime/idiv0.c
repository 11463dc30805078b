/*
 * Division by zero (ARM run-time ABI, 4.3.2)
 *
 * Takes the place of the distribution's, which raises a signal.
 */

int __aeabi_idiv0(int value)             { return value; }
long long __aeabi_ldiv0(long long value) { return value; }
