#include "faces/status.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

static void add_counts(struct buf *out, const struct memory *memory)
{
	size_t counts[NUMBER_STATUSES] = {0};

	for (size_t i = 0; memory && i < memory->wanted->number_count; i++)
		counts[memory->numbers[i].status]++;
	buf_add_text(out, " \"counts\": {");
	for (enum number_status status = 0; status < NUMBER_STATUSES; status++)
		buf_printf(out, "%s\"%s\": %zu", status ? ", " : "", number_status_name(status),
			   counts[status]);
	buf_add_text(out, "},\n");
}

static void add_number(struct buf *out, const struct wanted *wanted, size_t i,
		       const struct memory_number *memory)
{
	const struct wanted_number *number = &wanted->numbers[i];

	buf_add_text(out, "{");
	json_add_member(out, "number", number->number);
	buf_add_text(out, ", ");
	json_add_member(out, "account", wanted->accounts[number->account].sid);
	buf_add_text(out, ", ");
	json_add_member(out, "status", number_status_name(memory->status));
	buf_add_text(out, ", ");
	json_add_member(out, "why", memory->why);
	buf_add_char(out, '}');
}

static void add_numbers(struct buf *out, const struct memory *memory, const char *only)
{
	bool first = true;

	buf_add_text(out, " \"numbers\": [");
	for (size_t i = 0; memory && i < memory->wanted->number_count; i++) {
		if (only && strcmp(memory->wanted->numbers[i].number, only) != 0)
			continue;
		buf_add_text(out, first ? "\n  " : ",\n  ");
		first = false;
		add_number(out, memory->wanted, i, &memory->numbers[i]);
	}
	buf_add_text(out, "]}\n");
}

static void add_pause(struct buf *out, const struct reconcile_state *state)
{
	buf_add_text(out, " \"pause\": ");
	if (!state->paused) {
		buf_add_text(out, "null,\n");
		return;
	}
	buf_add_char(out, '{');
	json_add_time(out, "until", state->paused_until);
	buf_add_text(out, ", ");
	json_add_member(out, "reason", state->pause_reason);
	buf_add_text(out, "},\n");
}

void status_add_json(struct buf *out, const struct reconcile_state *state, const char *only)
{
	buf_add_text(out, "{\"format_version\": 1, ");
	json_add_member(out, "version", NUMBERD_VERSION);
	buf_printf(out, ", \"observe\": %s,\n \"file\": {", state->observe ? "true" : "false");
	json_add_member(out, "revision", state->revision);
	buf_add_text(out, ", ");
	json_add_member(out, "author", state->commit ? state->commit->author : NULL);
	buf_add_text(out, ", ");
	json_add_member(out, "subject", state->commit ? state->commit->subject : NULL);
	buf_add_text(out, ", ");
	json_add_member(out, "error", state->file_error);
	buf_add_text(out, "},\n ");
	json_add_time(out, "last_pass", state->last_pass);
	buf_add_text(out, ", ");
	json_add_member(out, "pass_error", state->pass_error);
	buf_add_text(out, ",\n ");
	json_add_member(out, "digest", state->digest);
	buf_printf(out, ", \"blocked\": %s, \"log_dropped\": %" PRIu64 ",\n",
		   state->blocked ? "true" : "false", state->log_dropped);
	add_pause(out, state);
	add_counts(out, state->memory);
	add_numbers(out, state->memory, only);
}

void status_add_entry(struct buf *out, const struct history_entry *entry)
{
	const struct {
		const char *key, *value;
	} members[] = {
		{"account", entry->account},
		{"number", entry->number},
		{"sid", entry->sid},
		{"field", entry->field},
		{"kind", entry->kind},
		{"before", entry->before},
		{"after", entry->after},
		{"known", entry->known},
		{"source", entry->source},
		{"revision", entry->revision},
		{"request_id", entry->request},
		{"actor", entry->actor},
		{"outcome", history_outcome_name(entry->outcome)},
		{"detail", entry->detail},
	};

	buf_printf(out, "{\"id\": %lld, ", (long long)entry->id);
	json_add_time(out, "at", entry->at);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		buf_add_text(out, ", ");
		json_add_member(out, members[i].key, members[i].value);
	}
	buf_add_char(out, '}');
}
