/*
 * What the distribution's unwinder wants from the host's C library
 *
 * Linked with the unwinder into one object file; none of the names is visible outside.
 */

#include <stddef.h>

/* threads: objects are registered while a program starts, when it has one only */

int pthread_mutex_lock(void *mutex)   { (void)mutex; return 0; }
int pthread_mutex_unlock(void *mutex) { (void)mutex; return 0; }

int pthread_once(int *once, void (*function)(void))
{
	if (!*once) {
		*once = 1;
		function();
	}
	return 0;
}

/* GCC 13 and newer: readers and writers of the table of objects wait for each other */

int pthread_cond_wait(void *condition, void *mutex) { (void)condition; (void)mutex; return 0; }
int pthread_cond_broadcast(void *condition)         { (void)condition; return 0; }

__attribute__((optimize("no-tree-loop-distribute-patterns")))
void *memmove(void *to, void const *from, size_t size)
{
	char *target = to;
	char const *source = from;

	if (target < source)
		while (size--)
			*target++ = *source++;
	else
		while (size--)
			target[size] = source[size];

	return to;
}

int __pthread_key_create(void *key, void *destructor)
{
	(void)key;
	(void)destructor;
	return 1;
}

/*
 * The object file that an address is in, found by 'dl_iterate_phdr'. The system's
 * dynamic linker has that function; without one, the objects that were registered
 * are all there are.
 */

#if __SIZEOF_POINTER__ == 8
typedef struct {
	unsigned type, flags;
	unsigned long offset, address, physical, file_size, memory_size, align;
} program_header;
#else
typedef struct {
	unsigned type;
	unsigned long offset, address, physical, file_size, memory_size;
	unsigned flags;
	unsigned long align;
} program_header;
#endif

enum { LOAD = 1, EH_FRAME_HDR = 0x6474e550 };

struct loaded_object
{
	unsigned long base;
	char const *name;
	program_header const *headers;
	unsigned short count;
};

/* result of '_dl_find_object', see <dlfcn.h> of the GNU C library */
struct found_object
{
	unsigned long long flags;
	void *start, *end;
	void *link_map;
	void *eh_frame_hdr;
#if defined(__i386__)
	void *data_base;
#endif
};

struct search
{
	unsigned long address;
	struct found_object *result;
};

extern int dl_iterate_phdr(int (*)(struct loaded_object *, size_t, void *), void *)
	__attribute__((weak));

static int look_at(struct loaded_object *object, size_t size, void *argument)
{
	struct search *search = argument;
	program_header const *eh_frame_hdr = 0, *load = 0;

	(void)size;
	for (unsigned i = 0; i < object->count; i++) {
		program_header const *header = &object->headers[i];
		unsigned long start = object->base + header->address;

		if (header->type == EH_FRAME_HDR)
			eh_frame_hdr = header;
		if (header->type == LOAD && search->address >= start
		 && search->address - start < header->memory_size)
			load = header;
	}
	if (!load || !eh_frame_hdr)
		return 0;

	struct found_object *result = search->result;
	result->flags        = 0;
	result->start        = (void *)(object->base + load->address);
	result->end          = (char *)result->start + load->memory_size;
	result->link_map     = 0;
	result->eh_frame_hdr = (void *)(object->base + eh_frame_hdr->address);
#if defined(__i386__)
	result->data_base    = 0;
#endif
	return 1;
}

int _dl_find_object(void *address, struct found_object *result)
{
	struct search search = { (unsigned long)address, result };

	if (!dl_iterate_phdr)
		return -1;

	return dl_iterate_phdr(look_at, &search) > 0 ? 0 : -1;
}
