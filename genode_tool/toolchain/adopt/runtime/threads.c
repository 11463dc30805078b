/*
 * What members of the distribution's libsupc++ want to know of threads
 *
 * The references are renamed to these. As in a tool chain without threads, nothing is
 * locked, and code takes atomic instructions rather than a short cut for one thread.
 */

char __adopted_single_threaded = 0;

int __adopted_mutex_lock(void *mutex)   { (void)mutex; return 0; }
int __adopted_mutex_unlock(void *mutex) { (void)mutex; return 0; }
