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
	char *line;

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
	line = mem_strndup(diag->text + diag->seek_offset, length);
	for (char *tab = line; (tab = strchr(tab, '\t'));)
		*tab = ' '; /* one column, as the mark counts it */
	return line;
}

/* Makes room for an error, which has to be seen; the warnings of a large file may fill the list. */
static bool drop_warning(struct diag *diag)
{
	for (size_t i = diag->count; i-- > 0;) {
		if (diag->items[i].severity == DIAG_WARNING) {
			item_finish(&diag->items[i]);
			diag->count--;
			memmove(&diag->items[i], &diag->items[i + 1],
				(diag->count - i) * sizeof(diag->items[0]));
			return true;
		}
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

/* Bytes of the first `characters` of text, or all. */
static size_t prefix_length(const char *text, size_t characters)
{
	size_t at = 0;

	for (; characters && text[at]; characters--) {
		do
			at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80);
	}
	return at;
}

/* How many columns the first `length` bytes take as they are shown. */
static size_t shown_width(const char *text, size_t length)
{
	struct buf shown = {0};
	char *part = mem_strndup(text, length);
	size_t width;

	text_add_shown(&shown, part);
	width = (size_t)text_utf8_length(buf_text(&shown), shown.length);
	buf_finish(&shown);
	mem_free(part);
	return width;
}

/* The line, and the caret under what the mark names even where a secret before it is not shown. */
static void print_source(const struct diag_item *item, struct buf *out)
{
	size_t start = prefix_length(item->source, item->column ? item->column - 1 : 0);
	size_t width = prefix_length(item->source + start, item->width);

	text_add_shown(out, item->source);
	buf_add_char(out, '\n');
	buf_add_repeat(out, ' ', shown_width(item->source, start));
	width = shown_width(item->source + start, width);
	buf_add_char(out, '^');
	buf_add_repeat(out, '~', width > 1 ? width - 1 : 0);
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
		text_add_printable(out, item->message, strlen(item->message));
		buf_add_char(out, '\n');
		if (item->source)
			print_source(item, out);
	}
	if (hidden)
		buf_printf(out, "and %zu more\n", hidden);
}
