#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static size_t product(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return bytes;
}

void *mem_alloc(size_t size)
{
	return checked(malloc(size));
}

void *mem_zalloc(size_t count, size_t size)
{
	return checked(calloc(count, size));
}

void *mem_resize(void *old, size_t count, size_t size)
{
	return checked(realloc(old, product(count, size)));
}

char *mem_strdup(const char *text)
{
	return text ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_strndup(const char *text, size_t length)
{
	char *copy = mem_alloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void mem_free(void *memory)
{
	free(memory);
}

void mem_wipe(void *memory, size_t length)
{
	explicit_bzero(memory, length);
}

void mem_cleanup(void *pointer_to_pointer)
{
	void *memory;

	memcpy(&memory, pointer_to_pointer, sizeof(memory));
	free(memory);
}
