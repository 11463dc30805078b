#include "names.h"
#include "buffer.h"
int screen;
