/*
 * Configuration of expat, in place of the one that its 'configure' makes
 *
 * Against documents made to slow the parser down, it mixes a random number into its hashes.
 * This comes from the processor. If the processor has no source of random numbers, the time
 * since boot has to do (see 'entropy.patch'), which an attacker may guess. A component
 * for which this matters calls 'XML_SetHashSalt'.
 */

#pragma once

#define BYTEORDER         1234
#define XML_CONTEXT_BYTES 1024
#define XML_DTD           1
#define XML_NS            1

#define HAVE_GETRANDOM    1
#define XML_POOR_ENTROPY  1

#define PACKAGE_STRING "expat"
