enum { BUFFER };
