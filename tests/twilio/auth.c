/* Who asks, and whether it may: HTTP Basic with an account or an API key, restricted or not. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "call.h"

static const char *needed_permission(const struct call *call)
{
	switch (call->kind) {
	case CALL_LIST:
		return "twilio/phone-numbers/active-numbers/list";
	case CALL_NUMBER:
		return call->is_get ? "twilio/phone-numbers/active-numbers/read"
				    : "twilio/phone-numbers/active-numbers/update";
	case CALL_EVENTS:
	case CALL_EVENT:
		return "twilio/monitor/events/list";
	case CALL_OTHER:
		break;
	}
	return NULL;
}

static bool key_may(const struct api_key *key, const char *permission)
{
	if (!key->permissions)
		return permission != NULL; /* a standard key can't read /Accounts */
	for (size_t i = 0; permission && i < key->permission_count; i++) {
		if (strcmp(key->permissions[i], permission) == 0)
			return true;
	}
	return false;
}

/* A newline behind a secret, read from a file, is what people send most. */
static bool is_malformed(const struct twilio_request *request)
{
	if (!sid_is_valid(request->user, "AC") && !sid_is_valid(request->user, "SK"))
		return true;
	for (const char *c = request->password; *c; c++) {
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			return true;
	}
	return false;
}

static bool find_actor(struct call *call)
{
	const struct twilio_request *request = call->request;
	const struct api_key *key = NULL;
	const char *permission = needed_permission(call);

	if (request->user[0] == 'A') {
		call->actor = state_account(call->twilio, request->user);
		if (!call->actor || strcmp(call->actor->auth_token, request->password) != 0)
			return call_error(call, 401, 20003, "Authenticate");
		call->actor_sid = call->actor->sid;
		return true;
	}
	call->actor = state_key_account(call->twilio, request->user, &key);
	if (!call->actor || strcmp(key->secret, request->password) != 0)
		return call_error(call, 401, 20003, "Authenticate");
	call->actor_sid = key->sid;
	if (key_may(key, permission))
		return true;
	if (!permission)
		return call_error(call, 401, 20003, "Authenticate");
	return call_error(call, 401, 70051,
			  "Authorization Error: required permission %s is missing", permission);
}

static bool may_use_account(const struct call *call)
{
	const struct account *account = call->account;

	if (!call->account_sid[0] || account == call->actor)
		return true;
	return account && account->parent && strcmp(account->parent, call->actor->sid) == 0;
}

bool auth_check(struct call *call)
{
	const struct account *account;

	if (!call->request->user || !call->request->password)
		return call_error(call, 401, 20003, "Authenticate");
	if (is_malformed(call->request))
		return call_error(call, 401, 20003, "Authentication Error - invalid username");
	if (!find_actor(call))
		return false;
	if (!may_use_account(call))
		return call_error(call, 401, 20003, "Authenticate");
	account = call->account ? call->account : call->actor;
	if (!text_equal(account->status, "active"))
		return call_error(call, 403, 20005, "Account not active");
	if (call->actor->test)
		return call_error(call, 403, 20008,
				  "Resource not accessible with Test Account Credentials");
	return true;
}
