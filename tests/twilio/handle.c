/* The way of a request: recorded, perhaps struck by a fault, authenticated, answered. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "call.h"
#include "log.h"
#include "render.h"

static int fault_bit(const struct call *call)
{
	switch (call->kind) {
	case CALL_LIST:
		return ON_LIST;
	case CALL_NUMBER:
		return call->is_post ? ON_UPDATE : ON_FETCH;
	case CALL_EVENTS:
	case CALL_EVENT:
		return ON_EVENTS;
	case CALL_OTHER:
		break;
	}
	return 0;
}

static void pick_fault(struct call *call)
{
	struct fault_target target = {
		.method = call->request->method,
		.on = fault_bit(call),
		.phone = call->number ? call->number->value[KEY_PHONE_NUMBER] : "",
		.sid = call->sid,
		.account = call->account_sid,
	};

	call->fault = faults_pick(&call->twilio->faults, &target, &call->fault_value);
}

static void answer_html(struct call *call, const char *title)
{
	buf_printf(&call->response->body,
		   "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n"
		   "<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n"
		   "</body>\r\n</html>\r\n",
		   title, title);
}

/* An error in place of the answer. */
static void answer_fault(struct call *call)
{
	const struct fault_row *fault = call->fault;

	buf_clear(&call->response->body);
	call->response->status = fault->status;
	if (fault->id == FAULT_REDIRECT)
		call_header(call, "Location", "%s%s", fault->text, call->path);
	else if (fault->code > 0 && !fault->text)
		call_error_not_found(call);
	else if (fault->code > 0)
		call_fail(call, fault->status, fault->code, "%s", fault->text);
	else if (fault->code == 0)
		answer_html(call, fault->text);
	if (fault->retry_after && strcmp(fault->retry_after, FAULT_RETRY_VALUE) == 0)
		call_header(call, "Retry-After", "%lld", (long long)call->fault_value);
	else if (fault->retry_after)
		call_header(call, "Retry-After", "%s", fault->retry_after);
}

/* Whether the fault keeps the request from having any effect. */
static bool is_before(const struct fault_row *fault)
{
	return fault && (fault->id == FAULT_STATUS || fault->id == FAULT_REDIRECT ||
			 fault->id == FAULT_RESET_BEFORE || fault->id == FAULT_HANG_BEFORE);
}

static bool check_limits(struct call *call)
{
	const struct switches *switches = &call->twilio->switches;

	if (call->account && switches->concurrency_limit &&
	    call->account->in_flight + switches->production_in_flight > switches->concurrency_limit)
		return call_error(call, 429, 20429, "Too Many Requests");
	if (call->is_post && call->number && call->number->posts_in_flight > 1 &&
	    switches->conflict_on_overlap)
		return call_error(call, 409, 20409, "Conflict: another update is in progress");
	return true;
}

/* The two calls that the client must never make, answered as the real API would. */
static bool answer_forbidden(struct call *call)
{
	if (call->kind == CALL_LIST && call->is_post)
		return call_error(call, 400, 21422, "The phone number is not available");
	if (call->kind == CALL_NUMBER && strcmp(call->request->method, "DELETE") == 0) {
		call->response->status = 204;
		return true;
	}
	return call_error(call, 405, 20004, "Method not allowed");
}

static void note_violations(struct call *call)
{
	const char *method = call->request->method;

	if (!call->request->user || !call->request->password)
		state_violation(call->twilio, "%s %s came without an Authorization header", method,
				call->path);
	if (call->kind == CALL_LIST && !call->is_get)
		state_violation(call->twilio, "%s %s: this would buy a number", method, call->path);
	else if (strcmp(method, "DELETE") == 0)
		state_violation(call->twilio, "%s %s: this would release a number", method,
				call->path);
}

static bool answer_fetch(struct call *call)
{
	struct buf *body = &call->response->body;
	struct number *number = call->number;

	if (call_has_fault(call, FAULT_NO_URL_FIELDS)) {
		render_row_without_urls(number, body);
	} else if (call_has_fault(call, FAULT_STALE) && number->old_json_length) {
		buf_add(body, number->old_json, number->old_json_length);
	} else {
		const char *row = render_row(call->twilio, number);

		buf_add(body, row, number->json_length);
	}
	return true;
}

static bool answer(struct call *call)
{
	if (!auth_check(call))
		return false;
	if (!check_limits(call))
		return false;
	if (call->kind == CALL_OTHER || (call->account_sid[0] && !call->account) ||
	    (call->kind == CALL_NUMBER && !call->number))
		return call_error_not_found(call);
	if (call->kind == CALL_LIST && call->is_get)
		return list_answer(call);
	if (call->kind == CALL_NUMBER && call->is_get)
		return answer_fetch(call);
	if (call->kind == CALL_NUMBER && call->is_post)
		return update_answer(call);
	if (call->kind == CALL_EVENTS && call->is_get)
		return events_answer(call);
	if (call->kind == CALL_EVENT && call->is_get)
		return event_answer(call);
	return answer_forbidden(call);
}

static void add_headers(struct call *call)
{
	const struct twilio *twilio = call->twilio;
	bool is_html = call->response->body.length && call->response->body.bytes[0] == '<';

	call_header(call, "Content-Type", "%s",
		    is_html ? "text/html" : "application/json;charset=utf-8");
	call_header(call, "Twilio-Request-Id", "RQ%016llx%016llx", (unsigned long long)twilio->seed,
		    (unsigned long long)call->response->id);
	call_header(call, "Twilio-Concurrent-Requests", "%u",
		    call->account ? call->account->in_flight : 1);
	call_header(call, "Twilio-Request-Duration", "%lld.%03lld",
		    (long long)twilio->switches.latency_ms / 1000,
		    (long long)twilio->switches.latency_ms % 1000);
	if (call->response->status == 401)
		call_header(call, "WWW-Authenticate", "Basic realm=\"Twilio API\"");
}

void twilio_handle(struct twilio *twilio, const struct twilio_request *request,
		   struct twilio_response *ret_response)
{
	struct call call = {.twilio = twilio,
			    .request = request,
			    .response = ret_response,
			    .now = request->now_ms + twilio->offset};

	buf_clear(&ret_response->body);
	ret_response->header_count = 0;
	ret_response->status = 200;
	ret_response->effect = TWILIO_SEND;
	ret_response->effect_value = 0;
	call_parse(&call);
	pick_fault(&call);
	ret_response->id = log_begin(&call);
	note_violations(&call);
	if (!is_before(call.fault))
		answer(&call);
	if (call.fault && (is_before(call.fault) || call.fault->id == FAULT_STATUS_AFTER))
		answer_fault(&call);
	spoil_answer(&call);
	add_headers(&call);
	log_answer(&call);
	arena_finish(&call.arena);
}

void twilio_response_finish(struct twilio_response *response)
{
	buf_finish(&response->body);
}

const char *twilio_response_header(const struct twilio_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++) {
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	}
	return NULL;
}
