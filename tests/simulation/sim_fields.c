#include "simulation/sim_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "000000000000000000000000000000"

/* clang-format off */
#define URLS(name)                                                                                 \
	{"https://ivr.example.com/" name, "https://IVR.Example.com/" name, "https://" name ".example.com", \
	 "https://ivr.example.com/" name "?x=1"},                                                  \
	{"https://eb3e303c.ngrok.io/" name, "https://x.trycloudflare.com/" name, "",               \
	 "https://ivr.example.com/" name}
#define METHODS {"GET", "POST"}, {"GET", "POST", ""}
#define SIDS(prefix)                                                                               \
	{prefix DIGITS "01", prefix DIGITS "02"}, {prefix DIGITS "0a", prefix DIGITS "0b", ""}

const struct sim_field sim_fields[SIM_FIELDS] = {
	[SIM_FRIENDLY_NAME] = {"friendly_name", "FriendlyName", "", false, false,
		{"Support", "  Sales ", "B\xc3\xbcro & \"more\""}, {"Hand", "Test 1", "Support"}},
	[SIM_VOICE_URL] = {"voice_url", "VoiceUrl", "", true, true, URLS("voice")},
	[SIM_VOICE_METHOD] = {"voice_method", "VoiceMethod", "POST", true, false, METHODS},
	[SIM_VOICE_FALLBACK_URL] = {"voice_fallback_url", "VoiceFallbackUrl", "", true, true,
		URLS("down")},
	[SIM_SMS_URL] = {"sms_url", "SmsUrl", "", true, true, URLS("sms")},
	[SIM_SMS_METHOD] = {"sms_method", "SmsMethod", "POST", true, false, METHODS},
	[SIM_STATUS_CALLBACK] = {"status_callback", "StatusCallback", "", true, true,
		URLS("status")},
	[SIM_STATUS_CALLBACK_METHOD] = {"status_callback_method", "StatusCallbackMethod", "POST",
		true, false, METHODS},
	[SIM_CALLER_ID_LOOKUP] = {"voice_caller_id_lookup", "VoiceCallerIdLookup", "false", true,
		false, {"true", "false"}, {"true", "false"}},
	[SIM_VOICE_APPLICATION] = {"voice_application_sid", "VoiceApplicationSid", "", true, false,
		SIDS("AP")},
	[SIM_TRUNK] = {"trunk_sid", "TrunkSid", "", true, false, SIDS("TK")},
	[SIM_SMS_APPLICATION] = {"sms_application_sid", "SmsApplicationSid", "", true, false,
		SIDS("AP")},
	[SIM_EMERGENCY_ADDRESS] = {"emergency_address_sid", "EmergencyAddressSid", "", true, false,
		SIDS("AD")},
	[SIM_EMERGENCY_STATUS] = {"emergency_status", "EmergencyStatus", "Inactive", true, false,
		{"Active", "Inactive"}, {"Active", "Inactive"}},
	[SIM_ADDRESS] = {"address_sid", "AddressSid", "", true, false, SIDS("AD")},
	[SIM_BUNDLE] = {"bundle_sid", "BundleSid", "", true, false, SIDS("BU")},
	[SIM_IDENTITY] = {"identity_sid", "IdentitySid", "", true, false, SIDS("RI")},
	[SIM_API_VERSION] = {"api_version", "ApiVersion", "2010-04-01", true, false,
		{"2010-04-01", "2008-08-01"}, {"2010-04-01", "2008-08-01"}},
	[SIM_RECEIVE_MODE] = {"voice_receive_mode", "VoiceReceiveMode", "voice", true, false,
		{"voice", "fax"}, {"voice", "fax"}},
	[SIM_SMS_FALLBACK_URL] = {"sms_fallback_url", "SmsFallbackUrl", "", true, true,
		URLS("smsdown")},
};
/* clang-format on */

int sim_field_by_param(const char *param)
{
	for (int i = 0; i < SIM_FIELDS; i++) {
		if (strcmp(sim_fields[i].param, param) == 0)
			return i;
	}
	return -1;
}

int sim_field_by_key(const char *key)
{
	for (int i = 0; i < SIM_FIELDS; i++) {
		if (strcmp(sim_fields[i].key, key) == 0)
			return i;
	}
	return -1;
}

static uint64_t fold(uint64_t sum, char c)
{
	return (sum ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}

uint64_t sim_value(int field, const char *value)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	if (!value || !*value)
		value = sim_fields[field].unset;
	for (; *value; value++)
		sum = fold(sum, *value);
	return sum | 1;
}

/* The host in small letters, no "/" at the very end, no white space around a name. */
uint64_t sim_value_spelt(int field, const char *value)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	size_t length;
	int slashes = 0;

	if (!value || !*value)
		value = sim_fields[field].unset;
	value += strspn(value, " ");
	length = strlen(value);
	while (length &&
	       (value[length - 1] == ' ' || (sim_fields[field].is_url && value[length - 1] == '/')))
		length--;
	for (size_t i = 0; i < length; i++) {
		slashes += value[i] == '/';
		sum = fold(sum, sim_fields[field].is_url && slashes < 3
					? (char)tolower((unsigned char)value[i])
					: value[i]);
	}
	return sum | 1;
}
