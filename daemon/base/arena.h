/*
 * Memory that is freed all at once: the values of a whole file or of a whole list live in one arena
 * and go with it. Out of memory aborts, as in base/mem.h. It never frees or moves a single piece,
 * so pointers into it stay good until arena_finish().
 */
#ifndef NUMBERD_BASE_ARENA_H
#define NUMBERD_BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *blocks; /* the one in use first */
	size_t total;               /* bytes taken from the heap */
};

/* An arena that is all zeros is empty and ready to use. */
void arena_finish(struct arena *arena);

/* Zeroed, aligned for any type. size may be 0. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* Copies with a NUL behind. arena_strdup(arena, NULL) is NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length)
	__attribute__((returns_nonnull));

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

#endif
