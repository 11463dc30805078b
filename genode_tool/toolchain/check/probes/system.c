/*
 * What a Genode tree gives to the C++ support libraries, in a few lines
 *
 * On a PC, the program ends as a Linux process does, so that it can be tried there.
 */

typedef __SIZE_TYPE__ size_t;
typedef unsigned long word;

extern int probe(void);

typedef void (*function)(void);
extern function const constructors_start[], constructors_end[];

static char heap[64 * 1024] __attribute__((aligned(16)));
static word used;

void *malloc(size_t size)
{
	word const place = used + 16;
	used = (place + size + 15) & ~15ul;
	if (used > sizeof(heap))
		return 0;
	*(word *)(heap + place - 16) = size;
	return heap + place;
}

void free(void *memory) { (void)memory; }

void *memset(void *to, int value, size_t size)
{
	for (char volatile *at = to; size--; )
		*at++ = (char)value;
	return to;
}

void *memcpy(void *to, void const *from, size_t size)
{
	char const *source = from;
	for (char volatile *at = to; size--; )
		*at++ = *source++;
	return to;
}

void *realloc(void *memory, size_t size)
{
	void *result = malloc(size);
	if (memory && result) {
		word const before = *(word *)((char *)memory - 16);
		memcpy(result, memory, before < size ? before : size);
	}
	return result;
}

void *calloc(size_t count, size_t size) { return malloc(count * size); }

int memcmp(void const *first, void const *second, size_t size)
{
	char const *a = first, *b = second;
	for (; size--; a++, b++)
		if (*a != *b)
			return *a - *b;
	return 0;
}

size_t strlen(char const *text)
{
	size_t length = 0;
	for (char const volatile *at = text; *at; at++)
		length++;
	return length;
}

int strncmp(char const *a, char const *b, size_t size)
{
	for (; size && *a && *a == *b; a++, b++)
		size--;
	return size ? *a - *b : 0;
}

int strcmp(char const *a, char const *b) { return strncmp(a, b, ~(size_t)0 / 2); }

char *strchr(char const *text, int wanted)
{
	for (; *text != (char)wanted; text++)
		if (!*text)
			return 0;
	return (char *)text;
}

char *strcpy(char *to, char const *from) { return memcpy(to, from, strlen(from) + 1); }
char *strcat(char *to, char const *from) { strcpy(to + strlen(to), from); return to; }

int  sprintf(char *to, char const *format, ...)               { (void)format; *to = 0; return 0; }
int  fputs(char const *text, void *file)                      { (void)text; (void)file; return 0; }
int  fputc(int value, void *file)                             { (void)file; return value; }
size_t fwrite(void const *m, size_t s, size_t n, void *f)     { (void)m; (void)s; (void)f; return n; }
void *stderr;
int  raise(int signal)                                        { return signal; }
int  __cxa_atexit(void (*f)(void *), void *object, void *dso) { (void)f; (void)object; (void)dso; return 0; }

void *__dso_handle;

/* one thread, so one instance of each thread-local variable */

struct emutls_object { word size, align; void *place; void const *initial; };

void *__emutls_get_address(struct emutls_object *object)
{
	if (!object->place) {
		object->place = malloc(object->size);
		if (object->initial)
			memcpy(object->place, object->initial, object->size);
		else
			memset(object->place, 0, object->size);
	}
	return object->place;
}

/* the program itself is the only object file */

struct file_header
{
	unsigned char identity[16];
	unsigned short type, machine;
	unsigned version;
	word entry, headers, sections;
	unsigned flags;
	unsigned short size, header_size, header_count;
};

struct object_info { word base; char const *name; void const *headers; unsigned short count; };

extern struct file_header const __ehdr_start;

int dl_iterate_phdr(int (*look)(struct object_info *, size_t, void *), void *argument)
{
	struct object_info info = {
		0, "", (char const *)&__ehdr_start + __ehdr_start.headers, __ehdr_start.header_count
	};
	return look(&info, sizeof(info), argument);
}

static void leave(int code)
{
#if defined(__x86_64__)
	__asm__ volatile ("syscall" : : "a"(60), "D"(code) : "memory");
#elif defined(__i386__)
	__asm__ volatile ("int $0x80" : : "a"(1), "b"(code) : "memory");
#endif
	(void)code;
	for (;;) { }
}

void abort(void) { leave(3); for (;;) { } }

#if defined(__x86_64__) || defined(__i386__)
__attribute__((force_align_arg_pointer))
#endif
void _start(void)
{
	for (function const *at = constructors_start; at < constructors_end; at++)
		(*at)();

	leave(probe());
}
