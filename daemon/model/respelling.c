#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/field.h"

/* One byte of a URL's path or query; the digits of "%2f" in upper case. */
static void add_byte(struct buf *out, const char *start, const char *at)
{
	bool escaped = (at - start >= 1 && at[-1] == '%') || (at - start >= 2 && at[-2] == '%');

	buf_add_char(out, escaped ? (char)toupper((unsigned char)*at) : *at);
}

static void add_plain_url(struct buf *out, const char *url, size_t length)
{
	const char *end = url + length, *scheme_end = memmem(url, length, "://", 3), *authority;
	const char *port = NULL, *user_end;

	if (!scheme_end) {
		buf_add(out, url, length);
		return;
	}
	authority = scheme_end + 3;
	for (const char *at = url; at < authority; at++)
		buf_add_char(out, (char)tolower((unsigned char)*at));
	/* A password has no case to change. */
	user_end = memrchr(authority, '@', strcspn(authority, "/?#"));
	while (user_end && authority < user_end)
		buf_add_char(out, *authority++);
	while (authority < end && !strchr("/?#", *authority)) {
		if (*authority == ':')
			port = authority;
		buf_add_char(out, (char)tolower((unsigned char)*authority++));
	}
	if (port &&
	    ((authority - port == 3 && memcmp(port, ":80", 3) == 0 && out->bytes[4] == ':') ||
	     (authority - port == 4 && memcmp(port, ":443", 4) == 0 && out->bytes[4] == 's')))
		out->bytes[out->length -= (size_t)(authority - port)] = '\0';
	if (authority == end || *authority != '/')
		buf_add_char(out, '/');
	for (const char *at = authority; at < end; at++)
		add_byte(out, authority, at);
}

static void add_plain(struct buf *out, enum field_id id, const char *value)
{
	size_t length;

	if (!value)
		return;
	value += strspn(value, " \t\r\n");
	length = text_trimmed_length(value, strlen(value));
	if (field_table[id].type == FIELD_TYPE_URL)
		add_plain_url(out, value, length);
	else
		buf_add(out, value, length);
}

bool field_is_respelling(enum field_id id, const char *sent, const char *stored)
{
	struct buf a = {0}, b = {0};
	bool same;

	if (!sent || !stored)
		return false;
	add_plain(&a, id, sent);
	add_plain(&b, id, stored);
	same = strcmp(buf_text(&a), buf_text(&b)) == 0;
	buf_finish(&a);
	buf_finish(&b);
	return same;
}
