#include "names.h"
#include "command.h"
int command;
