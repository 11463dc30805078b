/*
 * What std::terminate() calls unless told otherwise
 *
 * Takes the place of the distribution's, which prints to the host's standard error.
 */

extern void abort(void);

/* __gnu_cxx::__verbose_terminate_handler() */
void verbose_terminate_handler(void)
	__asm__("_ZN9__gnu_cxx27__verbose_terminate_handlerEv");

void verbose_terminate_handler(void) { abort(); }
