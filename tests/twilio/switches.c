#include "switches.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum switch_kind { SWITCH_BOOL, SWITCH_COUNT, SWITCH_CHOICE, SWITCH_TEXT };

struct switch_row {
	const char *name;
	enum switch_kind kind;
	size_t offset;
	int64_t initial;
	const char *choices[4];
};

#define BOOL(name, initial)                                                                        \
	{                                                                                          \
#name, SWITCH_BOOL, offsetof(struct switches, name), initial,                      \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}
#define COUNT(name, initial)                                                                       \
	{                                                                                          \
#name, SWITCH_COUNT, offsetof(struct switches, name), initial,                     \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}
#define CHOICE(name, ...)                                                                          \
	{                                                                                          \
#name, SWITCH_CHOICE, offsetof(struct switches, name), 0,                          \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct switch_row switch_table[] = {
	CHOICE(trunk_and_application, "trunk", "application", "refuse"),
	CHOICE(methods, "two", "six"),
	CHOICE(clear_as, "empty", "null"),
	BOOL(fallback_needs_primary, 0),
	BOOL(url_lower_host, 0),
	BOOL(url_trim, 0),
	BOOL(url_add_slash, 0),
	BOOL(url_drop_slash, 0),
	COUNT(url_max_length, 0),
	BOOL(name_trim, 0),
	CHOICE(emergency_status_with_address, "refuse", "ignore"),
	CHOICE(emergency_pending_locks, "address", "all"),
	BOOL(emergency_clear_shows_old, 0),
	COUNT(emergency_unregister_ms, 30000),
	COUNT(emergency_register_ms, 30000),
	BOOL(emergency_register_fails, 0),
	BOOL(emergency_unregister_fails, 0),
	BOOL(conflict_on_overlap, 1),
	COUNT(concurrency_limit, 100),
	COUNT(production_in_flight, 0),
	COUNT(events_delay_ms, 0),
	CHOICE(events_shape, "nested", "flat"),
	BOOL(monitor_parent_sees, 0),
	COUNT(latency_ms, 0),
	{"events_origin", SWITCH_TEXT, offsetof(struct switches, events_origin), 0, {NULL}},
};

static int64_t *member(struct switches *switches, const struct switch_row *row)
{
	return (int64_t *)(void *)((char *)switches + row->offset);
}

void switches_reset(struct switches *switches)
{
	for (size_t i = 0; i < ARRAY_LENGTH(switch_table); i++) {
		if (switch_table[i].kind != SWITCH_TEXT)
			*member(switches, &switch_table[i]) = switch_table[i].initial;
	}
	snprintf(switches->events_origin, sizeof(switches->events_origin), "%s",
		 "https://monitor.twilio.com");
}

const char *switches_name(size_t i)
{
	return i < ARRAY_LENGTH(switch_table) ? switch_table[i].name : NULL;
}

static bool set_choice(int64_t *target, const struct switch_row *row, const char *value)
{
	for (size_t i = 0; i < ARRAY_LENGTH(row->choices) && row->choices[i]; i++) {
		if (strcmp(row->choices[i], value) == 0) {
			*target = (int64_t)i;
			return true;
		}
	}
	return false;
}

static bool set_row(struct switches *switches, const struct switch_row *row, const char *value)
{
	switch (row->kind) {
	case SWITCH_BOOL:
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return false;
		*member(switches, row) = value[0] == 't';
		return true;
	case SWITCH_COUNT:
		return text_parse_int(value, 0, INT32_MAX, member(switches, row));
	case SWITCH_CHOICE:
		return set_choice(member(switches, row), row, value);
	case SWITCH_TEXT:
		if (strlen(value) >= sizeof(switches->events_origin))
			return false;
		snprintf(switches->events_origin, sizeof(switches->events_origin), "%s", value);
		return true;
	}
	return false;
}

bool switches_set(struct switches *switches, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_LENGTH(switch_table); i++) {
		if (strcmp(switch_table[i].name, name) == 0)
			return set_row(switches, &switch_table[i], value);
	}
	return false;
}

void switches_print(const struct switches *switches, struct buf *out)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < ARRAY_LENGTH(switch_table); i++) {
		const struct switch_row *row = &switch_table[i];
		const char *raw = (const char *)switches + row->offset;
		int64_t value = 0;

		if (row->kind != SWITCH_TEXT)
			memcpy(&value, raw, sizeof(value));
		buf_printf(out, "%s\"%s\": ", i ? ", " : "", row->name);
		if (row->kind == SWITCH_BOOL)
			buf_add_text(out, value ? "true" : "false");
		else if (row->kind == SWITCH_COUNT)
			buf_printf(out, "%lld", (long long)value);
		else
			text_add_json(out, row->kind == SWITCH_TEXT ? raw : row->choices[value]);
	}
	buf_add_char(out, '}');
}
