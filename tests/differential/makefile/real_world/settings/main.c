#include "common.h"
main
