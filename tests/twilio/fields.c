#include "fields.h"

#include <ctype.h>
#include <string.h>

const char value_absent[] = "(absent)";

#define ROW(key, name, kind, initial, console) [KEY_##key] = {name, KEY_IS_##kind, initial, console}

const struct key_row key_table[KEY_COUNT] = {
	ROW(SID, "sid", TEXT, NULL, NULL),
	ROW(ACCOUNT_SID, "account_sid", TEXT, NULL, NULL),
	ROW(FRIENDLY_NAME, "friendly_name", TEXT, NULL, NULL),
	ROW(PHONE_NUMBER, "phone_number", TEXT, NULL, NULL),
	ROW(VOICE_URL, "voice_url", TEXT, NULL, ""),
	ROW(VOICE_METHOD, "voice_method", TEXT, "POST", "POST"),
	ROW(VOICE_FALLBACK_URL, "voice_fallback_url", TEXT, NULL, ""),
	ROW(VOICE_FALLBACK_METHOD, "voice_fallback_method", TEXT, "POST", "POST"),
	ROW(VOICE_CALLER_ID_LOOKUP, "voice_caller_id_lookup", BOOL, "false", "false"),
	ROW(DATE_CREATED, "date_created", TEXT, NULL, NULL),
	ROW(DATE_UPDATED, "date_updated", TEXT, NULL, NULL),
	ROW(SMS_URL, "sms_url", TEXT, "", ""),
	ROW(SMS_METHOD, "sms_method", TEXT, "POST", "POST"),
	ROW(SMS_FALLBACK_URL, "sms_fallback_url", TEXT, "", ""),
	ROW(SMS_FALLBACK_METHOD, "sms_fallback_method", TEXT, "POST", "POST"),
	ROW(ADDRESS_REQUIREMENTS, "address_requirements", TEXT, "none", NULL),
	ROW(BETA, "beta", BOOL, "false", NULL),
	ROW(CAPABILITIES, "capabilities", CAPABILITIES, "vsm", NULL),
	ROW(VOICE_RECEIVE_MODE, "voice_receive_mode", TEXT, value_absent, NULL),
	ROW(STATUS_CALLBACK, "status_callback", TEXT, "", ""),
	ROW(STATUS_CALLBACK_METHOD, "status_callback_method", TEXT, "POST", "POST"),
	ROW(API_VERSION, "api_version", TEXT, "2010-04-01", NULL),
	ROW(VOICE_APPLICATION_SID, "voice_application_sid", TEXT, "", ""),
	ROW(SMS_APPLICATION_SID, "sms_application_sid", TEXT, "", ""),
	ROW(ORIGIN, "origin", TEXT, "twilio", NULL),
	ROW(TRUNK_SID, "trunk_sid", TEXT, NULL, ""),
	ROW(EMERGENCY_STATUS, "emergency_status", TEXT, "Inactive", NULL),
	ROW(EMERGENCY_ADDRESS_SID, "emergency_address_sid", TEXT, NULL, NULL),
	ROW(EMERGENCY_ADDRESS_STATUS, "emergency_address_status", TEXT, "unregistered", NULL),
	ROW(ADDRESS_SID, "address_sid", TEXT, NULL, NULL),
	ROW(IDENTITY_SID, "identity_sid", TEXT, NULL, NULL),
	ROW(BUNDLE_SID, "bundle_sid", TEXT, NULL, NULL),
	ROW(URI, "uri", URI, NULL, NULL),
	ROW(STATUS, "status", TEXT, "in-use", NULL),
	ROW(TYPE, "type", TEXT, "local", NULL),
};

const struct param_row param_table[PARAM_COUNT] = {
	{"AccountSid", KEY_ACCOUNT_SID, PARAM_ACCOUNT, "AC"},
	{"FriendlyName", KEY_FRIENDLY_NAME, PARAM_NAME, NULL},
	{"ApiVersion", KEY_API_VERSION, PARAM_CHOICE, "2010-04-01|2008-08-01|"},
	{"VoiceUrl", KEY_VOICE_URL, PARAM_URL, NULL},
	{"VoiceMethod", KEY_VOICE_METHOD, PARAM_METHOD, NULL},
	{"VoiceFallbackUrl", KEY_VOICE_FALLBACK_URL, PARAM_URL, NULL},
	{"VoiceFallbackMethod", KEY_VOICE_FALLBACK_METHOD, PARAM_METHOD, NULL},
	{"StatusCallback", KEY_STATUS_CALLBACK, PARAM_URL, NULL},
	{"StatusCallbackMethod", KEY_STATUS_CALLBACK_METHOD, PARAM_METHOD, NULL},
	{"VoiceCallerIdLookup", KEY_VOICE_CALLER_ID_LOOKUP, PARAM_BOOL, NULL},
	{"VoiceReceiveMode", KEY_VOICE_RECEIVE_MODE, PARAM_CHOICE, "voice|fax|"},
	{"VoiceApplicationSid", KEY_VOICE_APPLICATION_SID, PARAM_SID, "AP"},
	{"TrunkSid", KEY_TRUNK_SID, PARAM_SID, "TK"},
	{"SmsUrl", KEY_SMS_URL, PARAM_URL, NULL},
	{"SmsMethod", KEY_SMS_METHOD, PARAM_METHOD, NULL},
	{"SmsFallbackUrl", KEY_SMS_FALLBACK_URL, PARAM_URL, NULL},
	{"SmsFallbackMethod", KEY_SMS_FALLBACK_METHOD, PARAM_METHOD, NULL},
	{"SmsApplicationSid", KEY_SMS_APPLICATION_SID, PARAM_SID, "AP"},
	{"EmergencyStatus", KEY_EMERGENCY_STATUS, PARAM_EMERGENCY_STATUS, NULL},
	{"EmergencyAddressSid", KEY_EMERGENCY_ADDRESS_SID, PARAM_SID, "AD"},
	{"AddressSid", KEY_ADDRESS_SID, PARAM_SID, "AD"},
	{"IdentitySid", KEY_IDENTITY_SID, PARAM_SID, "RI"},
	{"BundleSid", KEY_BUNDLE_SID, PARAM_SID, "BU"},
};

enum key key_find(const char *name)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		if (strcmp(key_table[key].name, name) == 0)
			return (enum key)key;
	}
	return KEY_COUNT;
}

bool value_is_set(const char *value)
{
	return value && value != value_absent && value[0];
}

bool sid_is_valid(const char *text, const char *prefix)
{
	if (strlen(text) != 34 || strncmp(text, prefix, 2) != 0)
		return false;
	for (const char *c = text + 2; *c; c++) {
		if (!isxdigit((unsigned char)*c))
			return false;
	}
	return true;
}
