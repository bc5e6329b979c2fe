#include "emergency.h"

#include <string.h>

#include "base/text.h"

static const char remove_first[] =
	"Please remove the emergency address on this number before performing this action.";

bool emergency_is_pending(const struct number *number)
{
	return number->emergency_due != 0;
}

static bool is_same(const struct number *number, const char *sid)
{
	const char *present = number->value[KEY_EMERGENCY_ADDRESS_SID];

	return value_is_set(present) ? strcmp(present, sid) == 0 : !sid[0];
}

const char *emergency_check(const struct number *number, const char *sid)
{
	if (emergency_is_pending(number))
		return remove_first;
	if (is_same(number, sid))
		return NULL;
	return sid[0] && value_is_set(number->value[KEY_EMERGENCY_ADDRESS_SID]) ? remove_first
										: NULL;
}

void emergency_begin(struct twilio *twilio, struct number *number, const char *sid, int64_t now_ms)
{
	const struct switches *switches = &twilio->switches;

	if (is_same(number, sid))
		return;
	if (sid[0]) {
		state_set(twilio, number, KEY_EMERGENCY_ADDRESS_SID, sid);
		state_set(twilio, number, KEY_EMERGENCY_ADDRESS_STATUS, "pending-registration");
		number->emergency_due = now_ms + switches->emergency_register_ms;
	} else {
		if (!switches->emergency_clear_shows_old)
			state_set(twilio, number, KEY_EMERGENCY_ADDRESS_SID, NULL);
		state_set(twilio, number, KEY_EMERGENCY_ADDRESS_STATUS, "pending-unregistration");
		number->emergency_due = now_ms + switches->emergency_unregister_ms;
	}
}

void emergency_settle(struct twilio *twilio, struct number *number)
{
	const struct switches *switches = &twilio->switches;
	bool registering =
		text_equal(number->value[KEY_EMERGENCY_ADDRESS_STATUS], "pending-registration");
	const char *status;

	if (registering)
		status = switches->emergency_register_fails ? "registration-failure" : "registered";
	else
		status = switches->emergency_unregister_fails ? "unregistration-failure"
							      : "unregistered";
	state_set(twilio, number, KEY_EMERGENCY_ADDRESS_STATUS, status);
	if (!registering && !switches->emergency_unregister_fails)
		state_set(twilio, number, KEY_EMERGENCY_ADDRESS_SID, NULL);
	number->emergency_due = 0;
}
