/* A number moves to another account of the same family. */
#include <string.h>

#include "base/text.h"
#include "call.h"

static const char *main_account(const struct account *account)
{
	return account->parent ? account->parent : account->sid;
}

bool transfer_check(struct call *call, const char *account_sid, struct account **ret_target)
{
	struct account *target;

	if (!sid_is_valid(account_sid, "AC"))
		return call_error(call, 400, 21470, "AccountSid is not valid: %s", account_sid);
	target = state_account(call->twilio, account_sid);
	if (target && target == call->account) {
		*ret_target = NULL;
		return true;
	}
	if (!target)
		return call_error(call, 400, 21471, "AccountSid does not exist: %s", account_sid);
	if (call->actor->parent)
		return call_error(call, 400, 21474, "API User must be the parent account");
	if (strcmp(main_account(target), main_account(call->account)) != 0)
		return call_error(call, 400, 21473, "AccountSid is not related: %s", account_sid);
	if (!text_equal(target->status, "active"))
		return call_error(call, 400, 21472, "AccountSid is not active: %s", account_sid);
	if (value_is_set(call->number->value[KEY_EMERGENCY_ADDRESS_SID]))
		return call_error(call, 400, 21631,
				  "Please remove the emergency address on this number before "
				  "performing this action.");
	*ret_target = target;
	return true;
}

void transfer_do(struct twilio *twilio, struct number *number, struct account *target)
{
	state_set(twilio, number, KEY_VOICE_APPLICATION_SID, "");
	state_set(twilio, number, KEY_SMS_APPLICATION_SID, "");
	state_set(twilio, number, KEY_TRUNK_SID, NULL);
	state_set(twilio, number, KEY_ADDRESS_SID, NULL);
	state_set(twilio, number, KEY_IDENTITY_SID, NULL);
	state_set(twilio, number, KEY_BUNDLE_SID, NULL);
	state_move_number(twilio, number, target);
}
