#include "names.h"
int main;
