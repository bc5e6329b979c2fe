/* The control interface: what a test says to the simulated Twilio. JSON in, JSON out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "control.h"
#include "events.h"
#include "load.h"
#include "log.h"
#include "render.h"

int control_say_ok(struct routes *control)
{
	buf_add_text(control->out, "{\"ok\": true}");
	return 200;
}

int control_say_error(struct routes *control, const char *text)
{
	buf_add_text(control->out, "{\"error\": ");
	text_add_json(control->out, text);
	buf_add_char(control->out, '}');
	return 400;
}

const char *control_body_text(const struct routes *control, const char *key)
{
	return json_string_value(json_object_get(control->body, key));
}

int64_t control_body_count(const struct routes *control, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(control->body, key);

	return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

static int do_load(struct routes *control)
{
	if (load_json(control->twilio, control->body, control->now, &control->error) < 0)
		return control_say_error(control, control->error.text);
	return control_say_ok(control);
}

static int do_generate(struct routes *control)
{
	struct twilio *twilio = control->twilio;
	const char *sid = control_body_text(control, "account");
	const char *token = control_body_text(control, "auth_token");
	int64_t count = control_body_count(control, "numbers", 0);
	struct account *account;

	if (!sid || !sid_is_valid(sid, "AC"))
		return control_say_error(control, "account is not AC and 32 digits");
	if (count < 0 || count > 1000000)
		return control_say_error(control, "numbers is not in 0..1000000");
	account = state_account(twilio, sid);
	if (!account)
		account = state_add_account(twilio, sid, token ? token : "");
	generate_numbers(twilio, account, (uint64_t)control_body_count(control, "seed", 1),
			 (size_t)count, control->now);
	return control_say_ok(control);
}

/* {"number": "+1..."} or a sid. NULL after an error was said. */
static struct number *wanted_number(struct routes *control)
{
	const char *name = control_body_text(control, "number");
	struct number *number = name ? state_number(control->twilio, name) : NULL;

	if (number)
		state_settle(control->twilio, number, control->now);
	else
		control_say_error(control, name ? "there is no such number" : "number is missing");
	return number;
}

/* A save in the Console writes the whole page: what was null is "" afterwards. */
static void save_page(struct twilio *twilio, struct number *number)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		const char *console = key_table[key].console;

		if (console && (!number->value[key] || number->value[key] == value_absent))
			state_set(twilio, number, (enum key)key, console);
	}
}

static int do_edit(struct routes *control)
{
	struct twilio *twilio = control->twilio;
	struct number *number = wanted_number(control);
	const char *who = control_body_text(control, "actor");
	const char *source = control_body_text(control, "source");
	const char *ip = control_body_text(control, "ip");
	struct event_actor actor = {who ? who : "US00000000000000000000000000000001",
				    source ? source : "web", ip ? ip : "203.0.113.7"};
	static const char *const not_fields[] = {"number", "actor", "source", "ip"};
	struct event_snapshot before;
	char date[RENDER_DATE_SIZE];
	json_t *fields;
	bool ok;

	if (!number)
		return 400;
	fields = json_copy((json_t *)(uintptr_t)control->body);
	for (size_t i = 0; i < ARRAY_LENGTH(not_fields); i++)
		json_object_del(fields, not_fields[i]);
	state_keep_old(twilio, number);
	events_snapshot(number, &before);
	ok = load_number_values(twilio, number, fields, &control->error) == 0;
	if (value_is_set(json_string_value(json_object_get(fields, "trunk_sid"))))
		state_set(twilio, number, KEY_VOICE_APPLICATION_SID, "");
	else if (value_is_set(json_string_value(json_object_get(fields, "voice_application_sid"))))
		state_set(twilio, number, KEY_TRUNK_SID, NULL);
	json_decref(fields);
	if (strcmp(actor.source, "web") == 0)
		save_page(twilio, number);
	render_date(control->now, date);
	state_set(twilio, number, KEY_DATE_UPDATED, date);
	events_record(twilio, number, &before, &actor, control->now);
	return ok ? control_say_ok(control) : control_say_error(control, control->error.text);
}

/* The number leaves its account: released or moved by somebody else's hand. */
static int do_remove(struct routes *control)
{
	struct number *number = wanted_number(control);
	const char *to = control_body_text(control, "to");
	struct account *account = to ? state_account(control->twilio, to) : NULL;

	if (!number)
		return 400;
	if (to && !account)
		return control_say_error(control, "there is no such account");
	state_move_number(control->twilio, number, account);
	return control_say_ok(control);
}

static int do_numbers(struct routes *control)
{
	struct twilio *twilio = control->twilio;
	const char *name = form_get(&control->query, "number");
	const char *account = form_get(&control->query, "account");
	const char *separator = "";

	buf_add_text(control->out, "{\"numbers\": [");
	for (size_t i = 0; i < twilio->number_count; i++) {
		struct number *number = twilio->numbers[i];

		if (number->removed ||
		    (name && !text_equal(name, number->value[KEY_PHONE_NUMBER]) &&
		     !text_equal(name, number->value[KEY_SID])) ||
		    (account && !text_equal(account, number->account->sid)))
			continue;
		state_settle(twilio, number, control->now);
		buf_add_text(control->out, separator);
		buf_add_text(control->out, render_row(twilio, number));
		separator = ",\n";
	}
	buf_add_text(control->out, "]}");
	return 200;
}

static int do_requests(struct routes *control)
{
	const char *since = form_get(&control->query, "since");
	int64_t first = 0;

	if (since && !text_parse_int(since, 0, INT64_MAX, &first))
		return control_say_error(control, "since is not a number");
	buf_add_text(control->out, "{\"requests\": ");
	log_print(control->twilio, (uint64_t)first, control->out);
	buf_printf(control->out, ", \"next\": %llu, \"dropped\": %llu}",
		   (unsigned long long)control->twilio->next_id + 1,
		   (unsigned long long)control->twilio->records_dropped);
	return 200;
}

static int do_requests_clear(struct routes *control)
{
	log_clear(control->twilio);
	return control_say_ok(control);
}

static int do_counts(struct routes *control)
{
	buf_add_text(control->out, "{\"counts\": ");
	log_print_counts(control->twilio, control->out);
	buf_printf(control->out, ", \"in_flight\": %zu, \"violations\": %zu, \"events\": %zu}",
		   control->twilio->flight_count, control->twilio->violation_count,
		   control->twilio->event_count);
	return 200;
}

static int do_violations(struct routes *control)
{
	buf_add_text(control->out, "{\"violations\": [");
	for (size_t i = 0; i < control->twilio->violation_count; i++) {
		if (i)
			buf_add_text(control->out, ", ");
		text_add_json(control->out, control->twilio->violations[i]);
	}
	buf_add_text(control->out, "]}");
	return 200;
}

static int do_clock(struct routes *control)
{
	buf_printf(control->out, "{\"now_ms\": %lld, \"offset_ms\": %lld}", (long long)control->now,
		   (long long)control->twilio->offset);
	return 200;
}

static int do_clock_advance(struct routes *control)
{
	int64_t ms = control_body_count(control, "advance_ms", 0);

	twilio_advance(control->twilio, ms);
	control->now += ms;
	return do_clock(control);
}

/* Everything goes; the events' origin is where the server is, so it stays. */
static int do_reset(struct routes *control)
{
	struct twilio *twilio = control->twilio;
	char origin[sizeof(twilio->switches.events_origin)];

	memcpy(origin, twilio->switches.events_origin, sizeof(origin));
	twilio_reset(twilio, (uint64_t)control_body_count(control, "seed", (int64_t)twilio->seed));
	memcpy(twilio->switches.events_origin, origin, sizeof(origin));
	return control_say_ok(control);
}

static const struct {
	const char *method;
	const char *path;
	bool needs_body;
	int (*run)(struct routes *control);
} control_table[] = {
	{"POST", "/_sim/load", true, do_load},
	{"POST", "/_sim/generate", true, do_generate},
	{"POST", "/_sim/edit", true, do_edit},
	{"POST", "/_sim/remove", true, do_remove},
	{"GET", "/_sim/numbers", false, do_numbers},
	{"GET", "/_sim/requests", false, do_requests},
	{"DELETE", "/_sim/requests", false, do_requests_clear},
	{"GET", "/_sim/counts", false, do_counts},
	{"GET", "/_sim/violations", false, do_violations},
	{"GET", "/_sim/switches", false, control_switches},
	{"POST", "/_sim/switches", true, control_switches_set},
	{"GET", "/_sim/faults", false, control_faults},
	{"POST", "/_sim/faults", true, control_faults_set},
	{"DELETE", "/_sim/faults", false, control_faults_clear},
	{"GET", "/_sim/clock", false, do_clock},
	{"POST", "/_sim/clock", true, do_clock_advance},
	{"POST", "/_sim/reset", false, do_reset},
};

static int dispatch(struct routes *control, const char *method, const char *path)
{
	for (size_t i = 0; i < ARRAY_LENGTH(control_table); i++) {
		if (strcmp(control_table[i].method, method) != 0 ||
		    strcmp(control_table[i].path, path) != 0)
			continue;
		if (control_table[i].needs_body && !control->body)
			return control_say_error(control, "the body is not JSON");
		return control_table[i].run(control);
	}
	control_say_error(control, "the control interface has no such call");
	return 404;
}

int twilio_control(struct twilio *twilio, const char *method, const char *target, const char *body,
		   size_t body_length, int64_t now_ms, struct buf *ret_json)
{
	const char *mark = strchr(target, '?');
	struct arena arena = {0};
	json_t *root = body ? json_loadb(body, body_length, JSON_REJECT_DUPLICATES, NULL) : NULL;
	struct routes control = {
		.twilio = twilio,
		.body = root,
		.now = now_ms + twilio->offset,
		.out = ret_json,
	};
	int status;

	if (mark)
		form_parse(&control.query, &arena, mark + 1, strlen(mark + 1));
	status = dispatch(
		&control, method,
		arena_strndup(&arena, target, mark ? (size_t)(mark - target) : strlen(target)));
	json_decref(root);
	arena_finish(&arena);
	return status;
}
