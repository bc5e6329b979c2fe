#include "state.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "emergency.h"
#include "render.h"

struct account *state_account(struct twilio *twilio, const char *sid)
{
	for (size_t i = 0; i < twilio->account_count; i++) {
		if (strcmp(twilio->accounts[i]->sid, sid) == 0)
			return twilio->accounts[i];
	}
	return NULL;
}

struct account *state_key_account(struct twilio *twilio, const char *sid,
				  const struct api_key **ret_key)
{
	for (size_t i = 0; i < twilio->account_count; i++) {
		struct account *account = twilio->accounts[i];

		for (size_t j = 0; j < account->key_count; j++) {
			if (strcmp(account->keys[j].sid, sid) == 0) {
				*ret_key = &account->keys[j];
				return account;
			}
		}
	}
	return NULL;
}

struct account *state_add_account(struct twilio *twilio, const char *sid, const char *auth_token)
{
	struct account *account = arena_alloc(&twilio->arena, sizeof(*account));

	account->sid = arena_strdup(&twilio->arena, sid);
	account->auth_token = arena_strdup(&twilio->arena, auth_token);
	account->status = "active";
	mem_grow(twilio->accounts, twilio->account_count, twilio->account_capacity);
	twilio->accounts[twilio->account_count++] = account;
	return account;
}

struct number *state_number(struct twilio *twilio, const char *name)
{
	struct number *number =
		index_find(name[0] == '+' ? &twilio->by_phone : &twilio->by_sid, name);

	return number && !number->removed ? number : NULL;
}

static void account_append(struct twilio *twilio, struct account *account, struct number *number)
{
	number->account = account;
	number->order = ++twilio->next_order;
	mem_grow(account->numbers, account->number_count, account->number_capacity);
	account->numbers[account->number_count++] = number;
}

/* US formatting of the last ten digits, even abroad, as the real API does. */
static const char *default_name(struct twilio *twilio, const char *phone)
{
	size_t length = strlen(phone);
	const char *digits = length > 10 ? phone + length - 10 : phone;

	if (strlen(digits) < 10)
		return phone;
	return arena_printf(&twilio->arena, "(%.3s) %.3s-%.4s", digits, digits + 3, digits + 6);
}

struct number *state_add_number(struct twilio *twilio, struct account *account, const char *phone,
				const char *sid, int64_t now_ms)
{
	struct number *number = arena_alloc(&twilio->arena, sizeof(*number));
	char date[RENDER_DATE_SIZE];

	for (int key = 0; key < KEY_COUNT; key++)
		number->value[key] = key_table[key].initial;
	render_date(now_ms, date);
	number->value[KEY_SID] =
		sid ? arena_strdup(&twilio->arena, sid) : state_make_sid(twilio, "PN");
	number->value[KEY_PHONE_NUMBER] = arena_strdup(&twilio->arena, phone);
	number->value[KEY_FRIENDLY_NAME] = default_name(twilio, number->value[KEY_PHONE_NUMBER]);
	number->value[KEY_DATE_CREATED] = arena_strdup(&twilio->arena, date);
	number->value[KEY_DATE_UPDATED] = number->value[KEY_DATE_CREATED];
	account_append(twilio, account, number);
	mem_grow(twilio->numbers, twilio->number_count, twilio->number_capacity);
	twilio->numbers[twilio->number_count++] = number;
	index_put(&twilio->by_sid, number->value[KEY_SID], number);
	index_put(&twilio->by_phone, number->value[KEY_PHONE_NUMBER], number);
	return number;
}

void state_move_number(struct twilio *twilio, struct number *number, struct account *to)
{
	struct account *from = number->account;
	size_t i = 0;

	while (i < from->number_count && from->numbers[i] != number)
		i++;
	assert(i < from->number_count);
	memmove(&from->numbers[i], &from->numbers[i + 1],
		(from->number_count - i - 1) * sizeof(*from->numbers));
	from->number_count--;
	number->json_length = 0;
	number->old_json_length = 0;
	if (to)
		account_append(twilio, to, number);
	else
		number->removed = true;
}

void state_set(struct twilio *twilio, struct number *number, enum key key, const char *value)
{
	/* Most values are one of these; a copy of each for 100,000 numbers would be megabytes. */
	static const char *const common[] = {"", "POST", "GET", "true", "false", "voice"};

	number->json_length = 0;
	for (size_t i = 0; value && i < ARRAY_LENGTH(common); i++) {
		if (strcmp(value, common[i]) == 0) {
			number->value[key] = common[i];
			return;
		}
	}
	number->value[key] = value == value_absent ? value : arena_strdup(&twilio->arena, value);
}

void state_keep_old(struct twilio *twilio, struct number *number)
{
	const char *row = render_row(twilio, number);

	if (number->old_json_capacity < number->json_length) {
		number->old_json_capacity = number->json_capacity;
		number->old_json = arena_alloc(&twilio->arena, number->old_json_capacity);
	}
	memcpy(number->old_json, row, number->json_length);
	number->old_json_length = number->json_length;
}

void state_settle(struct twilio *twilio, struct number *number, int64_t now_ms)
{
	if (number->emergency_due && number->emergency_due <= now_ms)
		emergency_settle(twilio, number);
}

const char *state_make_sid(struct twilio *twilio, const char *prefix)
{
	uint64_t high = rng_next(&twilio->rng);
	uint64_t low = rng_next(&twilio->rng);

	return arena_printf(&twilio->arena, "%s%016llx%016llx", prefix, (unsigned long long)high,
			    (unsigned long long)low);
}

void state_violation(struct twilio *twilio, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	mem_grow(twilio->violations, twilio->violation_count, twilio->violation_capacity);
	twilio->violations[twilio->violation_count++] = mem_strdup(text);
}
