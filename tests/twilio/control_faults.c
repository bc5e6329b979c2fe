/* The control interface: switches and faults. */
#include <errno.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "control.h"

int control_switches(struct routes *control)
{
	buf_add_text(control->out, "{\"switches\": ");
	switches_print(&control->twilio->switches, control->out);
	buf_add_char(control->out, '}');
	return 200;
}

int control_switches_set(struct routes *control)
{
	const char *name;
	json_t *value;
	char number[32];

	json_object_foreach ((json_t *)(uintptr_t)control->body, name, value) {
		const char *text = json_string_value(value);

		if (json_is_boolean(value)) {
			text = json_is_true(value) ? "true" : "false";
		} else if (json_is_integer(value)) {
			snprintf(number, sizeof(number), "%lld",
				 (long long)json_integer_value(value));
			text = number;
		}
		if (!text || !switches_set(&control->twilio->switches, name, text)) {
			error_set(&control->error, -EINVAL, "no switch %s, or not with this value",
				  name);
			return control_say_error(control, control->error.text);
		}
	}
	return control_switches(control);
}

int control_faults(struct routes *control)
{
	buf_add_char(control->out, '{');
	faults_print(&control->twilio->faults, control->out);
	buf_add_char(control->out, '}');
	return 200;
}

static int parse_on(const char *kind)
{
	static const struct {
		const char *name;
		int on;
	} kinds[] = {{"list", ON_LIST},     {"number", ON_NUMBER}, {"fetch", ON_FETCH},
		     {"update", ON_UPDATE}, {"events", ON_EVENTS}, {"any", ON_ALL}};

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		if (text_equal(kind, kinds[i].name))
			return kinds[i].on;
	}
	return 0;
}

static int add_rule(struct routes *control, const json_t *object)
{
	struct routes one = {.body = object};
	const char *name = control_body_text(&one, "fault");
	const char *kind = control_body_text(&one, "kind");
	const char *method = control_body_text(&one, "method");
	const char *number = control_body_text(&one, "number");
	const char *account = control_body_text(&one, "account");
	struct fault_rule rule = {
		.row = name ? faults_find(name) : NULL,
		.on = parse_on(kind ? kind : "any"),
		.nth = (uint64_t)control_body_count(&one, "nth", 1),
		.count = (uint64_t)control_body_count(&one, "count", 1),
		.value = control_body_count(&one, "value", -1),
	};

	if (!rule.row)
		return error_set(&control->error, -EINVAL, "no fault %s", name ? name : "named");
	if (!rule.on)
		return error_set(&control->error, -EINVAL, "no kind of request %s", kind);
	snprintf(rule.method, sizeof(rule.method), "%s", method ? method : "");
	snprintf(rule.number, sizeof(rule.number), "%s", number ? number : "");
	snprintf(rule.account, sizeof(rule.account), "%s", account ? account : "");
	faults_add(&control->twilio->faults, &rule);
	return 0;
}

static int set_random(struct routes *control)
{
	struct faults *faults = &control->twilio->faults;
	const json_t *names = json_object_get(control->body, "faults");
	int64_t permille = control_body_count(control, "permille", 100);

	if (permille < 0 || permille > 1000)
		return error_set(&control->error, -EINVAL, "permille is not in 0..1000");
	faults_randomize(faults, (uint64_t)control_body_count(control, "seed", 1), permille);
	for (size_t i = 0; names && i < faults_row_count(); i++) {
		faults->chosen[i] = false;
		for (size_t j = 0; j < json_array_size(names); j++) {
			if (text_equal(json_string_value(json_array_get(names, j)),
				       faults_row(i)->name))
				faults->chosen[i] = true;
		}
	}
	return 0;
}

/* One rule, an array of rules, or {"seed": N, "permille": N, "faults": [names]}. */
int control_faults_set(struct routes *control)
{
	int r = 0;

	if (json_is_array(control->body)) {
		for (size_t i = 0; r == 0 && i < json_array_size(control->body); i++)
			r = add_rule(control, json_array_get(control->body, i));
	} else if (json_object_get(control->body, "seed")) {
		r = set_random(control);
	} else {
		r = add_rule(control, control->body);
	}
	return r < 0 ? control_say_error(control, control->error.text) : control_say_ok(control);
}

int control_faults_clear(struct routes *control)
{
	faults_clear(&control->twilio->faults);
	return control_say_ok(control);
}
