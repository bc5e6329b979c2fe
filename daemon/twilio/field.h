/*
 * The one table of the 23 fields that the update call of IncomingPhoneNumbers takes. Everything
 * that knows fields loops over it: reading YAML, decoding JSON, comparing, the form body, the
 * schema, the reference. A new field is a new row here and nothing else.
 *
 * A field's value has one canonical spelling, and NULL means that it is unset. "Unset" comes from
 * the API as "", null or no key at all; field_canonical() makes one thing of the three. A field
 * with a default (a method is POST) is never NULL: unset is its default.
 *
 * Source: Twilio's OpenAPI of 2026-04 and the documentation of the resource.
 */
#ifndef NUMBERD_TWILIO_FIELD_H
#define NUMBERD_TWILIO_FIELD_H

#include <stdbool.h>
#include <stdint.h>

enum field_id {
	FIELD_ACCOUNT_SID,
	FIELD_ADDRESS_SID,
	FIELD_API_VERSION,
	FIELD_BUNDLE_SID,
	FIELD_EMERGENCY_ADDRESS_SID,
	FIELD_EMERGENCY_STATUS,
	FIELD_FRIENDLY_NAME,
	FIELD_IDENTITY_SID,
	FIELD_SMS_APPLICATION_SID,
	FIELD_SMS_FALLBACK_METHOD,
	FIELD_SMS_FALLBACK_URL,
	FIELD_SMS_METHOD,
	FIELD_SMS_URL,
	FIELD_STATUS_CALLBACK,
	FIELD_STATUS_CALLBACK_METHOD,
	FIELD_TRUNK_SID,
	FIELD_VOICE_APPLICATION_SID,
	FIELD_VOICE_CALLER_ID_LOOKUP,
	FIELD_VOICE_FALLBACK_METHOD,
	FIELD_VOICE_FALLBACK_URL,
	FIELD_VOICE_METHOD,
	FIELD_VOICE_RECEIVE_MODE,
	FIELD_VOICE_URL,
	FIELD_COUNT
};

/* One bit a field. */
typedef uint32_t field_mask;
#define FIELD_BIT(id) ((field_mask)1 << (id))

enum field_type {
	FIELD_TYPE_TEXT,   /* 1 to `longest` characters */
	FIELD_TYPE_URL,    /* absolute, http or https, host that the public can reach */
	FIELD_TYPE_METHOD, /* one of `choices`, any case */
	FIELD_TYPE_SID,    /* `prefix` and 32 hexadecimal digits */
	FIELD_TYPE_BOOL,   /* true or false */
	FIELD_TYPE_CHOICE, /* one of `choices`, to the letter */
};

enum field_clear {
	FIELD_CLEAR_EMPTY,   /* sent empty: "VoiceUrl=" */
	FIELD_CLEAR_DEFAULT, /* can't be empty: `unset` is sent */
	FIELD_CLEAR_NEVER,   /* can't be cleared */
};

enum field_course {
	FIELD_COURSE_PLAIN,     /* sent with the others, proved by the answer */
	FIELD_COURSE_EMERGENCY, /* emergency_address_sid: clear, wait, set, wait */
	FIELD_COURSE_ALONE,     /* emergency_status: by itself, and Twilio may ignore it */
	FIELD_COURSE_TRANSFER,  /* account_sid: the number moves to another account */
	FIELD_COURSES
};

struct field {
	const char *key;   /* in the file and in answers: "voice_url" */
	const char *param; /* in the form body: "VoiceUrl" */
	enum field_type type;
	enum field_clear clear;
	enum field_course course;
	const char *unset;          /* canonical value of an unset field; NULL: none */
	const char *prefix;         /* of a SID: "AP" */
	const char *const *choices; /* of a method or a choice; ends with NULL */
	long longest;               /* characters of a text */
	field_mask shadows;         /* while this is set, those are stored but not used */
	field_mask removes;         /* setting this makes Twilio remove those */
	const char *help;           /* one line, a sentence without its full stop */
};

extern const struct field field_table[FIELD_COUNT];

/* FIELD_COUNT where no field has this key. */
enum field_id field_by_key(const char *key);

/* True for the two methods that Twilio calls; the file may name others, and Twilio decides. */
bool field_method_is_usual(const char *method);

/*
 * The canonical spelling of a value from the API or the file: NULL, "" and absent become `unset`,
 * methods upper case, the digits of a SID lower case. Anything else stays as it is, byte for byte.
 * Writes to `scratch` if the spelling changes; the result is `value`, `scratch` or static.
 */
#define FIELD_SCRATCH 64
const char *field_canonical(enum field_id id, const char *value, char scratch[FIELD_SCRATCH]);

/*
 * True if two different values are the same but for spelling, as a server may change it on storing:
 * white space at the ends; of a URL the case of scheme and host, the "/" of an empty path, a
 * default port, the case of %xx. Either may be NULL.
 */
bool field_is_respelling(enum field_id id, const char *sent, const char *stored);

#endif
