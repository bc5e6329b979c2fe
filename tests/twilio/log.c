#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void count(struct twilio *twilio, const struct call *call)
{
	char name[sizeof(twilio->counters[0].name)];
	size_t i = 0;

	snprintf(name, sizeof(name), "%s.%s", call_kind_name(call), call->request->method);
	while (i < ARRAY_LENGTH(twilio->counters) - 1 && twilio->counters[i].count &&
	       strcmp(twilio->counters[i].name, name) != 0)
		i++;
	memcpy(twilio->counters[i].name, name, sizeof(name));
	twilio->counters[i].count++;
}

static void begin_flight(struct call *call, uint64_t id)
{
	struct twilio *twilio = call->twilio;
	struct flight flight = {.id = id, .account = call->account};

	if (call->account)
		call->account->in_flight++;
	if (call->is_post && call->number) {
		flight.number = call->number;
		if (call->number->posts_in_flight++)
			state_violation(twilio, "two updates of %s were in flight at once",
					call->number->value[KEY_PHONE_NUMBER]);
	}
	mem_grow(twilio->flights, twilio->flight_count, twilio->flight_capacity);
	twilio->flights[twilio->flight_count++] = flight;
}

uint64_t log_begin(struct call *call)
{
	struct twilio *twilio = call->twilio;
	const struct twilio_request *request = call->request;
	uint64_t id = ++twilio->next_id;
	struct record record = {
		.id = id,
		.connection = request->connection,
		.started = call->now,
		.finished = -1,
		.kind = call_kind_name(call),
		.fault = call->fault ? call->fault->name : NULL,
		.number = call->number ? call->number->value[KEY_PHONE_NUMBER] : NULL,
	};

	count(twilio, call);
	begin_flight(call, id);
	if (twilio->record_count == LOG_MAX) {
		twilio->records_dropped++;
		return id;
	}
	record.method = mem_strdup(request->method);
	record.target = mem_strdup(request->target);
	record.user = mem_strdup(request->user);
	record.body = request->body ? mem_strndup(request->body, request->body_length) : NULL;
	mem_grow(twilio->records, twilio->record_count, twilio->record_capacity);
	twilio->records[twilio->record_count++] = record;
	return id;
}

/* Ids rise by one, so that a record's place follows from the first one kept. */
static struct record *find_record(const struct twilio *twilio, uint64_t id)
{
	uint64_t first = twilio->record_count ? twilio->records[0].id : 0;

	if (!twilio->record_count || id < first || id - first >= twilio->record_count)
		return NULL;
	return &twilio->records[id - first];
}

void log_answer(struct call *call)
{
	struct record *record = find_record(call->twilio, call->response->id);

	if (record)
		record->status = call->response->status;
}

void twilio_finish(struct twilio *twilio, uint64_t id, int64_t now_ms)
{
	struct record *record = find_record(twilio, id);

	if (record)
		record->finished = now_ms + twilio->offset;
	for (size_t i = 0; i < twilio->flight_count; i++) {
		struct flight flight = twilio->flights[i];

		if (flight.id != id)
			continue;
		if (flight.account)
			flight.account->in_flight--;
		if (flight.number)
			flight.number->posts_in_flight--;
		twilio->flights[i] = twilio->flights[--twilio->flight_count];
		return;
	}
}

void log_clear(struct twilio *twilio)
{
	for (size_t i = 0; i < twilio->record_count; i++) {
		mem_free(twilio->records[i].method);
		mem_free(twilio->records[i].target);
		mem_free(twilio->records[i].user);
		mem_free(twilio->records[i].body);
	}
	for (size_t i = 0; i < twilio->violation_count; i++)
		mem_free(twilio->violations[i]);
	twilio->record_count = 0;
	twilio->records_dropped = 0;
	twilio->violation_count = 0;
	memset(twilio->counters, 0, sizeof(twilio->counters));
}

static void add_member(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, ", \"%s\": ", key);
	if (value)
		text_add_json(out, value);
	else
		buf_add_text(out, "null");
}

static void add_params(const struct record *record, struct buf *out)
{
	struct arena arena = {0};
	struct form form = {.count = 0};

	if (record->body)
		form_parse(&form, &arena, record->body, strlen(record->body));
	buf_add_text(out, ", \"params\": {");
	for (size_t i = 0; i < form.count; i++) {
		if (i)
			buf_add_text(out, ", ");
		text_add_json(out, form.pairs[i].name);
		buf_add_text(out, ": ");
		text_add_json(out, form.pairs[i].value);
	}
	buf_add_char(out, '}');
	arena_finish(&arena);
}

static void print_record(const struct record *record, struct buf *out)
{
	buf_printf(out, "{\"id\": %" PRIu64 ", \"connection\": %" PRIu64, record->id,
		   record->connection);
	buf_printf(out, ", \"started\": %" PRId64 ", \"finished\": %" PRId64 ", \"status\": %d",
		   record->started, record->finished, record->status);
	add_member(out, "method", record->method);
	add_member(out, "target", record->target);
	add_member(out, "kind", record->kind);
	add_member(out, "number", record->number);
	add_member(out, "user", record->user);
	add_member(out, "fault", record->fault);
	add_params(record, out);
	buf_add_char(out, '}');
}

void log_print(const struct twilio *twilio, uint64_t since, struct buf *out)
{
	const char *separator = "";

	buf_add_char(out, '[');
	for (size_t i = 0; i < twilio->record_count; i++) {
		if (twilio->records[i].id < since)
			continue;
		buf_add_text(out, separator);
		print_record(&twilio->records[i], out);
		separator = ",\n";
	}
	buf_add_char(out, ']');
}

void log_print_counts(const struct twilio *twilio, struct buf *out)
{
	const char *separator = "{";
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(twilio->counters) && twilio->counters[i].count; i++) {
		buf_printf(out, "%s\"%s\": %" PRIu64, separator, twilio->counters[i].name,
			   twilio->counters[i].count);
		all += twilio->counters[i].count;
		separator = ", ";
	}
	buf_printf(out, "%s\"all\": %" PRIu64 "}", separator, all);
}

uint64_t twilio_request_count(const struct twilio *twilio, const char *kind)
{
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(twilio->counters) && twilio->counters[i].count; i++) {
		if (!kind || strcmp(kind, twilio->counters[i].name) == 0)
			all += twilio->counters[i].count;
	}
	return all;
}
