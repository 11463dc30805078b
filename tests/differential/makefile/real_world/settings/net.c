#include "common.h"
#include "net.h"
net
