/*
 * A growable run of bytes with a ceiling, always with a NUL behind so that it can be read as text.
 * What would go past the ceiling is dropped whole and `overflow` is set for good: a caller that
 * takes bytes from outside checks it; a caller that writes its own text has no need to.
 */
#ifndef NUMBERD_BASE_BUF_H
#define NUMBERD_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *bytes; /* never NULL after the first addition */
	size_t length;
	size_t capacity;
	size_t ceiling; /* 0: LIMIT_BUF_BYTES */
	bool overflow;
};

/* A buf that is all zeros is empty, has the default ceiling, and is ready to use. */
void buf_init(struct buf *buf, size_t ceiling);
void buf_finish(struct buf *buf);

/* Empties it and keeps its memory. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *bytes, size_t length);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_repeat(struct buf *buf, char c, size_t count);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* application/x-www-form-urlencoded: letters, digits and "-._~" stay, the rest is %XX. */
void buf_add_form(struct buf *buf, const char *text);

/* "" where nothing was added yet. */
const char *buf_text(const struct buf *buf);

/* The bytes as a string of the caller's own (mem_free); the buf is empty afterwards. */
char *buf_take(struct buf *buf);

#endif
