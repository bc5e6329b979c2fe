#include "load.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *copy(struct twilio *twilio, const char *text)
{
	return arena_strdup(&twilio->arena, text);
}

static int set_capabilities(struct twilio *twilio, struct number *number, const json_t *object,
			    struct error *error)
{
	static const char *const names[] = {"voice", "sms", "mms", "fax"};
	char letters[5] = "";
	size_t count = 0;

	if (!json_is_object(object))
		return error_set(error, -EINVAL, "capabilities is not an object");
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (json_is_true(json_object_get(object, names[i])))
			letters[count++] = names[i][0];
	}
	letters[count] = '\0';
	state_set(twilio, number, KEY_CAPABILITIES, letters);
	return 0;
}

static int set_value(struct twilio *twilio, struct number *number, const char *name,
		     const json_t *value, struct error *error)
{
	enum key key = key_find(name);

	if (key == KEY_COUNT)
		return error_set(error, -EINVAL, "a number has no key %s", name);
	if (key == KEY_SID || key == KEY_PHONE_NUMBER || key == KEY_ACCOUNT_SID || key == KEY_URI)
		return 0;
	if (key == KEY_CAPABILITIES)
		return set_capabilities(twilio, number, value, error);
	if (json_is_null(value))
		state_set(twilio, number, key, NULL);
	else if (json_is_boolean(value))
		state_set(twilio, number, key, json_is_true(value) ? "true" : "false");
	else if (json_is_string(value))
		state_set(twilio, number, key, json_string_value(value));
	else
		return error_set(error, -EINVAL, "%s is neither text, boolean nor null", name);
	return 0;
}

int load_number_values(struct twilio *twilio, struct number *number, const json_t *object,
		       struct error *error)
{
	const json_t *absent = json_object_get(object, "absent");
	const char *name;
	json_t *value;
	size_t i;
	int r;

	json_object_foreach ((json_t *)(uintptr_t)object, name, value) {
		if (strcmp(name, "absent") == 0)
			continue;
		r = set_value(twilio, number, name, value, error);
		if (r < 0)
			return r;
	}
	json_array_foreach (absent, i, value) {
		enum key key =
			json_is_string(value) ? key_find(json_string_value(value)) : KEY_COUNT;

		if (key == KEY_COUNT || key == KEY_SID || key == KEY_PHONE_NUMBER ||
		    key == KEY_CAPABILITIES)
			return error_set(error, -EINVAL, "absent names a key that can't be absent");
		state_set(twilio, number, key, value_absent);
	}
	return 0;
}

static int load_number(struct twilio *twilio, struct account *account, const json_t *object,
		       int64_t now_ms, struct error *error)
{
	const char *phone = json_text(object, "phone_number");
	const char *sid = json_text(object, "sid");

	if (!phone || phone[0] != '+')
		return error_set(error, -EINVAL, "a number has no phone_number like +14155550100");
	if (state_number(twilio, phone) || (sid && state_number(twilio, sid)))
		return error_set(error, -EINVAL, "%s is there already", phone);
	if (sid && !sid_is_valid(sid, "PN"))
		return error_set(error, -EINVAL, "%s is not the sid of a number", sid);
	return load_number_values(twilio, state_add_number(twilio, account, phone, sid, now_ms),
				  object, error);
}

static const char **load_texts(struct twilio *twilio, const json_t *array, size_t *ret_count)
{
	size_t count = json_array_size(array);
	const char **texts = arena_alloc(&twilio->arena, (count + 1) * sizeof(*texts));

	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		text = text ? text : "";
		texts[i] = copy(twilio, text[0] == '/' ? text + 1 : text);
	}
	*ret_count = count;
	return texts;
}

static int load_keys(struct twilio *twilio, struct account *account, const json_t *array,
		     struct error *error)
{
	size_t count = json_array_size(array);

	account->keys = arena_alloc(&twilio->arena, (count + 1) * sizeof(*account->keys));
	account->key_count = count;
	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(array, i);
		const json_t *permissions = json_object_get(object, "permissions");
		struct api_key *key = &account->keys[i];

		key->sid = copy(twilio, json_text(object, "sid"));
		key->secret = copy(twilio, json_text(object, "secret"));
		if (!key->sid || !key->secret) {
			account->key_count = i;
			return error_set(error, -EINVAL, "a key has no sid or no secret");
		}
		if (permissions)
			key->permissions = load_texts(twilio, permissions, &key->permission_count);
	}
	return 0;
}

static int load_account_members(struct twilio *twilio, struct account *account,
				const json_t *object, struct error *error)
{
	const json_t *keys = json_object_get(object, "keys");
	const json_t *applications = json_object_get(object, "applications");
	const char *text;

	text = json_text(object, "auth_token");
	if (text)
		account->auth_token = copy(twilio, text);
	text = json_text(object, "parent");
	if (text)
		account->parent = copy(twilio, text);
	text = json_text(object, "status");
	if (text)
		account->status = copy(twilio, text);
	if (json_object_get(object, "test"))
		account->test = json_is_true(json_object_get(object, "test"));
	if (applications)
		account->applications =
			load_texts(twilio, applications, &account->application_count);
	return keys ? load_keys(twilio, account, keys, error) : 0;
}

static int load_account(struct twilio *twilio, const json_t *object, int64_t now_ms,
			struct error *error)
{
	const char *sid = json_text(object, "sid");
	const json_t *numbers = json_object_get(object, "numbers");
	struct account *account;
	int r;

	if (!sid || !sid_is_valid(sid, "AC"))
		return error_set(error, -EINVAL, "an account has no sid, AC and 32 digits");
	account = state_account(twilio, sid);
	if (!account)
		account = state_add_account(twilio, sid, "");
	r = load_account_members(twilio, account, object, error);
	if (r < 0)
		return r;
	for (size_t i = json_array_size(numbers); i > 0; i--) {
		r = load_number(twilio, account, json_array_get(numbers, i - 1), now_ms, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int load_json(struct twilio *twilio, const json_t *root, int64_t now_ms, struct error *error)
{
	const json_t *accounts = json_object_get(root, "accounts");

	if (!json_is_array(accounts))
		return error_set(error, -EINVAL, "there is no list \"accounts\"");
	for (size_t i = 0; i < json_array_size(accounts); i++) {
		int r = load_account(twilio, json_array_get(accounts, i), now_ms, error);

		if (r < 0)
			return r;
	}
	return 0;
}
