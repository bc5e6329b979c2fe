#include "base/text.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"

bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_is_blank(const char *text)
{
	return !text || text_trimmed_length(text, strlen(text)) == 0;
}

size_t text_trimmed_length(const char *text, size_t length)
{
	while (length && memchr(" \t\n\v\f\r", text[length - 1], 6))
		length--;
	return length;
}

/* Bytes of the well-formed UTF-8 character at `s`, 0 where there is none. */
static size_t utf8_character(const unsigned char *s, size_t length)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t size;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	size = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (size > length)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (s[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (s[0] == 0xf4)
		high = 0x8f; /* past U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return size;
}

static size_t utf8_scan(const char *text, size_t length, long *ret_characters)
{
	size_t at = 0;

	*ret_characters = 0;
	while (at < length) {
		size_t size = utf8_character((const unsigned char *)text + at, length - at);

		if (!size)
			break;
		at += size;
		++*ret_characters;
	}
	return at;
}

long text_utf8_length(const char *text, size_t length)
{
	long characters;

	return utf8_scan(text, length, &characters) == length ? characters : -1;
}

size_t text_utf8_valid_length(const char *text, size_t length)
{
	long characters;

	return utf8_scan(text, length, &characters);
}

#define SUGGEST_LONGEST 64

/* Letters to insert, drop, replace or swap with a neighbour, to make b of a. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][SUGGEST_LONGEST + 1];

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_length % 3][b_length];
}

const char *text_suggest(const char *word, const char *(*candidate)(const void *context, size_t i),
			 const void *context)
{
	size_t word_length = strlen(word), best = SIZE_MAX;
	const char *found = NULL;
	const char *name;

	if (word_length > SUGGEST_LONGEST)
		return NULL;
	for (size_t i = 0; (name = candidate(context, i)); i++) {
		size_t length = strlen(name);
		size_t longer = length > word_length ? length : word_length;
		size_t distance;

		if (length > SUGGEST_LONGEST)
			continue;
		distance = edit_distance(word, word_length, name, length);
		if (distance * 3 <= longer && distance < best) {
			best = distance;
			found = name;
		}
	}
	return found;
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

static int64_t unit_of(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
		if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0)
			return units[i].ms;
	}
	return 0;
}

bool text_parse_duration(const char *text, int64_t *ret_ms)
{
	int64_t total = 0, value;

	if (text_parse_int(text, 0, INT64_MAX / 1000, &value)) {
		*ret_ms = value * 1000;
		return true;
	}
	if (!*text)
		return false;
	while (*text) {
		size_t digits = strspn(text, "0123456789");
		size_t letters = strspn(text + digits, "dhms");
		int64_t unit = unit_of(text + digits, letters), part;

		if (!digits || digits > 15 || !unit)
			return false;
		value = 0;
		for (size_t i = 0; i < digits; i++)
			value = value * 10 + (text[i] - '0');
		if (__builtin_mul_overflow(value, unit, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
		text += digits + letters;
	}
	*ret_ms = total;
	return true;
}

void text_add_duration(struct buf *buf, int64_t ms)
{
	if (ms <= 0) {
		buf_add_text(buf, "0s");
		return;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
		if (ms >= units[i].ms)
			buf_printf(buf, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
		ms %= units[i].ms;
	}
}

bool text_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
	bool negative = *text == '-';
	int64_t value = 0;

	if (negative)
		text++;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			return false;
	}
	if (negative)
		value = -value;
	if (value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

bool text_is_sid(const char *text, const char *prefix)
{
	return text_starts(text, prefix) &&
	       strspn(text + strlen(prefix), "0123456789abcdefABCDEF") == TEXT_SID_DIGITS &&
	       strlen(text) == strlen(prefix) + TEXT_SID_DIGITS;
}

void text_add_time(struct buf *buf, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[32];

	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		buf_add_text(buf, text);
}

/* Characters that steer: C0, DEL, C1; and those that turn the direction of a line or hide in it. */
static bool is_control(const unsigned char *s, size_t size)
{
	switch (size) {
	case 0:
		return true;
	case 1:
		return *s < 0x20 || *s == 0x7f;
	case 2:
		return s[0] == 0xc2 && s[1] < 0xa0;
	case 3:
		return (s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0x8b &&
			s[2] <= 0x8f) || /* U+200B */
		       (s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xa8 &&
			s[2] <= 0xae) || /* U+2028 */
		       (s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa0 &&
			s[2] <= 0xaf) ||                               /* U+2060 */
		       (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf); /* U+FEFF */
	default:
		return false;
	}
}

void text_add_printable(struct buf *buf, const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		const unsigned char *s = (const unsigned char *)text + at;
		size_t size = utf8_character(s, length - at);

		if (!is_control(s, size))
			buf_add(buf, s, size);
		else
			for (size_t i = 0; i < (size ? size : 1); i++)
				buf_printf(buf, "\\x%02x", s[i]);
		at += size ? size : 1;
	}
}

/* Where the host begins: `url` is what follows "://". */
static const char *after_userinfo(const char *url)
{
	size_t authority = strcspn(url, "/?#");
	const char *at = memrchr(url, '@', authority);
	const char *colon = memchr(url, ':', authority);
	const char *port_end;

	if (!at && colon && *url != '[') {
		/* No port, so it may be a password that should have been escaped: "bob:a/b@host".
		 */
		port_end = colon + 1 + strspn(colon + 1, "0123456789");
		if (port_end != url + authority)
			at = strchr(port_end, '@');
	}
	return at ? at + 1 : url;
}

/* A value that was redacted before, in a sentence that goes on behind it. */
static bool is_redacted(const char *value)
{
	static const char rest[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%_-";

	return text_starts(value, "=redacted") && !strspn(value + strlen("=redacted"), rest);
}

/* "?a=1&b" without its values: "?a=redacted&b". Returns where it ended. */
static const char *add_query(struct buf *buf, const char *query)
{
	do {
		size_t name, part;

		buf_add_char(buf, *query++);
		part = strcspn(query, "&#");
		name = strcspn(query, "=&#");
		if (query[name] == '=') {
			text_add_printable(buf, query, name);
			buf_add_text(buf, "=redacted");
			if (is_redacted(query + name))
				part = name + strlen("=redacted");
		} else if (memmem(query, part, "://", 3)) {
			break; /* another URL begins */
		} else {
			text_add_printable(buf, query, part);
		}
		query += part;
	} while (*query == '&');
	return query;
}

/* `value` may be a whole line with several URLs in it. */
void text_add_shown(struct buf *buf, const char *value)
{
	while (value && *value) {
		const char *url = strstr(value, "://"), *host;
		size_t length;

		if (!url) {
			text_add_printable(buf, value, strlen(value));
			return;
		}
		url += 3;
		text_add_printable(buf, value, (size_t)(url - value));
		host = after_userinfo(url);
		if (host != url)
			buf_add_text(buf, "redacted@");
		length = strcspn(host, "?#");
		value = host;
		if (host[length] == '?' && !memmem(host, length, "://", 3)) {
			text_add_printable(buf, host, length);
			value = add_query(buf, host + length);
		}
	}
}

void text_add_json(struct buf *buf, const char *text)
{
	size_t length = strlen(text), at = 0;

	buf_add_char(buf, '"');
	while (at < length) {
		const unsigned char *s = (const unsigned char *)text + at;
		size_t size = utf8_character(s, length - at);

		if (!size)
			buf_add_text(buf, "\xef\xbf\xbd");
		else if (*s == '"' || *s == '\\')
			buf_printf(buf, "\\%c", *s);
		else if (*s < 0x20)
			buf_printf(buf, "\\u%04x", *s);
		else
			buf_add(buf, s, size);
		at += size ? size : 1;
	}
	buf_add_char(buf, '"');
}
