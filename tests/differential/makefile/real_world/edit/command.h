enum { COMMAND };
