/*
 * operator new and delete with an alignment
 *
 * Takes the place of the distribution's, which asks the host's C library for aligned
 * memory. The pair of operators keeps the address of the whole block in front of the
 * aligned one.
 */

#include <new>
#include <stdint.h>

extern "C" void *malloc(std::size_t);
extern "C" void free(void *);

void *operator new (std::size_t size, std::align_val_t alignment)
{
	std::size_t align = static_cast<std::size_t>(alignment);
	if (align < sizeof(void *))
		align = sizeof(void *);

	void *whole = malloc(size + align + sizeof(void *));
	if (!whole)
		throw std::bad_alloc();

	uintptr_t aligned = reinterpret_cast<uintptr_t>(whole) + sizeof(void *) + align - 1;
	aligned -= aligned & (align - 1);
	reinterpret_cast<void **>(aligned)[-1] = whole;
	return reinterpret_cast<void *>(aligned);
}

void operator delete (void *aligned, std::align_val_t) noexcept
{
	if (aligned)
		free(static_cast<void **>(aligned)[-1]);
}
