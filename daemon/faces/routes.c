#include "faces/routes.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "faces/status.h"

#define READY_INTERVALS 3    /* what is older says nothing about now */
#define HISTORY_MOST    1000 /* entries of one answer */

typedef void route_handler(struct routes *control, struct exchange *exchange);

static void fail(struct exchange *exchange, int status, const char *text)
{
	exchange->status = status;
	buf_add_char(&exchange->body, '{');
	json_add_member(&exchange->body, "error", text);
	buf_add_text(&exchange->body, "}\n");
}

static void accept(struct exchange *exchange, const char *text)
{
	buf_add_text(&exchange->body, "{\"ok\": true, ");
	json_add_member(&exchange->body, "text", text);
	buf_add_text(&exchange->body, "}\n");
}

/* The answer to a command that returned this. */
static void conclude(struct exchange *exchange, int result, struct buf *text,
		     const struct error *error)
{
	if (result < 0)
		fail(exchange, 409, error->text);
	else
		accept(exchange, buf_text(text));
	buf_finish(text);
}

static void get_health(struct routes *control, struct exchange *exchange)
{
	(void)control; /* that it answers is the answer: the loop turns */
	exchange->type = "text/plain";
	buf_add_text(&exchange->body, "ok\n");
}

static void get_ready(struct routes *control, struct exchange *exchange)
{
	struct reconcile_state state = reconcile_state(control->reconcile);
	int64_t now = clock_monotonic(control->clock);
	const char *why = NULL;

	if (!state.wanted)
		why = "no valid file so far";
	else if (state.file_error)
		why = "the file on disk is not valid";
	else if (state.last_good == NEVER ||
		 now - state.last_good > READY_INTERVALS * control->interval)
		why = state.pass_error ? "no account could be read lately"
				       : "no account was read lately";
	exchange->type = "text/plain";
	exchange->status = why ? 503 : 200;
	buf_printf(&exchange->body, "%s\n", why ? why : "ok");
}

static void get_status(struct routes *control, struct exchange *exchange)
{
	struct reconcile_state state = reconcile_state(control->reconcile);

	status_add_json(&exchange->body, &state, exchange->argument(exchange, "number"));
}

static void add_row(void *context, const struct history_entry *entry)
{
	struct exchange *exchange = context;

	/* The list is open: what stands at its end says whether this is the first. */
	buf_add_text(&exchange->body,
		     exchange->body.bytes[exchange->body.length - 1] == '[' ? "\n  " : ",\n  ");
	status_add_entry(&exchange->body, entry);
}

static void get_history(struct routes *control, struct exchange *exchange)
{
	const char *since = exchange->argument(exchange, "since");
	struct history_filter filter = {
		.number = exchange->argument(exchange, "number"),
		.outcome = -1,
		.limit = HISTORY_MOST,
	};
	struct error error;
	int64_t ago;

	if (since && !text_parse_duration(since, &ago)) {
		fail(exchange, 400, "since must be a time, as 24h");
		return;
	}
	if (since)
		filter.since = clock_wall(control->clock) - ago;
	buf_add_text(&exchange->body, "{\"format_version\": 1, \"history\": [");
	if (control->journal &&
	    history_read(control->journal, &filter, add_row, exchange, &error) < 0) {
		buf_clear(&exchange->body);
		fail(exchange, 500, error.text);
		return;
	}
	buf_add_text(&exchange->body, "]}\n");
}

static void post_approve(struct routes *control, struct exchange *exchange)
{
	const char *digest = exchange->argument(exchange, "digest");
	struct buf text = {0};
	struct error error;

	if (!digest)
		fail(exchange, 400, "the argument digest is missing");
	else
		conclude(exchange, reconcile_approve(control->reconcile, digest, &text, &error),
			 &text, &error);
}

static void post_pause(struct routes *control, struct exchange *exchange)
{
	const char *duration = exchange->argument(exchange, "for");
	const char *reason = exchange->argument(exchange, "reason");
	struct buf text = {0};
	struct error error;
	int64_t ms, until = 0;

	if (duration && (!text_parse_duration(duration, &ms) || ms <= 0 || ms > LIMIT_PAUSE_MS)) {
		fail(exchange, 400, "for must be a time of a year at the most, as 2h");
		return;
	}
	if (text_is_blank(reason)) {
		fail(exchange, 400, "a pause needs a reason, for whoever finds it");
		return;
	}
	if (duration)
		until = clock_wall(control->clock) + ms;
	conclude(exchange, reconcile_pause(control->reconcile, until, reason, &text, &error), &text,
		 &error);
}

static void post_resume(struct routes *control, struct exchange *exchange)
{
	struct buf text = {0};
	struct error error;

	conclude(exchange, reconcile_resume(control->reconcile, &text, &error), &text, &error);
}

static void post_sync(struct routes *control, struct exchange *exchange)
{
	reconcile_sync(control->reconcile);
	accept(exchange,
	       "A pass begins now, and what failed is tried again. 'numberd status' shows "
	       "the result.");
}

static void post_undo(struct routes *control, struct exchange *exchange)
{
	const char *text = exchange->argument(exchange, "id");
	struct buf done = {0};
	struct error error;
	int64_t id;

	if (!text || !text_parse_int(text, 1, INT64_MAX, &id))
		fail(exchange, 400, "the argument id must be a number of the history");
	else {
		buf_add_text(&done, "It begins; GET /v1/undo tells how it ends.");
		conclude(exchange, reconcile_undo(control->reconcile, id, &error), &done, &error);
	}
}

static void get_undo(struct routes *control, struct exchange *exchange)
{
	struct reconcile_undo_state state = reconcile_undo_state(control->reconcile);

	buf_printf(&exchange->body, "{\"id\": %lld, \"over\": %s, \"ok\": %s, ",
		   (long long)state.id, state.over ? "true" : "false", state.ok ? "true" : "false");
	json_add_member(&exchange->body, "text", state.text);
	buf_add_text(&exchange->body, ", ");
	json_add_member(&exchange->body, "outlook", state.outlook);
	buf_add_text(&exchange->body, "}\n");
}

static const struct {
	const char *method, *path;
	route_handler *handler;
} routes[] = {
	{"GET", "/healthz", get_health},   {"GET", "/readyz", get_ready},
	{"GET", "/v1/status", get_status}, {"GET", "/v1/history", get_history},
	{"GET", "/v1/undo", get_undo},     {"POST", "/v1/approve", post_approve},
	{"POST", "/v1/pause", post_pause}, {"POST", "/v1/resume", post_resume},
	{"POST", "/v1/sync", post_sync},   {"POST", "/v1/undo", post_undo},
};

void routes_handle(void *context, struct exchange *exchange)
{
	const char *method = strcmp(exchange->method, "HEAD") == 0 ? "GET" : exchange->method;
	bool known = false;

	for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
		if (strcmp(routes[i].path, exchange->path) != 0)
			continue;
		known = true;
		if (strcmp(routes[i].method, method) == 0) {
			routes[i].handler(context, exchange);
			return;
		}
	}
	if (known)
		fail(exchange, 405, "this path does not take this method");
	else
		fail(exchange, 404, "there is no such path; see docs/http.md");
}
