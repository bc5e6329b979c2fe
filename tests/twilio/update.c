/* The update call: partial, and everything that it refuses. Nothing is stored unless all is good.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "call.h"
#include "emergency.h"
#include "events.h"
#include "render.h"

/* What the body asks for, NULL where it says nothing, by the row of param_table. */
struct wish {
	const char *value[KEY_COUNT];
	struct account *target;
};

static bool is_wished(const struct wish *wish, enum key key)
{
	return value_is_set(wish->value[key]);
}

static bool is_cleared(const struct wish *wish, enum key key)
{
	return wish->value[key] && !wish->value[key][0];
}

static bool read_wish(struct call *call, struct wish *wish)
{
	for (size_t i = 0; i < PARAM_COUNT; i++) {
		const struct param_row *param = &param_table[i];
		const char *value = form_get(&call->params, param->name);

		if (value && !value_check(call, param, value, &wish->value[param->key]))
			return false;
	}
	return true;
}

/* The value as it will be. */
static const char *outcome(const struct call *call, const struct wish *wish, enum key key)
{
	return wish->value[key] ? wish->value[key] : call->number->value[key];
}

static bool check_capabilities(struct call *call, const struct wish *wish)
{
	static const enum key sms[] = {KEY_SMS_URL, KEY_SMS_FALLBACK_URL, KEY_SMS_APPLICATION_SID};
	const struct number *number = call->number;

	for (size_t i = 0; i < ARRAY_LENGTH(sms); i++) {
		if (is_wished(wish, sms[i]) && !strchr(number->value[KEY_CAPABILITIES], 's'))
			return call_error(call, 400, 21407,
					  "This Phone Number type does not support SMS or MMS");
	}
	if (text_equal(wish->value[KEY_VOICE_CALLER_ID_LOOKUP], "true") &&
	    !text_starts(number->value[KEY_PHONE_NUMBER], "+1"))
		return call_error(call, 400, 21409,
				  "VoiceCallerIdLookup is not possible on this number");
	return true;
}

static bool check_fallbacks(struct call *call, const struct wish *wish)
{
	if (!call->twilio->switches.fallback_needs_primary)
		return true;
	if (is_wished(wish, KEY_VOICE_FALLBACK_URL) &&
	    !value_is_set(outcome(call, wish, KEY_VOICE_URL)))
		return call_error(call, 400, 21405, "VoiceFallbackUrl is set without VoiceUrl");
	if (is_wished(wish, KEY_SMS_FALLBACK_URL) &&
	    !value_is_set(outcome(call, wish, KEY_SMS_URL)))
		return call_error(call, 400, 21406, "SmsFallbackUrl is set without SmsUrl");
	return true;
}

static bool check_regulatory(struct call *call, const struct wish *wish)
{
	const struct number *number = call->number;
	const char *requirement = number->value[KEY_ADDRESS_REQUIREMENTS];
	bool local = text_equal(requirement, "local") || text_equal(requirement, "foreign");

	if (is_cleared(wish, KEY_ADDRESS_SID) && local)
		return call_error(call, 400, 21615,
				  "Phone Number Requires a Local Address but the 'AddressSid' "
				  "parameter was empty.");
	if (is_cleared(wish, KEY_ADDRESS_SID) && text_equal(requirement, "any"))
		return call_error(call, 400, 21631,
				  "Phone Number Requires an Address but the 'AddressSid' "
				  "parameter was empty.");
	if ((is_cleared(wish, KEY_BUNDLE_SID) && value_is_set(number->value[KEY_BUNDLE_SID]) &&
	     !text_equal(requirement, "none")) ||
	    (is_cleared(wish, KEY_IDENTITY_SID) && value_is_set(number->value[KEY_IDENTITY_SID]) &&
	     !text_equal(requirement, "none")))
		return call_error(call, 400, 21649,
				  "This phone number is regulated: you must provide a bundle for "
				  "it.");
	if (wish->value[KEY_ADDRESS_SID] &&
	    !text_equal(wish->value[KEY_ADDRESS_SID], number->value[KEY_ADDRESS_SID]) &&
	    value_is_set(number->value[KEY_EMERGENCY_ADDRESS_SID]))
		return call_error(call, 400, 21631,
				  "Please remove the emergency address on this number before "
				  "performing this action.");
	return true;
}

static bool check_emergency(struct call *call, const struct wish *wish)
{
	const struct switches *switches = &call->twilio->switches;
	const char *address = wish->value[KEY_EMERGENCY_ADDRESS_SID];
	const char *refusal = address ? emergency_check(call->number, address) : NULL;

	if (address && wish->value[KEY_EMERGENCY_STATUS] &&
	    switches->emergency_status_with_address == EMERGENCY_STATUS_REFUSE)
		return call_error(call, 400, 20001,
				  "Cannot modify both emergency address SID and emergency status "
				  "in the same request");
	if (switches->emergency_pending_locks == PENDING_LOCKS_ALL &&
	    emergency_is_pending(call->number))
		refusal = "Please remove the emergency address on this number before performing "
			  "this action.";
	return refusal ? call_error(call, 400, 21631, "%s", refusal) : true;
}

static bool check_wish(struct call *call, struct wish *wish)
{
	const char *account = wish->value[KEY_ACCOUNT_SID];

	if (!check_capabilities(call, wish) || !check_fallbacks(call, wish) ||
	    !check_regulatory(call, wish) || !check_emergency(call, wish))
		return false;
	if (is_wished(wish, KEY_TRUNK_SID) && is_wished(wish, KEY_VOICE_APPLICATION_SID) &&
	    call->twilio->switches.trunk_and_application == BOTH_REFUSE)
		return call_error(call, 400, 20001,
				  "TrunkSid and VoiceApplicationSid cannot both be set");
	return !account || transfer_check(call, account, &wish->target);
}

static const char *cleared_value(const struct call *call, enum key key)
{
	switch (key) {
	case KEY_TRUNK_SID:
	case KEY_ADDRESS_SID:
	case KEY_IDENTITY_SID:
	case KEY_BUNDLE_SID:
		return NULL;
	default:
		return call->twilio->switches.clear_as == CLEAR_NULL ? NULL : "";
	}
}

/* Trunk and voice application delete each other. */
static void settle_rivals(struct call *call, const struct wish *wish)
{
	bool trunk = is_wished(wish, KEY_TRUNK_SID);
	bool application = is_wished(wish, KEY_VOICE_APPLICATION_SID);

	if (trunk && application)
		trunk = call->twilio->switches.trunk_and_application == BOTH_TRUNK;
	if (trunk)
		state_set(call->twilio, call->number, KEY_VOICE_APPLICATION_SID,
			  cleared_value(call, KEY_VOICE_APPLICATION_SID));
	else if (application)
		state_set(call->twilio, call->number, KEY_TRUNK_SID, NULL);
}

static void store(struct call *call, const struct wish *wish)
{
	struct twilio *twilio = call->twilio;
	struct number *number = call->number;
	char date[RENDER_DATE_SIZE];

	if (wish->target)
		transfer_do(twilio, number, wish->target);
	for (size_t i = 0; i < PARAM_COUNT; i++) {
		enum key key = param_table[i].key;
		const char *value = wish->value[key];

		if (!value || param_table[i].kind == PARAM_ACCOUNT ||
		    param_table[i].kind == PARAM_EMERGENCY_STATUS)
			continue;
		if (key == KEY_EMERGENCY_ADDRESS_SID)
			emergency_begin(twilio, number, value, call->now);
		else
			state_set(twilio, number, key, value[0] ? value : cleared_value(call, key));
	}
	settle_rivals(call, wish);
	render_date(call->now, date);
	state_set(twilio, number, KEY_DATE_UPDATED, date);
}

/* Puts values back: all of them, or the last of those that were asked for. */
static void put_back(struct call *call, const struct event_snapshot *before, bool all)
{
	for (size_t i = PARAM_COUNT; i > 0; i--) {
		enum key key = param_table[i - 1].key;

		if (!all && !form_get(&call->params, param_table[i - 1].name))
			continue;
		if (key != KEY_ACCOUNT_SID)
			state_set(call->twilio, call->number, key, before->value[key]);
		if (!all)
			return;
	}
}

static void render_answer(struct call *call)
{
	const char *row;

	if (call_has_fault(call, FAULT_NO_URL_FIELDS)) {
		render_row_without_urls(call->number, &call->response->body);
		return;
	}
	row = render_row(call->twilio, call->number);
	buf_add(&call->response->body, row, call->number->json_length);
}

bool update_answer(struct call *call)
{
	struct wish wish = {0};
	struct event_snapshot before;
	const char *ip = call->request->source_ip;
	struct event_actor actor = {call->actor_sid, "api", ip ? ip : "127.0.0.1"};
	bool lost = call_has_fault(call, FAULT_NOT_STORED) || call_has_fault(call, FAULT_ECHO_ONLY);

	if (!read_wish(call, &wish) || !check_wish(call, &wish))
		return false;
	if (lost || call_has_fault(call, FAULT_PARTLY_STORED))
		wish.target = NULL;
	if (lost)
		wish.value[KEY_EMERGENCY_ADDRESS_SID] = NULL;
	state_keep_old(call->twilio, call->number);
	events_snapshot(call->number, &before);
	store(call, &wish);
	if (call_has_fault(call, FAULT_NOT_STORED))
		put_back(call, &before, true);
	if (call_has_fault(call, FAULT_PARTLY_STORED))
		put_back(call, &before, false);
	render_answer(call);
	if (call_has_fault(call, FAULT_ECHO_ONLY))
		put_back(call, &before, true);
	events_record(call->twilio, call->number, &before, &actor, call->now);
	return true;
}
