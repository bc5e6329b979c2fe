#include "form.h"

#include <ctype.h>
#include <string.h>

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (tolower((unsigned char)c) - 'a' + 10);
}

static const char *decode(struct arena *arena, const char *text, size_t length)
{
	char *decoded = arena_alloc(arena, length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '%' && i + 2 < length && isxdigit((unsigned char)text[i + 1]) &&
		    isxdigit((unsigned char)text[i + 2])) {
			decoded[used++] =
				(char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		} else {
			decoded[used++] = text[i] == '+' ? ' ' : text[i];
		}
	}
	return decoded;
}

void form_parse(struct form *form, struct arena *arena, const char *text, size_t length)
{
	const char *end = text + length;

	form->count = 0;
	while (text < end && form->count < FORM_MAX) {
		const char *next = memchr(text, '&', (size_t)(end - text));
		const char *stop = next ? next : end;
		const char *equals = memchr(text, '=', (size_t)(stop - text));
		struct form_pair *pair = &form->pairs[form->count];

		if (stop > text) {
			pair->name = decode(arena, text, (size_t)((equals ? equals : stop) - text));
			pair->value =
				equals ? decode(arena, equals + 1, (size_t)(stop - equals - 1))
				       : "";
			form->count++;
		}
		text = stop + 1;
	}
}

const char *form_get(const struct form *form, const char *name)
{
	for (size_t i = form->count; i > 0; i--) {
		if (strcmp(form->pairs[i - 1].name, name) == 0)
			return form->pairs[i - 1].value;
	}
	return NULL;
}
