/*
 * Emulated thread-local variables of a system that does not implement them
 *
 * A member of an archive: a tree with a '__emutls_get_address' of its own never
 * gets this one. It has one instance per variable, so threads share it.
 */

typedef unsigned long word;

struct emutls_object
{
	word size;
	word align;
	void *place;
	void *initial;
};

extern void *malloc(word);
extern void *memcpy(void *, void const *, word);
extern void *memset(void *, int, word);
extern void abort(void);

void *__emutls_get_address(struct emutls_object *object)
{
	if (object->place)
		return object->place;

	char *memory = malloc(object->size + object->align);
	if (!memory)
		abort();

	memory += object->align - 1;
	memory -= (word)memory & (object->align - 1);
	if (object->initial)
		memcpy(memory, object->initial, object->size);
	else
		memset(memory, 0, object->size);

	return object->place = memory;
}
