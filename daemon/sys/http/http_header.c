#include "sys/http/http_header.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool http_header_match(const char *line, size_t length, const char *name, char *value, size_t size)
{
	size_t name_length = strlen(name), count;

	if (length <= name_length || line[name_length] != ':' ||
	    strncasecmp(line, name, name_length) != 0)
		return false;
	line += name_length + 1;
	length -= name_length + 1;
	while (length > 0 && is_blank(line[0])) {
		line++;
		length--;
	}
	while (length > 0 && is_blank(line[length - 1]))
		length--;
	count = length < size ? length : size - 1;
	memcpy(value, line, count);
	value[count] = '\0';
	return true;
}

static int64_t clamp(int64_t ms)
{
	return ms < 0 ? 0 : ms > LIMIT_RETRY_MS ? LIMIT_RETRY_MS : ms;
}

int64_t http_header_retry_after(const char *value, int64_t wall_ms)
{
	const char *digits = value + (value[0] == '-');
	int64_t seconds = 0;
	time_t date;

	if (digits[0] && strspn(digits, "0123456789") == strlen(digits)) {
		/* Counting stops at the limit, so no number of digits overflows. */
		for (; *digits && seconds <= LIMIT_RETRY_MS; digits++)
			seconds = seconds * 10 + (*digits - '0');
		return value[0] == '-' ? 0 : clamp(seconds * 1000);
	}
	/* curl_getdate() also takes a bare time of day and the like; a date has a comma or letters.
	 */
	if (!strpbrk(value, "GgUu"))
		return -1;
	date = curl_getdate(value, NULL);
	if (date < 0)
		return -1;
	if (date > wall_ms / 1000 + LIMIT_RETRY_MS / 1000)
		return LIMIT_RETRY_MS;
	return clamp((int64_t)date * 1000 - wall_ms);
}
