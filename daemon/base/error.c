#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void mark_cut(struct error *error)
{
	size_t at = sizeof(error->text) - 4;

	while (at > 0 && ((unsigned char)error->text[at] & 0xc0) == 0x80)
		at--; /* not within a character */
	memcpy(error->text + at, "...", 4);
}

__attribute__((format(printf, 2, 0))) static void set_text(struct error *error, const char *format,
							   va_list args)
{
	/* What is there already may be one of the arguments. */
	char text[sizeof(error->text)];
	int length = vsnprintf(text, sizeof(text), format, args);

	memcpy(error->text, text, sizeof(text));
	if (length >= (int)sizeof(error->text))
		mark_cut(error);
}

static void append(struct error *error, const char *tail)
{
	size_t used = strlen(error->text);
	int length = snprintf(error->text + used, sizeof(error->text) - used, ": %s", tail);

	if (length >= (int)(sizeof(error->text) - used))
		mark_cut(error);
}

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list args;

	assert(code < 0);
	error->code = code;
	va_start(args, format);
	set_text(error, format, args);
	va_end(args);
	return code;
}

int error_set_errno(struct error *error, int code, const char *format, ...)
{
	va_list args;

	assert(code < 0);
	error->code = code;
	va_start(args, format);
	set_text(error, format, args);
	va_end(args);
	append(error, strerrordesc_np(-code) ? strerrordesc_np(-code) : "unknown error");
	return code;
}

int error_wrap(struct error *error, const char *format, ...)
{
	char inner[sizeof(error->text)];
	va_list args;

	assert(error->code < 0);
	memcpy(inner, error->text, sizeof(inner));
	va_start(args, format);
	set_text(error, format, args);
	va_end(args);
	append(error, inner);
	return error->code;
}
