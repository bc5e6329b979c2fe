#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "simulation/world.h"

enum { LOSS_NONE, LOSS_NOT_SENT, LOSS_BEFORE, LOSS_AFTER };

int64_t net_time(const struct world *world)
{
	return SIM_START + world->now;
}

/* What the path names: "/2010-04-01/Accounts/AC.../IncomingPhoneNumbers/PN....json". */
static void read_path(struct world *world, struct flight *flight)
{
	const char *sid = strstr(flight->path, "/PN");

	flight->phone = flight->account = -1;
	for (int i = 0; i < SIM_ACCOUNTS; i++) {
		if (strstr(flight->path, spec_account_sid(i)))
			flight->account = i;
	}
	flight->filtered = strstr(flight->path, "PhoneNumber=") != NULL;
	for (int i = 0; sid && i < world->spec.phones; i++) {
		if (strncmp(world->numbers[i].sid, sid + 1, 34) == 0)
			flight->phone = i;
	}
	if (sid)
		flight->account = -1;
}

static uint64_t start(void *self, const struct http_request *request, http_done *done,
		      void *context)
{
	struct world *world = self;
	struct flight *flight = mem_zalloc(1, sizeof(*flight));
	struct rng *rng = &world->rng;

	flight->id = flight->order = ++world->next_id;
	flight->method = request->method;
	flight->path = mem_strdup(request->path);
	flight->body = mem_strdup(request->body);
	flight->done = done;
	flight->context = context;
	flight->due = world->now + 1 + rng_upto(rng, world->slow ? 20000 : 200);
	if (chance(rng, world->loss))
		flight->loss = (int)rng_upto(rng, LOSS_AFTER);
	flight->next = world->flights;
	world->flights = flight;
	read_path(world, flight);
	if (host_is_dead(world)) {
		flight->loss = LOSS_BEFORE;
		return flight->id;
	}
	world->totals->requests++;
	life_mark(world, flight->path, strlen(flight->path));
	if (flight->body)
		life_mark(world, flight->body, strlen(flight->body));
	life_trace(world, "#%llu %s %s%s%s", (unsigned long long)flight->id,
		   flight->method == HTTP_POST ? "POST" : "GET",
		   flight->phone >= 0 ? spec_phone(flight->phone) : flight->path + 12,
		   flight->body ? " " : "", flight->body ? flight->body : "");
	rules_on_start(world, flight);
	return flight->id;
}

static void unlink_flight(struct world *world, const struct flight *flight)
{
	struct flight **link = &world->flights;

	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
}

static void flight_free(struct world *world, struct flight *flight)
{
	if (flight->arrived)
		twilio_finish(world->twilio, flight->response.id, net_time(world));
	twilio_response_finish(&flight->response);
	mem_free(flight->path);
	mem_free(flight->body);
	mem_free(flight->shown);
	mem_free(flight);
}

/* What a person has undone, a person wrote, by the hand of numberd. */
static enum writer writer_of(const struct flight *flight)
{
	return flight->undoes ? WRITER_FOREIGN : WRITER_NUMBERD;
}

/* The stored fields of a POST are effects, whatever becomes of its answer. */
static void note_effects(struct world *world, const struct flight *flight, const uint64_t *before)
{
	struct form_reader reader = {.rest = flight->body};
	enum writer writer = writer_of(flight);

	while (form_next(&reader)) {
		struct known_field *known;

		if (reader.field < 0)
			continue;
		known = &world->numbers[flight->phone].fields[reader.field];
		/* Nothing changes where only the spelling was another. */
		if ((known->writer == writer || flight->response.status == 200) &&
		    sim_value_spelt(reader.field, reader.value) ==
			    sim_value_spelt(reader.field,
					    oracle_live(world, flight->phone, reader.field)))
			oracle_effect(world, flight->phone, reader.field,
				      sim_value(reader.field, reader.value),
				      known->live != before[reader.field]);
	}
}

static void arrive(struct world *world, struct flight *flight)
{
	uint64_t before[SIM_FIELDS] = {0};
	const struct twilio_request request = {
		.method = flight->method == HTTP_POST ? "POST" : "GET",
		.target = flight->path,
		.user = spec_account_sid(0),
		.password = world->token,
		.body = flight->body,
		.body_length = flight->body ? strlen(flight->body) : 0,
		.now_ms = net_time(world),
	};

	flight->arrived = true;
	if (flight->method == HTTP_POST && flight->phone >= 0)
		oracle_look(world, flight->phone, WRITER_NOBODY);
	for (int f = 0; flight->phone >= 0 && f < SIM_FIELDS; f++)
		before[f] = world->numbers[flight->phone].fields[f].live;
	twilio_handle(world->twilio, &request, &flight->response);
	if (flight->method == HTTP_POST && flight->phone >= 0) {
		oracle_look(world, flight->phone, writer_of(flight));
		if (flight->undoes)
			story_guard(world, flight->phone);
		if (flight->response.status == 200 || flight->response.status >= 500)
			note_effects(world, flight, before);
	}
	flight->shown = oracle_take(world, &flight->response.body);
}

static int64_t retry_after(const struct twilio_response *response)
{
	const char *text = twilio_response_header(response, "Retry-After");
	long seconds = text ? strtol(text, NULL, 10) : -1;

	if (seconds < 0)
		return -1;
	return seconds > LIMIT_RETRY_MS / 1000 ? LIMIT_RETRY_MS : seconds * 1000;
}

/* It comes to its end: the engine gets what is left of the answer. */
static void answer(struct world *world, struct flight *flight)
{
	const struct twilio_response *response = &flight->response;
	struct http_answer answer = {.result = HTTP_UNKNOWN,
				     .body = "",
				     .retry_after = -1,
				     .request_id = "",
				     .error = "the connection broke"};
	const char *id;

	if (flight->loss == LOSS_NOT_SENT) {
		answer.result = HTTP_NOT_SENT;
	} else if (flight->arrived && flight->loss == LOSS_NONE &&
		   response->effect == TWILIO_SEND && response->body.length <= LIMIT_ANSWER_BYTES) {
		answer.result = HTTP_ANSWERED;
		answer.error = "";
		answer.status = response->status;
		answer.body = buf_text(&response->body);
		answer.body_length = response->body.length;
		answer.retry_after = retry_after(response);
		id = twilio_response_header(response, "Twilio-Request-Id");
		answer.request_id = id ? id : "";
	}
	life_mark(world, &answer.status, sizeof(answer.status));
	life_mark(world, &answer.body_length, sizeof(answer.body_length));
	life_trace(world, "#%llu -> %s %d%s", (unsigned long long)flight->id,
		   answer.result == HTTP_ANSWERED ? "HTTP" : answer.error, answer.status,
		   flight->arrived ? "" : ", never arrived");
	rules_on_answer(world, flight, &answer);
	if (answer.result == HTTP_ANSWERED && answer.status == 200 && !response->spoilt)
		oracle_show(world, flight);
	unlink_flight(world, flight);
	flight->done(flight->context, &answer);
	flight_free(world, flight);
}

static void move_on(struct world *world, struct flight *flight)
{
	int64_t wait = 1 + rng_upto(&world->rng, world->slow ? 9000 : 300);

	if (flight->arrived || flight->loss == LOSS_NOT_SENT || flight->loss == LOSS_BEFORE) {
		answer(world, flight);
		return;
	}
	arrive(world, flight);
	if (flight->response.effect == TWILIO_HANG || flight->response.effect == TWILIO_DRIP)
		wait = LIMIT_REQUEST_MS;
	flight->due = world->now + wait;
}

/* The next one that something happens to. */
static struct flight *next_flight(const struct world *world)
{
	struct flight *next = NULL;

	for (struct flight *flight = world->flights; flight; flight = flight->next) {
		if (!next || flight->due < next->due ||
		    (flight->due == next->due && flight->order < next->order))
			next = flight;
	}
	return next;
}

int64_t net_deadline(const struct world *world)
{
	const struct flight *next = next_flight(world);

	return next ? next->due : NEVER;
}

void net_run(struct world *world)
{
	struct flight *flight = next_flight(world);

	if (flight && flight->due <= world->now)
		move_on(world, flight);
}

/* A request whose process dies may still get through. */
static void cancel(void *self, uint64_t id)
{
	struct world *world = self;
	struct flight *flight = world->flights;

	while (flight->id != id)
		flight = flight->next;
	if (!flight->arrived && flight->loss == LOSS_NONE && chance(&world->rng, 500)) {
		life_trace(world, "#%llu gets through", (unsigned long long)id);
		arrive(world, flight);
	}
	unlink_flight(world, flight);
	flight_free(world, flight);
}

static void renew_credentials(void *self)
{
	struct world *world = self;

	snprintf(world->token, sizeof(world->token), "%s", world->real_token);
}

static void control(struct world *world, const char *path, const struct buf *body)
{
	struct buf answer_text = {0};

	if (twilio_control(world->twilio, "POST", path, buf_text(body), body->length,
			   net_time(world), &answer_text) != 200)
		life_fail(world, "%s: %s", path, buf_text(&answer_text));
	buf_finish(&answer_text);
}

static void set_switches(struct world *world)
{
	static const char *const sometimes[][2] = {
		{"url_lower_host", "true"},
		{"url_add_slash", "true"},
		{"name_trim", "true"},
		{"clear_as", "null"},
		{"methods", "six"},
		{"emergency_status_with_address", "ignore"},
		{"emergency_pending_locks", "all"},
		{"emergency_clear_shows_old", "true"},
		{"emergency_register_fails", "true"},
		{"concurrency_limit", "2"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(sometimes); i++) {
		if (chance(&world->rng, 250))
			twilio_switch_set(world->twilio, sometimes[i][0], sometimes[i][1]);
	}
}

static void add_number(struct world *world, int phone, struct buf *json)
{
	struct rng *rng = &world->rng;

	buf_printf(json, "{\"phone_number\": \"%s\", \"sid\": \"%s\"", spec_phone(phone),
		   world->numbers[phone].sid);
	for (int i = 0; i < SIM_FIELDS; i++) {
		const struct sim_field *field = &sim_fields[i];
		const char *value = field->wanted[rng_upto(rng, 1)];

		if (!(world->spec.fields & (UINT32_C(1) << i)) || chance(rng, 500) ||
		    i == SIM_EMERGENCY_ADDRESS || i == SIM_TRUNK || i == SIM_EMERGENCY_STATUS)
			continue;
		buf_printf(json, ", \"%s\": ", field->key);
		if (i == SIM_CALLER_ID_LOOKUP)
			buf_add_text(json, value);
		else
			buf_printf(json, "\"%s\"", value);
	}
	buf_add_char(json, '}');
}

void net_init(struct world *world)
{
	struct buf json = {0};

	world->transport = (struct transport){start, cancel, renew_credentials, world};
	world->twilio = twilio_new(rng_next(&world->rng));
	snprintf(world->real_token, sizeof(world->real_token), "token0");
	renew_credentials(world);
	set_switches(world);
	buf_add_text(&json, "{\"accounts\": [");
	for (int a = 0; a < world->spec.accounts; a++) {
		bool any = false;

		buf_printf(&json, "%s{\"sid\": \"%s\", \"auth_token\": \"token0\"", a ? ", " : "",
			   spec_account_sid(a));
		if (a)
			buf_printf(&json, ", \"parent\": \"%s\"", spec_account_sid(0));
		buf_add_text(&json, ", \"numbers\": [");
		for (int i = 0; i < world->spec.phones; i++) {
			if (!world->numbers[i].exists || world->numbers[i].account != a)
				continue;
			buf_add_text(&json, any ? ", " : "");
			add_number(world, i, &json);
			any = true;
		}
		/* Two that no file ever mentions. */
		buf_printf(&json,
			   "%s{\"phone_number\": \"+1212555%d001\"}, {\"phone_number\": "
			   "\"+1212555%d002\"}]}",
			   any ? ", " : "", a, a);
	}
	/* Where numbers go that somebody takes away. */
	buf_add_text(&json, ", {\"sid\": \"" SIM_ELSEWHERE "\", \"auth_token\": \"x\"}]}");
	control(world, "/_sim/load", &json);
	buf_finish(&json);
}

void net_finish(struct world *world)
{
	while (world->flights) {
		struct flight *flight = world->flights;

		unlink_flight(world, flight);
		flight_free(world, flight);
	}
	twilio_free(world->twilio);
}
