/* Names that people would give, and what they would not want to see in git. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "desired/export_parts.h"

#define LONGEST_NAME 40
#define SID_LENGTH   34
#define SID_TAIL     6

/* Two letters and 32 digits, with nothing of the kind behind. */
static bool is_sid(const char *text, size_t length)
{
	return length == SID_LENGTH && isupper((unsigned char)text[0]) &&
	       isupper((unsigned char)text[1]) &&
	       strspn(text + 2, "0123456789abcdefABCDEF") >= SID_LENGTH - 2;
}

/* A part of the name: letters and digits, everything else is one '-' between them. */
static void add_word(struct buf *name, const char *text, size_t length)
{
	bool gap = name->length > 0;

	if (is_sid(text, length)) {
		text += length - SID_TAIL;
		length = SID_TAIL;
	}
	for (size_t i = 0; i < length && name->length < LONGEST_NAME; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x80 || !isalnum(c)) {
			gap = name->length > 0;
			continue;
		}
		if (gap)
			buf_add_char(name, '-');
		gap = false;
		buf_add_char(name, (char)tolower(c));
	}
}

/* https://ivr.example.com/support/voice.php?x=1: "ivr", then "support", "voice". */
static void add_url(struct buf *name, const char *url)
{
	const char *host = strstr(url, "://"), *path, *end;
	size_t length;

	host = host ? host + 3 : url;
	path = host + strcspn(host, "/?#");
	end = path + strcspn(path, "?#");
	if (memchr(host, '@', (size_t)(path - host)))
		host = (const char *)memchr(host, '@', (size_t)(path - host)) + 1;
	if (text_starts(host, "webhooks.twilio.com/") && strstr(path, "/Flows/"))
		path = strstr(path, "/Flows/");
	else if (!text_starts(host, "handler.twilio.com/"))
		add_word(name, host, strcspn(host, ".:/?#"));
	while (path < end) {
		path++;
		length = strcspn(path, "/?#");
		add_word(name, path, is_sid(path, length) ? length : strcspn(path, "./?#"));
		path += length;
	}
}

char *export_name(struct arena *arena, const struct export_fields *fields)
{
	static const struct {
		enum field_id id;
		const char *word;
	} telling[] = {
		{FIELD_TRUNK_SID, "trunk"},
		{FIELD_VOICE_APPLICATION_SID, "application"},
		{FIELD_VOICE_URL, NULL},
		{FIELD_SMS_APPLICATION_SID, "sms-application"},
		{FIELD_SMS_URL, NULL},
		{FIELD_STATUS_CALLBACK, NULL},
		{FIELD_VOICE_FALLBACK_URL, NULL},
		{FIELD_SMS_FALLBACK_URL, NULL},
	};
	struct buf name = {0};
	char *result;

	for (size_t i = 0; i < ARRAY_LENGTH(telling) && !name.length; i++) {
		const char *value = fields->values[telling[i].id];

		if (!(fields->set & FIELD_BIT(telling[i].id)))
			continue;
		if (telling[i].word) {
			buf_add_text(&name, telling[i].word);
			add_word(&name, value, strlen(value));
		} else {
			add_url(&name, value);
		}
	}
	/* One word could be null, or a number. */
	if (!strchr(buf_text(&name), '-') || isdigit((unsigned char)buf_text(&name)[0]))
		result = arena_printf(arena, "group%s%s", name.length ? "-" : "", buf_text(&name));
	else
		result = arena_strdup(arena, buf_text(&name));
	buf_finish(&name);
	return result;
}

const char *export_secret(const char *url, char scratch[64])
{
	static const char *const words[] = {"token",   "secret", "passw",     "apikey", "api_key",
					    "api-key", "auth",   "signature", "sig",    "key"};
	const char *authority = strstr(url, "://"), *query = strchr(url, '?');

	if (authority && memchr(authority + 3, '@', strcspn(authority + 3, "/?#")))
		return "a user name or password";
	for (const char *at = query; at && *at && *at != '#';) {
		size_t length = strcspn(++at, "=&#");
		char name[48] = "";

		for (size_t i = 0; i < length && i < sizeof(name) - 1; i++)
			name[i] = (char)tolower((unsigned char)at[i]);
		for (size_t i = 0; i < ARRAY_LENGTH(words) && at[length] == '='; i++) {
			/* "key" and "sig" are parts of honest words. */
			if (strlen(words[i]) == 3 ? !text_equal(name, words[i])
						  : !strstr(name, words[i]))
				continue;
			scratch[0] = '\'';
			memcpy(scratch + 1, name, strlen(name));
			memcpy(scratch + 1 + strlen(name), "'", 2);
			return scratch;
		}
		at += strcspn(at, "&#");
	}
	return NULL;
}
