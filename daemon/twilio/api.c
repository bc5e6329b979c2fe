#include "twilio/api.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "twilio/answer.h"

#define ACCOUNTS "/2010-04-01/Accounts/"
#define NUMBERS  "/IncomingPhoneNumbers"

void api_add_list_path(struct buf *path, const char *account)
{
	buf_printf(path, ACCOUNTS "%s" NUMBERS ".json?PageSize=%d", account, API_PAGE_SIZE);
}

void api_add_filter_path(struct buf *path, const char *account, const char *number)
{
	api_add_list_path(path, account);
	buf_add_text(path, "&PhoneNumber=");
	buf_add_form(path, number);
}

void api_add_number_path(struct buf *path, const char *account, const char *sid)
{
	buf_printf(path, ACCOUNTS "%s" NUMBERS "/%s.json", account, sid);
}

#define LONGEST_URI 4096

bool api_may_follow(const char *uri, const char *account)
{
	size_t length = strlen(uri), list;
	char begin[128];

	list = (size_t)snprintf(begin, sizeof(begin), ACCOUNTS "%s" NUMBERS, account);
	if (list >= sizeof(begin) || length > LONGEST_URI || strncmp(uri, begin, list) != 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)uri[i] <= ' ' || (unsigned char)uri[i] >= 0x7f || uri[i] == '#')
			return false;
	}
	return text_starts(uri + list, ".json?") || uri[list] == '?';
}

void api_add_form(struct buf *body, enum field_id field, const char *value)
{
	if (body->length)
		buf_add_char(body, '&');
	buf_printf(body, "%s=", field_table[field].param);
	buf_add_form(body, value ? value : "");
}

/*
 * What Twilio's error codes ask of a person. Twilio's own message is shown too, so a code that
 * speaks for itself has no row. Source: Twilio's error dictionary.
 */
static const struct {
	int code;
	const char *text; /* only where Twilio's message has this in it, NULL: always */
	const char *advice;
} advices[] = {
	{20003, "invalid username",
	 "the account sid or API key sid is malformed; look for a newline or a blank in it"},
	{20003, NULL,
	 "check the account sid and the auth token or API key; credentials are valid in one region "
	 "only"},
	{70051, NULL,
	 "the API key may not do this; give it /twilio/phone-numbers/active-numbers/list, read and "
	 "update"},
	{20005, NULL, "the account is suspended or closed; see the Console"},
	{20008, NULL, "these are test credentials, which have no numbers; use the live ones"},
	{20403, NULL, "the credentials may not act on this account"},
	{21402, NULL, "the URL must be absolute and on a public host"},
	{21403, NULL, "use GET or POST"},
	{21405, NULL, "declare voice_url together with voice_fallback_url"},
	{21406, NULL, "declare sms_url together with sms_fallback_url"},
	{21407, NULL, "this number can't take messages; remove the sms fields from its entry"},
	{21409, NULL, "the caller's name can't be looked up for this number"},
	{21420, NULL, "the application must belong to the number's own account"},
	{21470, NULL, "account_sid names no valid account"},
	{21471, NULL, "the account in account_sid does not exist"},
	{21472, NULL, "the account in account_sid is not active"},
	{21473, NULL, "both accounts must belong to the same parent account"},
	{21474, NULL, "a transfer needs the credentials of the parent account"},
	{21615, NULL, "declare an identity_sid that is valid for this country"},
	{21631, "emergency address", "declare 'emergency_address_sid: null' first"},
	{21631, NULL, "declare an address_sid: this country requires an address"},
	{21649, NULL, "declare a bundle_sid: this country requires a regulatory bundle"},
	{21650, NULL, "the bundle does not fit this number; see its state in the Console"},
	{21651, NULL, "the address does not belong to the bundle"},
};

static const char *advice_for(int code, const char *message)
{
	for (size_t i = 0; code && i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (advices[i].code == code &&
		    (!advices[i].text || strstr(message, advices[i].text)))
			return advices[i].advice;
	}
	return NULL;
}

static enum api_class class_of(int status, int code)
{
	if (status >= 200 && status < 300)
		return API_OK;
	if (status == 401)
		return API_AUTH;
	if (status == 403)
		return API_FORBIDDEN;
	/* A 404 without the API's own code comes from something in between, and says nothing. */
	if (status == 404)
		return code == 20404 ? API_GONE : API_UNKNOWN;
	if (status == 409 || status == 429 || code == 20162 || code == 20409 || code == 20429)
		return API_BUSY;
	if (status == 408 || status >= 500 || status < 200)
		return API_UNKNOWN;
	return API_REFUSED;
}

void api_judge(const struct http_answer *answer, struct api_verdict *ret_verdict)
{
	struct answer_error error = {0};
	struct buf shown = {0};
	const char *advice;

	*ret_verdict = (struct api_verdict){.class = API_OK, .status = answer->status};
	if (answer->result != HTTP_ANSWERED) {
		ret_verdict->status = 0;
		ret_verdict->class =
			answer->result == HTTP_NOT_SENT ? API_UNAVAILABLE : API_UNKNOWN;
		snprintf(ret_verdict->text, sizeof(ret_verdict->text), "%s", answer->error);
		return;
	}
	if (answer->status < 200 || answer->status >= 300)
		answer_decode_error(answer->body, answer->body_length, &error);
	ret_verdict->code = error.code;
	ret_verdict->class = class_of(answer->status, error.code);
	if (ret_verdict->class == API_OK)
		return;
	buf_printf(&shown, "Twilio answered HTTP %d", answer->status);
	if (error.code)
		buf_printf(&shown, ", error %d", error.code);
	if (error.message[0]) {
		buf_add_text(&shown, ": ");
		text_add_shown(&shown, error.message);
	}
	advice = advice_for(error.code, error.message);
	if (!advice && answer->status >= 300 && answer->status < 400)
		advice = "a redirect, which numberd never follows; check the base URL and proxies";
	if (advice)
		buf_printf(&shown, " (%s)", advice);
	snprintf(ret_verdict->text, sizeof(ret_verdict->text), "%s", buf_text(&shown));
	buf_finish(&shown);
}
