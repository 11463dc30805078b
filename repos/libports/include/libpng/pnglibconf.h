/*
 * Configuration of libpng: the one that its authors deliver
 */

#include <scripts/pnglibconf.h.prebuilt>
