/*
 * Heap memory that never fails: out of memory ends the program by abort(), at once and with nothing
 * half done. That is safe because every input has a ceiling (base/limits.h), so running out means
 * that the machine, not the input, is in trouble.
 *
 * It never zeroes what it frees; secrets have mem_wipe().
 */
#ifndef NUMBERD_BASE_MEM_H
#define NUMBERD_BASE_MEM_H

#include <stddef.h>

/* size > 0; uninitialised. */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* count * size bytes of zero; the product is checked for overflow. */
void *mem_zalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* Resizes an array to count * size bytes; the product is checked for overflow, and is not 0. */
void *mem_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

/* A copy of text, or of its first `length` bytes, with a NUL behind. mem_strdup(NULL) is NULL. */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t length) __attribute__((returns_nonnull));

/* mem_free(NULL) does nothing. */
void mem_free(void *memory);

/* Overwrites with zeros in a way that the compiler can't drop. */
void mem_wipe(void *memory, size_t length);

/*
 * Makes room for one more element behind the `count` that `array` holds. `capacity` is doubled; a
 * caller that takes input from outside checks its ceiling first.
 */
#define mem_grow(array, count, capacity)                                                           \
	do {                                                                                       \
		if ((count) == (capacity)) {                                                       \
			(capacity) = (capacity) ? (capacity)*2 : 8;                                \
			(array) = mem_resize((array), (capacity), sizeof(*(array)));               \
		}                                                                                  \
	} while (0)

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* `cleanup(mem_cleanup)` frees the pointer variable it stands on at the end of its scope. */
void mem_cleanup(void *pointer_to_pointer);
#define cleanup(function) __attribute__((cleanup(function)))

#endif
