/*
 * Per-thread state of C++ exceptions (Itanium C++ ABI, Level II, 2.2.2)
 *
 * Takes the place of the distribution's, which keeps the state in a thread-local
 * variable of the host's C library. Here it is an emulated thread-local variable,
 * which the operating system implements by '__emutls_get_address'.
 */

typedef unsigned long word;

/* control object of an emulated thread-local variable, as GCC lays it out */
struct emutls_object
{
	word size;
	word align;
	void *place;       /* for use by the implementation */
	void *initial;     /* content of a new instance, null for zeros */
};

extern void *__emutls_get_address(struct emutls_object *);

struct eh_globals
{
	void *caught_exceptions;
	unsigned int uncaught_exceptions;
#ifdef __ARM_EABI__
	void *propagating_exceptions;
#endif
};

static struct emutls_object eh_globals = {
	sizeof(struct eh_globals), __alignof__(struct eh_globals), 0, 0
};

struct eh_globals *__cxa_get_globals(void)
{
	return __emutls_get_address(&eh_globals);
}

struct eh_globals *__cxa_get_globals_fast(void)
{
	return __emutls_get_address(&eh_globals);
}
