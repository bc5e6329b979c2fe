#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

void buf_init(struct buf *buf, size_t ceiling)
{
	*buf = (struct buf){.ceiling = ceiling};
}

void buf_finish(struct buf *buf)
{
	mem_free(buf->bytes);
	*buf = (struct buf){.ceiling = buf->ceiling};
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->overflow = false;
	if (buf->bytes)
		buf->bytes[0] = '\0';
}

/* Room for `length` more bytes and a NUL, or NULL and overflow. */
static char *make_room(struct buf *buf, size_t length)
{
	size_t ceiling = buf->ceiling ? buf->ceiling : LIMIT_BUF_BYTES;

	if (buf->overflow || length > ceiling - buf->length) {
		buf->overflow = true;
		return NULL;
	}
	if (buf->length + length + 1 > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity : 64;

		while (capacity < buf->length + length + 1)
			capacity *= 2;
		buf->bytes = mem_resize(buf->bytes, capacity, 1);
		buf->capacity = capacity;
	}
	return buf->bytes + buf->length;
}

void buf_add(struct buf *buf, const void *bytes, size_t length)
{
	char *room = make_room(buf, length);

	if (!room)
		return;
	if (length)
		memcpy(room, bytes, length);
	room[length] = '\0';
	buf->length += length;
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_repeat(struct buf *buf, char c, size_t count)
{
	while (count--)
		buf_add_char(buf, c);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int length;
	char *room;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);
	room = make_room(buf, (size_t)length);
	if (!room)
		return;
	va_start(args, format);
	vsnprintf(room, (size_t)length + 1, format, args);
	va_end(args);
	buf->length += (size_t)length;
}

void buf_add_form(struct buf *buf, const char *text)
{
	static const char keep[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (strchr(keep, *c)) {
			buf_add(buf, c, 1);
		} else {
			char escaped[3] = {'%', digits[*c >> 4], digits[*c & 15]};

			buf_add(buf, escaped, sizeof(escaped));
		}
	}
}

const char *buf_text(const struct buf *buf)
{
	return buf->bytes ? buf->bytes : "";
}

char *buf_take(struct buf *buf)
{
	char *text = buf->bytes ? buf->bytes : mem_strdup("");

	buf->bytes = NULL;
	buf_finish(buf);
	return text;
}
