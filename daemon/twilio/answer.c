#include "twilio/answer.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

/*
 * A tree takes some 60 bytes a value, so hostile text like "[0,0,0,..." grows thirtyfold in memory.
 * Every value but the first of its container follows a comma, and each container has a bracket:
 * counting those bounds the tree before it is built. Commas within strings count too; the limit has
 * room for them.
 */
static bool has_too_many_values(const char *body, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += body[i] == ',' || body[i] == '[' || body[i] == '{';
	return count > LIMIT_ANSWER_VALUES;
}

static json_t *decode(const char *body, size_t length, struct error *error)
{
	json_error_t json_error;
	json_t *root;

	if (has_too_many_values(body, length)) {
		error_set(error, -EBADMSG, "the answer has more values than a page can have");
		return NULL;
	}
	root = json_loadb(body, length, JSON_REJECT_DUPLICATES, &json_error);
	if (!root)
		error_set(error, -EBADMSG, "the answer is not valid JSON (%s, byte %d of %zu)",
			  json_error.text, json_error.position, length);
	return root;
}

/* The text of a value: strings, and the booleans of the API; anything else has none. */
static const char *value_text(const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return NULL;
}

/* A field whose value has no meaning to us as a text, say a number or an object. */
static bool is_strange(const json_t *value)
{
	return value && !json_is_null(value) && !value_text(value);
}

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static int add_row(const json_t *row, struct actual *actual, struct error *error)
{
	char scratch[FIELD_COUNT][FIELD_SCRATCH];
	const char *values[FIELD_COUNT];
	unsigned count = 0;
	struct actual_row found = {
		.sid = text_of(row, "sid"),
		.number = text_of(row, "phone_number"),
		.account = text_of(row, "account_sid"),
		.emergency = emergency_state_parse(text_of(row, "emergency_address_status")),
		.record = {.values = values},
	};

	if (text_is_empty(found.sid) || text_is_empty(found.number) || text_is_empty(found.account))
		return error_set(error, -EBADMSG,
				 "a number in the answer has no sid, phone_number or account_sid");
	/* It becomes part of the path of requests. */
	if (!text_is_sid(found.sid, "PN"))
		return error_set(error, -EBADMSG, "the sid of a number in the answer is none");
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		const json_t *value = json_object_get(row, field_table[id].key);
		const char *text = field_canonical(id, value_text(value), scratch[id]);

		if (is_strange(value))
			return error_set(error, -EBADMSG,
					 "%s of %s is neither text, true, false nor null",
					 field_table[id].key, found.number);
		if (text && strlen(text) > LIMIT_VALUE_BYTES)
			return error_set(error, -EBADMSG, "%s of %s is longer than %d bytes",
					 field_table[id].key, found.number, LIMIT_VALUE_BYTES);
		if (!text || text == field_table[id].unset)
			continue;
		found.record.set |= FIELD_BIT(id);
		values[count++] = text;
	}
	actual_add(actual, &found);
	return 0;
}

int answer_decode_page(const char *body, size_t length, struct actual *actual,
		       struct answer_page *ret_page, struct error *error)
{
	json_t *root = decode(body, length, error);
	const json_t *rows, *next, *row;
	size_t before = actual->count, i;
	int result = 0;

	if (!root)
		return error->code;
	rows = json_object_get(root, "incoming_phone_numbers");
	next = json_object_get(root, "next_page_uri");
	/* Without the key we could not tell the last page from a page that was cut. */
	if (!json_is_array(rows) || !next || !(json_is_null(next) || json_is_string(next)))
		result = error_set(error, -EBADMSG,
				   "the answer is not a page of a list: it has no "
				   "incoming_phone_numbers or no next_page_uri");
	for (i = 0; result == 0 && i < json_array_size(rows); i++) {
		row = json_array_get(rows, i);
		result = add_row(row, actual, error);
	}
	if (result < 0)
		actual->count = before;
	else
		*ret_page = (struct answer_page){
			.next = mem_strdup(json_string_value(next)),
			.rows = json_array_size(rows),
		};
	json_decref(root);
	return result;
}

int answer_decode_number(const char *body, size_t length, struct actual *actual,
			 struct error *error)
{
	json_t *root = decode(body, length, error);
	int result;

	if (!root)
		return error->code;
	result = add_row(root, actual, error);
	json_decref(root);
	return result;
}

void answer_decode_error(const char *body, size_t length, struct answer_error *ret_error)
{
	struct error ignored;
	json_t *root = decode(body, length, &ignored);
	const char *message = text_of(root, "message");

	*ret_error = (struct answer_error){
		.code = (int)json_integer_value(json_object_get(root, "code")),
	};
	if (message)
		snprintf(ret_error->message, sizeof(ret_error->message), "%s", message);
	json_decref(root);
}
