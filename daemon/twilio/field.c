#include "twilio/field.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const char *const methods[] = {"GET", "POST", "HEAD", "PATCH", "PUT", "DELETE", NULL};
static const char *const versions[] = {"2010-04-01", "2008-08-01", NULL};
static const char *const receive_modes[] = {"voice", "fax", NULL};
static const char *const statuses[] = {"Active", "Inactive", NULL};

#define SMS_URLS                                                                                   \
	(FIELD_BIT(FIELD_SMS_URL) | FIELD_BIT(FIELD_SMS_METHOD) |                                  \
	 FIELD_BIT(FIELD_SMS_FALLBACK_URL) | FIELD_BIT(FIELD_SMS_FALLBACK_METHOD))
#define VOICE_URLS                                                                                 \
	(FIELD_BIT(FIELD_VOICE_URL) | FIELD_BIT(FIELD_VOICE_METHOD) |                              \
	 FIELD_BIT(FIELD_VOICE_FALLBACK_URL) | FIELD_BIT(FIELD_VOICE_FALLBACK_METHOD))

/* Rows of one kind differ in their names and help alone. */
#define SID(k, p, x, h)                                                                            \
	.key = (k), .param = (p), .type = FIELD_TYPE_SID, .clear = FIELD_CLEAR_EMPTY,              \
	.prefix = (x), .help = (h)
#define URL(k, p, h)                                                                               \
	.key = (k), .param = (p), .type = FIELD_TYPE_URL, .clear = FIELD_CLEAR_EMPTY, .help = (h)
#define METHOD(k, p, h)                                                                            \
	.key = (k), .param = (p), .type = FIELD_TYPE_METHOD, .clear = FIELD_CLEAR_DEFAULT,         \
	.unset = "POST", .choices = methods, .help = (h)
#define CHOICE(k, p, c, u, h)                                                                      \
	.key = (k), .param = (p), .type = FIELD_TYPE_CHOICE, .clear = FIELD_CLEAR_DEFAULT,         \
	.unset = (u), .choices = (c), .help = (h)

/* One row a field reads as the table it is. */
/* clang-format off */
const struct field field_table[FIELD_COUNT] = {
	[FIELD_ACCOUNT_SID] = {
		.key = "account_sid", .param = "AccountSid", .type = FIELD_TYPE_SID,
		.clear = FIELD_CLEAR_NEVER, .course = FIELD_COURSE_TRANSFER, .prefix = "AC",
		.help = "Account that shall own the number: asks for a transfer"},
	[FIELD_ADDRESS_SID] = {
		SID("address_sid", "AddressSid", "AD",
		    "Address that local regulation asks for")},
	[FIELD_API_VERSION] = {
		CHOICE("api_version", "ApiVersion", versions, "2010-04-01",
		       "Version of the API that incoming calls use")},
	[FIELD_BUNDLE_SID] = {
		SID("bundle_sid", "BundleSid", "BU",
		    "Regulatory bundle that local regulation asks for")},
	[FIELD_EMERGENCY_ADDRESS_SID] = {
		SID("emergency_address_sid", "EmergencyAddressSid", "AD",
		    "Address that emergency services are told for calls from the number"),
		.course = FIELD_COURSE_EMERGENCY},
	[FIELD_EMERGENCY_STATUS] = {
		CHOICE("emergency_status", "EmergencyStatus", statuses, "Inactive",
		       "No longer has an effect: Twilio ignores it since 2021-10"),
		.course = FIELD_COURSE_ALONE},
	[FIELD_FRIENDLY_NAME] = {
		.key = "friendly_name", .param = "FriendlyName", .type = FIELD_TYPE_TEXT,
		.clear = FIELD_CLEAR_NEVER, .longest = 64,
		.help = "Name shown in the Console"},
	[FIELD_IDENTITY_SID] = {
		SID("identity_sid", "IdentitySid", "RI",
		    "Identity that local regulation asks for")},
	[FIELD_SMS_APPLICATION_SID] = {
		SID("sms_application_sid", "SmsApplicationSid", "AP",
		    "Application that handles messages; the sms urls are not used while it is set"),
		.shadows = SMS_URLS},
	[FIELD_SMS_FALLBACK_METHOD] = {
		METHOD("sms_fallback_method", "SmsFallbackMethod",
		       "HTTP method for sms_fallback_url")},
	[FIELD_SMS_FALLBACK_URL] = {
		URL("sms_fallback_url", "SmsFallbackUrl", "Called when sms_url fails")},
	[FIELD_SMS_METHOD] = {
		METHOD("sms_method", "SmsMethod", "HTTP method for sms_url")},
	[FIELD_SMS_URL] = {
		URL("sms_url", "SmsUrl", "Called when a message comes in")},
	[FIELD_STATUS_CALLBACK] = {
		URL("status_callback", "StatusCallback", "Called with the state of each call")},
	[FIELD_STATUS_CALLBACK_METHOD] = {
		METHOD("status_callback_method", "StatusCallbackMethod",
		       "HTTP method for status_callback")},
	[FIELD_TRUNK_SID] = {
		SID("trunk_sid", "TrunkSid", "TK",
		    "SIP trunk that takes the calls; the voice urls are not used while it is set"),
		.shadows = VOICE_URLS, .removes = FIELD_BIT(FIELD_VOICE_APPLICATION_SID)},
	[FIELD_VOICE_APPLICATION_SID] = {
		SID("voice_application_sid", "VoiceApplicationSid", "AP",
		    "Application that handles calls; the voice urls are not used while it is set"),
		.shadows = VOICE_URLS, .removes = FIELD_BIT(FIELD_TRUNK_SID)},
	[FIELD_VOICE_CALLER_ID_LOOKUP] = {
		.key = "voice_caller_id_lookup", .param = "VoiceCallerIdLookup",
		.type = FIELD_TYPE_BOOL, .clear = FIELD_CLEAR_DEFAULT, .unset = "false",
		.help = "Whether the caller's name is looked up and sent along (costs extra)"},
	[FIELD_VOICE_FALLBACK_METHOD] = {
		METHOD("voice_fallback_method", "VoiceFallbackMethod",
		       "HTTP method for voice_fallback_url")},
	[FIELD_VOICE_FALLBACK_URL] = {
		URL("voice_fallback_url", "VoiceFallbackUrl", "Called when voice_url fails")},
	[FIELD_VOICE_METHOD] = {
		METHOD("voice_method", "VoiceMethod", "HTTP method for voice_url")},
	[FIELD_VOICE_RECEIVE_MODE] = {
		CHOICE("voice_receive_mode", "VoiceReceiveMode", receive_modes, "voice",
		       "What the number takes: voice, or fax (which Twilio has ended)")},
	[FIELD_VOICE_URL] = {
		URL("voice_url", "VoiceUrl", "Called when a call comes in")},
};
/* clang-format on */

enum field_id field_by_key(const char *key)
{
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		if (strcmp(field_table[id].key, key) == 0)
			return id;
	}
	return FIELD_COUNT;
}

bool field_method_is_usual(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0;
}

static const char *with_case(const char *value, int (*convert)(int), size_t from, char *scratch)
{
	size_t length = strlen(value), i;

	if (length >= FIELD_SCRATCH)
		return value;
	for (i = 0; i < length; i++)
		scratch[i] = (char)(i < from ? value[i] : convert((unsigned char)value[i]));
	scratch[i] = '\0';
	return strcmp(scratch, value) == 0 ? value : scratch;
}

const char *field_canonical(enum field_id id, const char *value, char scratch[FIELD_SCRATCH])
{
	const struct field *field = &field_table[id];

	if (text_is_empty(value))
		return field->unset;
	switch (field->type) {
	case FIELD_TYPE_METHOD:
		return with_case(value, toupper, 0, scratch);
	case FIELD_TYPE_SID:
		return with_case(value, tolower, 2, scratch);
	default:
		return value;
	}
}

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
