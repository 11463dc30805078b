enum { NAMES };
