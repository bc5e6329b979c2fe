/* Numbers that look like those of a real account. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/rng.h"
#include "load.h"
#include "render.h"

#define DAY_MS INT64_C(86400000)

struct place {
	const char *prefix;
	int digits; /* behind the prefix */
};

/* Most numbers are American; prefixes differ so that no two places can make the same number. */
static const struct place places[] = {
	{"+1415", 7}, {"+1212", 7}, {"+1808", 7}, {"+1646", 7}, {"+4420", 8},
	{"+1310", 7}, {"+1512", 7}, {"+4930", 8}, {"+1206", 7}, {"+6129", 7},
};

/* The i-th number of a place: spread over its range, never twice. */
static void make_phone(size_t i, char ret_phone[24])
{
	const struct place *place = &places[i % ARRAY_LENGTH(places)];
	uint64_t step = i / ARRAY_LENGTH(places);

	if (place->digits == 8)
		snprintf(ret_phone, 24, "%s%08" PRIu64, place->prefix,
			 20000000 + step * 7919 % 80000000);
	else
		snprintf(ret_phone, 24, "%s%07" PRIu64, place->prefix,
			 2000000 + step * 7919 % 8000000);
}

static void make_hex(struct rng *rng, char ret_hex[33])
{
	uint64_t high = rng_next(rng);
	uint64_t low = rng_next(rng);

	snprintf(ret_hex, 33, "%016" PRIx64 "%016" PRIx64, high, low);
}

static void set_unset(struct twilio *twilio, struct number *number, struct rng *rng, enum key key)
{
	static const char *const ways[] = {"", NULL, value_absent};

	state_set(twilio, number, key, ways[rng_upto(rng, 2)]);
}

static void set_url(struct twilio *twilio, struct number *number, struct rng *rng, enum key key)
{
	char hex[33];
	char url[160];

	make_hex(rng, hex);
	switch (rng_upto(rng, 6)) {
	case 0:
		snprintf(url, sizeof(url), "https://webhooks.twilio.com/v1/Accounts/%s/Flows/FW%s",
			 number->account->sid, hex);
		break;
	case 1:
		snprintf(url, sizeof(url), "https://handler.twilio.com/twiml/EH%s", hex);
		break;
	case 2:
		snprintf(url, sizeof(url), "https://calls-%.4s-dev.twil.io/incoming", hex);
		break;
	case 3:
		snprintf(url, sizeof(url),
			 "http://twimlets.com/forward?Timeout=60&PhoneNumber=415-555-%04d",
			 (int)rng_upto(rng, 9999));
		break;
	case 4:
		snprintf(url, sizeof(url), "https://demo.twilio.com/welcome/%s",
			 key == KEY_SMS_URL ? "sms/reply" : "voice/");
		break;
	default:
		snprintf(url, sizeof(url), "https://ivr.example.com/%s?line=%d",
			 key == KEY_SMS_URL ? "sms" : "voice", (int)rng_upto(rng, 99));
		break;
	}
	state_set(twilio, number, key, url);
}

static void set_application(struct twilio *twilio, struct number *number, struct rng *rng,
			    enum key key)
{
	char hex[33];
	char sid[35];

	make_hex(rng, hex);
	snprintf(sid, sizeof(sid), "%s%s", key == KEY_TRUNK_SID ? "TK" : "AP", hex);
	state_set(twilio, number, key, sid);
}

static void fill_urls(struct twilio *twilio, struct number *number, struct rng *rng)
{
	static const enum key optional[] = {KEY_VOICE_FALLBACK_URL, KEY_SMS_FALLBACK_URL,
					    KEY_STATUS_CALLBACK};

	if (rng_upto(rng, 9))
		set_url(twilio, number, rng, KEY_VOICE_URL);
	else
		set_unset(twilio, number, rng, KEY_VOICE_URL);
	if (rng_upto(rng, 3))
		set_url(twilio, number, rng, KEY_SMS_URL);
	else
		set_unset(twilio, number, rng, KEY_SMS_URL);
	for (size_t i = 0; i < ARRAY_LENGTH(optional); i++) {
		if (rng_upto(rng, 4))
			set_unset(twilio, number, rng, optional[i]);
		else
			set_url(twilio, number, rng, optional[i]);
	}
}

/* Numbers that were only brought along were never configured: their methods are null. */
static void make_hosted(struct twilio *twilio, struct number *number)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		const char *console = key_table[key].console;

		if (console && console[0] != 'f')
			state_set(twilio, number, (enum key)key, NULL);
	}
	state_set(twilio, number, KEY_ORIGIN, "hosted");
}

static void fill(struct twilio *twilio, struct number *number, struct rng *rng)
{
	static const enum key applications[] = {KEY_VOICE_APPLICATION_SID, KEY_SMS_APPLICATION_SID};

	fill_urls(twilio, number, rng);
	for (size_t i = 0; i < ARRAY_LENGTH(applications); i++) {
		if (rng_upto(rng, 14))
			set_unset(twilio, number, rng, applications[i]);
		else
			set_application(twilio, number, rng, applications[i]);
	}
	if (rng_upto(rng, 29) == 0) {
		set_application(twilio, number, rng, KEY_TRUNK_SID);
		state_set(twilio, number, KEY_VOICE_APPLICATION_SID, "");
	}
	if (rng_upto(rng, 2) == 0)
		state_set(twilio, number, KEY_VOICE_RECEIVE_MODE, "voice");
	if (rng_upto(rng, 2) == 0)
		state_set(twilio, number, KEY_TYPE, value_absent);
	if (rng_upto(rng, 19) == 0)
		make_hosted(twilio, number);
}

void generate_numbers(struct twilio *twilio, struct account *account, uint64_t seed, size_t count,
		      int64_t now_ms)
{
	struct rng rng;
	char phone[24];
	char hex[33];
	char sid[35];

	rng_init(&rng, seed);
	for (size_t i = 0; i < count; i++) {
		int64_t date = now_ms - (int64_t)(count - i) * (DAY_MS / 16);

		make_phone(i, phone);
		make_hex(&rng, hex);
		snprintf(sid, sizeof(sid), "PN%s", hex);
		if (!state_number(twilio, phone) && !state_number(twilio, sid))
			fill(twilio, state_add_number(twilio, account, phone, sid, date), &rng);
	}
}
