#include "render.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static void render_capabilities(const char *letters, struct buf *out)
{
	buf_printf(out, "{\"voice\": %s, \"sms\": %s, \"mms\": %s, \"fax\": %s}",
		   strchr(letters, 'v') ? "true" : "false", strchr(letters, 's') ? "true" : "false",
		   strchr(letters, 'm') ? "true" : "false",
		   strchr(letters, 'f') ? "true" : "false");
}

void render_value(const struct number *number, enum key key, const char *value, struct buf *out)
{
	if (key == KEY_ACCOUNT_SID)
		value = number->account->sid;
	switch (key_table[key].kind) {
	case KEY_IS_URI:
		buf_printf(out, "\"/2010-04-01/Accounts/%s/IncomingPhoneNumbers/%s.json\"",
			   number->account->sid, number->value[KEY_SID]);
		return;
	case KEY_IS_CAPABILITIES:
		render_capabilities(value, out);
		return;
	case KEY_IS_BOOL:
		buf_add_text(out, value && value != value_absent ? value : "null");
		return;
	case KEY_IS_TEXT:
		if (value && value != value_absent)
			text_add_json(out, value);
		else
			buf_add_text(out, "null");
		return;
	}
}

static bool is_url_key(enum key key)
{
	const char *name = key_table[key].name;
	size_t length = strlen(name);

	return key == KEY_STATUS_CALLBACK || (length > 4 && strcmp(name + length - 4, "_url") == 0);
}

static void render_number(const struct number *number, bool urls, struct buf *out)
{
	const char *separator = "{";

	for (int key = 0; key < KEY_COUNT; key++) {
		if (number->value[key] == value_absent || (!urls && is_url_key((enum key)key)))
			continue;
		buf_add_text(out, separator);
		buf_add_char(out, '"');
		buf_add_text(out, key_table[key].name);
		buf_add_text(out, "\": ");
		render_value(number, (enum key)key, number->value[key], out);
		separator = ", ";
	}
	buf_add_char(out, '}');
}

void render_row_without_urls(const struct number *number, struct buf *out)
{
	render_number(number, false, out);
}

const char *render_row(struct twilio *twilio, struct number *number)
{
	struct buf buf = {0};

	if (number->json_length)
		return number->json;
	render_number(number, true, &buf);
	if (number->json_capacity <= buf.length) {
		number->json_capacity = (uint32_t)(buf.length + 256);
		number->json = arena_alloc(&twilio->arena, number->json_capacity);
	}
	memcpy(number->json, buf.bytes, buf.length + 1);
	number->json_length = (uint32_t)buf.length;
	buf_finish(&buf);
	return number->json;
}

void render_error(int status, int code, const char *message, struct buf *out)
{
	buf_printf(out, "{\"code\": %d, \"message\": ", code);
	text_add_json(out, message);
	buf_printf(out,
		   ", \"more_info\": \"https://www.twilio.com/docs/errors/%d\", \"status\": %d}",
		   code, status);
}

void render_date(int64_t now_ms, char ret_date[RENDER_DATE_SIZE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(ret_date, RENDER_DATE_SIZE, "%.3s, %02d %.3s %d %02d:%02d:%02d +0000",
		 days + tm.tm_wday * 3, tm.tm_mday, months + tm.tm_mon * 3, tm.tm_year + 1900,
		 tm.tm_hour, tm.tm_min, tm.tm_sec);
}
