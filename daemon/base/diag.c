#include "base/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define SHOWN_LINE_BYTES 160 /* a longer source line isn't quoted: nobody could read it */

static void item_finish(struct diag_item *item)
{
	mem_free(item->file);
	mem_free(item->message);
	mem_free(item->source);
}

void diag_finish(struct diag *diag)
{
	for (size_t i = 0; i < diag->count; i++)
		item_finish(&diag->items[i]);
	mem_free(diag->items);
	*diag = (struct diag){0};
}

void diag_set_source(struct diag *diag, const char *file, const char *text, size_t length)
{
	diag->text_file = file;
	diag->text = text;
	diag->text_length = length;
	diag->seek_line = 1;
	diag->seek_offset = 0;
}

/* The line of the source as a copy, or NULL. Goes on from the last look-up where it can. */
static char *source_line(struct diag *diag, struct mark mark)
{
	const char *end;
	size_t length;

	if (!diag->text || !mark.line || !text_equal(mark.file, diag->text_file))
		return NULL;
	if (mark.line < diag->seek_line) {
		diag->seek_line = 1;
		diag->seek_offset = 0;
	}
	while (diag->seek_line < mark.line) {
		const char *newline = memchr(diag->text + diag->seek_offset, '\n',
					     diag->text_length - diag->seek_offset);

		if (!newline)
			return NULL;
		diag->seek_offset = (size_t)(newline - diag->text) + 1;
		diag->seek_line++;
	}
	end = memchr(diag->text + diag->seek_offset, '\n', diag->text_length - diag->seek_offset);
	length = end ? (size_t)(end - diag->text) - diag->seek_offset
		     : diag->text_length - diag->seek_offset;
	length = text_trimmed_length(diag->text + diag->seek_offset, length);
	if (!length || length > SHOWN_LINE_BYTES ||
	    memchr(diag->text + diag->seek_offset, '\0', length))
		return NULL;
	return mem_strndup(diag->text + diag->seek_offset, length);
}

/* Makes room for an error: no number of warnings may hide what makes the file invalid. */
static bool drop_warning(struct diag *diag)
{
	for (size_t i = diag->count; i--;) {
		if (diag->items[i].severity != DIAG_WARNING)
			continue;
		item_finish(&diag->items[i]);
		memmove(&diag->items[i], &diag->items[i + 1],
			(diag->count - i - 1) * sizeof(diag->items[0]));
		diag->count--;
		return true;
	}
	return false;
}

void diag_add(struct diag *diag, enum diag_severity severity, struct mark mark, size_t width,
	      const char *format, ...)
{
	struct diag_item *item;
	char *message;
	va_list args;

	if (severity == DIAG_ERROR)
		diag->errors++;
	else
		diag->warnings++;
	if (diag->count == LIMIT_DIAGNOSTICS && !(severity == DIAG_ERROR && drop_warning(diag)))
		return;
	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		abort();
	va_end(args);
	mem_grow(diag->items, diag->count, diag->capacity);
	item = &diag->items[diag->count++];
	*item = (struct diag_item){
		.severity = severity,
		.file = mem_strdup(mark.file),
		.line = mark.line,
		.column = mark.column,
		.width = width ? (uint32_t)width : 1,
		.message = message,
		.source = source_line(diag, mark),
	};
}

static int compare(const void *a, const void *b)
{
	const struct diag_item *x = a, *y = b;
	int files = strcmp(x->file ? x->file : "", y->file ? y->file : "");

	if (files)
		return files;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

void diag_sort(struct diag *diag)
{
	/* Insertion, because it keeps equal items in their order and the count is small. */
	for (size_t i = 1; i < diag->count; i++) {
		struct diag_item item = diag->items[i];
		size_t j = i;

		for (; j > 0 && compare(&diag->items[j - 1], &item) > 0; j--)
			diag->items[j] = diag->items[j - 1];
		diag->items[j] = item;
	}
}

/* The source line with tabs kept, and the caret under the column that the mark names. */
static void print_source(const struct diag_item *item, struct buf *out)
{
	size_t length = strlen(item->source), at = 0;
	long room;

	text_add_shown(out, item->source);
	buf_add_char(out, '\n');
	for (uint32_t column = 1; column < item->column && at < length; column++) {
		buf_add_char(out, ' ');
		do
			at++;
		while (at < length && ((unsigned char)item->source[at] & 0xc0) == 0x80);
	}
	room = text_utf8_length(item->source + at, length - at);
	buf_add_char(out, '^');
	for (uint32_t i = 1; i < item->width && (long)i < room; i++)
		buf_add_char(out, '~');
	buf_add_char(out, '\n');
}

void diag_print(const struct diag *diag, struct buf *out, int color)
{
	static const char *const names[] = {[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning"};
	static const char *const colors[] = {
		[DIAG_ERROR] = "\033[1;31m", [DIAG_WARNING] = "\033[1;35m"};
	size_t hidden = diag->errors + diag->warnings - diag->count;

	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_item *item = &diag->items[i];

		if (item->file) {
			text_add_shown(out, item->file);
			if (item->line)
				buf_printf(out, ":%u:%u", item->line, item->column);
			buf_add_text(out, ": ");
		}
		buf_printf(out, "%s%s:%s ", color ? colors[item->severity] : "",
			   names[item->severity], color ? "\033[0m" : "");
		buf_add_text(out, item->message);
		buf_add_char(out, '\n');
		if (item->source)
			print_source(item, out);
	}
	if (hidden)
		buf_printf(out, "and %zu more\n", hidden);
}
