/*
 * What is wrong with a file of the user's: many findings, each with its place, printed as compilers
 * print them, with the source line and a caret. Reading goes on after a finding, so that a person
 * sees everything at once.
 *
 * It never decides what a finding means: a file is invalid when `errors` is not 0.
 */
#ifndef NUMBERD_BASE_DIAG_H
#define NUMBERD_BASE_DIAG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A place in a file. Lines and columns count from 1, columns in characters; line 0: no place. */
struct mark {
	const char *file; /* as the user named it; lives as long as what was read from it */
	uint32_t line;
	uint32_t column;
};

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag_item {
	enum diag_severity severity;
	char *file;
	uint32_t line;
	uint32_t column;
	uint32_t width; /* characters to underline, at least 1 */
	char *message;
	char *source; /* the line itself without its end, NULL where it can't be shown */
};

struct diag {
	struct diag_item
		*items; /* LIMIT_DIAGNOSTICS at most, in the order found, errors first to stay */
	size_t count;
	size_t capacity;
	size_t errors; /* all, also those past the limit */
	size_t warnings;
	const char *text; /* set by diag_set_source() */
	size_t text_length;
	const char *text_file;
	uint32_t seek_line; /* where the last look-up in `text` ended */
	size_t seek_offset;
};

/* All zeros is empty and ready. */
void diag_finish(struct diag *diag);

/*
 * The bytes that later marks of `file` point into, to quote lines from; not copied, valid until the
 * next call. `file` is compared as a string.
 */
void diag_set_source(struct diag *diag, const char *file, const char *text, size_t length);

void diag_add(struct diag *diag, enum diag_severity severity, struct mark mark, size_t width,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Orders the items by file and place; items of one place stay in the order found. */
void diag_sort(struct diag *diag);

/* Everything as text, errors and warnings; `color`: with ANSI colours. */
void diag_print(const struct diag *diag, struct buf *out, int color);

#endif
