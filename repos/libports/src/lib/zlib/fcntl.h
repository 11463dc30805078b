/*
 * Stands in for the header of file descriptors
 *
 * It is included by a part of zlib that needs nothing of it.
 */
