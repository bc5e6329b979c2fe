/* What the API takes as a value, and how it may change its spelling on storing. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "call.h"

struct url_parts {
	size_t host; /* offsets into the text */
	size_t host_end;
	size_t authority_end;
};

static bool label_is_valid(const char *label, size_t length)
{
	if (length < 1 || length > 63 || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)label[i]) && label[i] != '-')
			return false;
	}
	return true;
}

static bool host_is_valid(const char *host, size_t length)
{
	size_t start = 0;

	for (size_t i = 0; i <= length; i++) {
		if (i < length && host[i] != '.')
			continue;
		if (!label_is_valid(host + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* http or https, no white space, a port of digits. */
static bool url_split(const char *url, struct url_parts *ret_parts)
{
	struct url_parts parts;
	const char *scheme_end = strstr(url, "://");
	const char *at;
	const char *colon;

	for (const char *c = url; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	}
	if (!scheme_end ||
	    (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
		return false;
	parts.host = (size_t)(scheme_end - url) + 3;
	parts.authority_end = parts.host + strcspn(url + parts.host, "/?#");
	at = memrchr(url + parts.host, '@', parts.authority_end - parts.host);
	if (at)
		parts.host = (size_t)(at - url) + 1;
	colon = memchr(url + parts.host, ':', parts.authority_end - parts.host);
	parts.host_end = colon ? (size_t)(colon - url) : parts.authority_end;
	for (size_t i = parts.host_end + 1; colon && i < parts.authority_end; i++) {
		if (!isdigit((unsigned char)url[i]))
			return false;
	}
	*ret_parts = parts;
	return true;
}

/* A host that the public internet can't have: localhost, or a name without a dot. */
static bool host_is_private(const char *host, size_t length)
{
	return !memchr(host, '.', length) ||
	       (length >= 10 && strncasecmp(host + length - 10, ".localhost", 10) == 0);
}

static const char *respell(struct call *call, char *url, const struct url_parts *parts)
{
	const struct switches *switches = &call->twilio->switches;
	size_t length = strlen(url);

	for (size_t i = parts->host; switches->url_lower_host && i < parts->host_end; i++)
		url[i] = (char)tolower((unsigned char)url[i]);
	if (switches->url_add_slash && parts->authority_end == length)
		return arena_printf(&call->arena, "%s/", url);
	if (switches->url_drop_slash && url[length - 1] == '/')
		url[length - 1] = '\0';
	return url;
}

static char *trimmed(struct call *call, const char *value)
{
	size_t length;

	while (isspace((unsigned char)*value))
		value++;
	length = text_trimmed_length(value, strlen(value));
	return arena_strndup(&call->arena, value, length);
}

bool value_check_url(struct call *call, const char *param, const char *value,
		     const char **ret_stored)
{
	const struct switches *switches = &call->twilio->switches;
	char *url = switches->url_trim ? trimmed(call, value) : arena_strdup(&call->arena, value);
	struct url_parts parts;
	const char *host;
	size_t length;

	if (!url[0]) {
		*ret_stored = "";
		return true;
	}
	if (!url_split(url, &parts))
		return call_error(call, 400, 21402, "%s is not a valid URL: %s", param, value);
	host = url + parts.host;
	length = parts.host_end - parts.host;
	if (!host_is_valid(host, length))
		return call_error(call, 400, 21402, "%s is not a valid URL: %s", param, value);
	if (host_is_private(host, length))
		return call_error(call, 400, 21402, "%s is not valid: %s", param, value);
	if (switches->url_max_length && strlen(url) > (size_t)switches->url_max_length)
		return call_error(call, 400, 21402, "%s is not valid: %s", param, value);
	*ret_stored = respell(call, url, &parts);
	return true;
}

static bool is_one_of(const char *value, const char *choices)
{
	size_t length = strlen(value);

	for (const char *c = choices; *c; c = strchr(c, '|') + 1) {
		if (length && strncmp(c, value, length) == 0 && c[length] == '|')
			return true;
	}
	return false;
}

static bool check_method(struct call *call, const char *param, const char *value)
{
	bool six = call->twilio->switches.methods == METHODS_SIX;

	if (is_one_of(value, six ? "HEAD|GET|POST|PATCH|PUT|DELETE|" : "GET|POST|"))
		return true;
	if (six)
		return call_error(call, 400, 21403, "%s is not a valid method: %s", param, value);
	return call_error(call, 400, 21403, "Valid Method values are GET or POST");
}

/* An application must belong to the account; one that no account lists belongs to everybody. */
static bool application_is_accessible(const struct call *call, const char *sid)
{
	const struct twilio *twilio = call->twilio;
	bool found = call->account->application_count == 0;

	for (size_t i = 0; i < twilio->account_count; i++) {
		const struct account *account = twilio->accounts[i];

		for (size_t j = 0; j < account->application_count; j++) {
			if (strcmp(account->applications[j], sid) == 0) {
				if (account == call->account)
					return true;
				found = false;
			}
		}
	}
	return found;
}

static bool check_sid(struct call *call, const struct param_row *param, const char *value)
{
	bool is_application = strcmp(param->detail, "AP") == 0;

	if (!value[0])
		return true;
	if (is_application &&
	    (!sid_is_valid(value, "AP") || !application_is_accessible(call, value)))
		return call_error(call, 400, 21420, "%s is not accessible: %s", param->name, value);
	if (!sid_is_valid(value, param->detail))
		return call_error(call, 400, 20001, "%s is not valid: %s", param->name, value);
	return true;
}

static bool check_name(struct call *call, const char *value, const char **ret_stored)
{
	long length;

	if (call->twilio->switches.name_trim)
		value = trimmed(call, value);
	length = text_utf8_length(value, strlen(value));
	if (length < 1 || length > 64)
		return call_error(call, 400, 20002, "FriendlyName must be 1 to 64 characters");
	*ret_stored = value;
	return true;
}

bool value_check(struct call *call, const struct param_row *param, const char *value,
		 const char **ret_stored)
{
	*ret_stored = value;
	switch (param->kind) {
	case PARAM_URL:
		return value_check_url(call, param->name, value, ret_stored);
	case PARAM_METHOD:
		return check_method(call, param->name, value);
	case PARAM_SID:
		return check_sid(call, param, value);
	case PARAM_NAME:
		return check_name(call, value, ret_stored);
	case PARAM_BOOL:
		if (is_one_of(value, "true|false|"))
			return true;
		return call_error(call, 400, 20001, "%s is not a boolean: %s", param->name, value);
	case PARAM_CHOICE:
		if (is_one_of(value, param->detail))
			return true;
		return call_error(call, 400, 20001, "%s is not valid: %s", param->name, value);
	case PARAM_ACCOUNT:
	case PARAM_EMERGENCY_STATUS:
		return true;
	}
	return true;
}
