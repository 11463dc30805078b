/*
 * C library: types of system interfaces
 */

#pragma once

#include <stddef.h>

typedef long     ssize_t;
typedef long     off_t;
typedef long     time_t;
typedef long     clock_t;
typedef long     suseconds_t;
typedef int      clockid_t;
typedef int      pid_t;
typedef unsigned mode_t;
