#include "desired/wanted_url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define LONGEST_HOST  253 /* RFC 1035 */
#define LONGEST_LABEL 63

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What is wrong with one label of a host name, or NULL. */
static const char *label_problem(const char *label, size_t length, bool *ret_doubt)
{
	if (!length)
		return "the host has an empty label (two dots, or a dot at an end)";
	if (length > LONGEST_LABEL)
		return "the host has a label of more than 63 characters";
	if (label[0] == '-' || label[length - 1] == '-')
		return "a label of the host begins or ends with '-'";
	for (size_t i = 0; i < length; i++) {
		if (label[i] == '_' || (label[i] & 0x80))
			*ret_doubt = true;
		else if (!is_alphanumeric(label[i]) && label[i] != '-')
			return "the host contains a character that no host name has";
	}
	return NULL;
}

static const char *host_problem(const char *host, size_t length, bool *ret_doubt)
{
	size_t labels = 0, at = 0;

	if (!length)
		return "there is no host";
	if (length > LONGEST_HOST)
		return "the host has more than 253 characters";
	if (length == 9 && strncasecmp(host, "localhost", 9) == 0)
		return "Twilio can't reach localhost: give a public host";
	while (at <= length) {
		const char *dot = memchr(host + at, '.', length - at);
		size_t end = dot ? (size_t)(dot - host) : length;
		const char *problem = label_problem(host + at, end - at, ret_doubt);

		if (problem)
			return problem;
		labels++;
		at = end + 1;
	}
	if (labels < 2)
		return "the host has no dot: Twilio takes public names only";
	return NULL;
}

bool wanted_host_is_name(const char *host, size_t length)
{
	bool doubt;

	return !host_problem(host, length, &doubt);
}

bool wanted_host_matches(const char *pattern, const char *host, size_t length)
{
	size_t tail;

	if (!text_starts(pattern, "*."))
		return strlen(pattern) == length && strncasecmp(pattern, host, length) == 0;
	tail = strlen(pattern + 1);
	return length > tail && strncasecmp(host + length - tail, pattern + 1, tail) == 0;
}

static bool ends_with(const char *host, size_t length, const char *tail)
{
	size_t n = strlen(tail);

	return length >= n && strncasecmp(host + length - n, tail, n) == 0;
}

/* Addresses and names that mean something inside a network only. */
static bool is_private(const char *host, size_t length)
{
	static const char *const tails[] = {".localhost", ".local",       ".internal",
					    ".lan",       ".localdomain", ".home.arpa"};
	unsigned a, b, c, d;
	char text[16];
	int end = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(tails); i++) {
		if (ends_with(host, length, tails[i]))
			return true;
	}
	if (length >= sizeof(text) || host[0] > '9')
		return false;
	memcpy(text, host, length);
	text[length] = '\0';
	if (sscanf(text, "%3u.%3u.%3u.%3u%n", &a, &b, &c, &d, &end) != 4 || (size_t)end != length)
		return false;
	return a == 0 || a == 10 || a == 127 || (a == 172 && b >= 16 && b <= 31) ||
	       (a == 192 && b == 168) || (a == 169 && b == 254);
}

static const char *port_problem(const char *port, size_t length)
{
	unsigned value = 0;

	if (!length || length > 5)
		return "the port must be 1 to 65535";
	for (size_t i = 0; i < length; i++) {
		if (port[i] < '0' || port[i] > '9')
			return "the port must be 1 to 65535";
		value = value * 10 + (unsigned)(port[i] - '0');
	}
	return value >= 1 && value <= 65535 ? NULL : "the port must be 1 to 65535";
}

static const char *character_problem(const char *url, bool *ret_doubt)
{
	for (; *url; url++) {
		unsigned char c = (unsigned char)*url;

		if (c == ' ')
			return "it contains a space: write %20, or remove it";
		if (c < 0x20 || c == 0x7f)
			return "it contains a line break, a tab or another control character";
		if (c >= 0x80)
			*ret_doubt = true;
	}
	return NULL;
}

static enum url_verdict bad(struct url_finding *finding, const char *problem)
{
	*finding = (struct url_finding){.problem = problem};
	return URL_BAD;
}

enum url_verdict wanted_url_check(const char *url, struct url_finding *ret_finding)
{
	bool doubt_host = false, doubt_text = false;
	const char *host, *at, *colon, *problem;
	size_t length;

	problem = character_problem(url, &doubt_text);
	if (problem)
		return bad(ret_finding, problem);
	if (strncasecmp(url, "https://", 8) == 0)
		host = url + 8;
	else if (strncasecmp(url, "http://", 7) == 0)
		host = url + 7;
	else
		return bad(ret_finding, "it must begin with https:// or http://");
	length = strcspn(host, "/?#\\");
	at = memrchr(host, '@', length);
	if (at) {
		length -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	*ret_finding = (struct url_finding){.host = host, .host_length = length};
	if (*host == '[') {
		ret_finding->problem = "nobody knows if Twilio takes IPv6 addresses";
		return URL_DOUBTFUL;
	}
	colon = memchr(host, ':', length);
	if (colon) {
		problem = port_problem(colon + 1, length - (size_t)(colon + 1 - host));
		if (problem)
			return bad(ret_finding, problem);
		length = (size_t)(colon - host);
		ret_finding->host_length = length;
	}
	problem = host_problem(host, length, &doubt_host);
	if (problem)
		return bad(ret_finding, problem);
	if (doubt_host)
		ret_finding->problem = "a host name has letters, digits and '-' only (other "
				       "scripts as xn--...): Twilio may refuse it";
	else if (is_private(host, length))
		ret_finding->problem = "this host looks private: Twilio must be able to reach it";
	else if (doubt_text)
		ret_finding->problem = "a URL has ASCII characters only: write others as %XX";
	return ret_finding->problem ? URL_DOUBTFUL : URL_GOOD;
}
