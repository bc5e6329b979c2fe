/*
 * The keys of a phone number in the order of the real answer, and the parameters of the update
 * call. Everything that reads or writes a number is a loop over these two tables.
 */
#ifndef TWILIO_SIM_FIELDS_H
#define TWILIO_SIM_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum key {
	KEY_SID,
	KEY_ACCOUNT_SID,
	KEY_FRIENDLY_NAME,
	KEY_PHONE_NUMBER,
	KEY_VOICE_URL,
	KEY_VOICE_METHOD,
	KEY_VOICE_FALLBACK_URL,
	KEY_VOICE_FALLBACK_METHOD,
	KEY_VOICE_CALLER_ID_LOOKUP,
	KEY_DATE_CREATED,
	KEY_DATE_UPDATED,
	KEY_SMS_URL,
	KEY_SMS_METHOD,
	KEY_SMS_FALLBACK_URL,
	KEY_SMS_FALLBACK_METHOD,
	KEY_ADDRESS_REQUIREMENTS,
	KEY_BETA,
	KEY_CAPABILITIES,
	KEY_VOICE_RECEIVE_MODE,
	KEY_STATUS_CALLBACK,
	KEY_STATUS_CALLBACK_METHOD,
	KEY_API_VERSION,
	KEY_VOICE_APPLICATION_SID,
	KEY_SMS_APPLICATION_SID,
	KEY_ORIGIN,
	KEY_TRUNK_SID,
	KEY_EMERGENCY_STATUS,
	KEY_EMERGENCY_ADDRESS_SID,
	KEY_EMERGENCY_ADDRESS_STATUS,
	KEY_ADDRESS_SID,
	KEY_IDENTITY_SID,
	KEY_BUNDLE_SID,
	KEY_URI,
	KEY_STATUS,
	KEY_TYPE,
	KEY_COUNT
};

enum key_kind {
	KEY_IS_TEXT,
	KEY_IS_BOOL,         /* stored as "true" or "false" */
	KEY_IS_CAPABILITIES, /* stored as letters: v voice, s sms, m mms, f fax */
	KEY_IS_URI,          /* made from the two sids, never stored */
};

/* What a number that nobody configured has; what a save in the Console makes of null. */
struct key_row {
	const char *name;
	enum key_kind kind;
	const char *initial; /* NULL: null */
	const char *console; /* what the Console stores in place of null; NULL: leaves it */
};

extern const struct key_row key_table[KEY_COUNT];

enum param_kind {
	PARAM_URL,
	PARAM_METHOD,
	PARAM_SID, /* with a prefix; "" clears */
	PARAM_NAME,
	PARAM_BOOL,
	PARAM_CHOICE,
	PARAM_ACCOUNT,
	PARAM_EMERGENCY_STATUS,
};

struct param_row {
	const char *name;
	enum key key;
	enum param_kind kind;
	const char *detail; /* a sid's prefix; the values of a choice, each with a "|" behind */
};

#define PARAM_COUNT 23
extern const struct param_row param_table[PARAM_COUNT];

/* KEY_COUNT where there is no such key. */
enum key key_find(const char *name);

/* A value that stands for "the row has no such key". Compare the pointer. */
extern const char value_absent[];

/* Neither null nor absent nor empty. */
bool value_is_set(const char *value);

/* `prefix` and 32 hexadecimal digits. */
bool sid_is_valid(const char *text, const char *prefix);

#endif
