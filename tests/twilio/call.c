#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "render.h"

#define ROOT "/2010-04-01/Accounts/"

/* Cuts `text` at the first '/', and returns what is behind it, "" where there is none. */
static char *split(char *text)
{
	char *slash = strchr(text, '/');

	if (!slash)
		return text + strlen(text);
	*slash = '\0';
	return slash + 1;
}

static bool drop_json(char *text)
{
	size_t length = strlen(text);

	if (length < 5 || strcmp(text + length - 5, ".json") != 0)
		return false;
	text[length - 5] = '\0';
	return true;
}

static void parse_api_path(struct call *call)
{
	char *sid = arena_strdup(&call->arena, call->path + strlen(ROOT));
	char *resource = split(sid);
	char *number = split(resource);

	call->account_sid = sid;
	if (strcmp(resource, "IncomingPhoneNumbers.json") == 0 && !number[0]) {
		call->kind = CALL_LIST;
	} else if (strcmp(resource, "IncomingPhoneNumbers") == 0 && number[0] &&
		   drop_json(number) && !strchr(number, '/')) {
		call->kind = CALL_NUMBER;
		call->sid = number;
	}
}

static void parse_path(struct call *call)
{
	if (text_starts(call->path, ROOT)) {
		parse_api_path(call);
	} else if (strcmp(call->path, "/v1/Events") == 0) {
		call->kind = CALL_EVENTS;
	} else if (text_starts(call->path, "/v1/Events/")) {
		call->kind = CALL_EVENT;
		call->sid = call->path + strlen("/v1/Events/");
	}
}

void call_parse(struct call *call)
{
	const char *target = call->request->target;
	const char *mark = strchr(target, '?');
	size_t length = mark ? (size_t)(mark - target) : strlen(target);

	call->path = arena_strndup(&call->arena, target, length);
	call->kind = CALL_OTHER;
	call->account_sid = "";
	call->sid = "";
	call->is_get = strcmp(call->request->method, "GET") == 0;
	call->is_post = strcmp(call->request->method, "POST") == 0;
	parse_path(call);
	if (mark)
		form_parse(&call->query, &call->arena, mark + 1, strlen(mark + 1));
	if (call->request->body)
		form_parse(&call->params, &call->arena, call->request->body,
			   call->request->body_length);
	if (call->account_sid[0])
		call->account = state_account(call->twilio, call->account_sid);
	if (call->kind == CALL_NUMBER && call->account) {
		call->number = state_number(call->twilio, call->sid);
		if (call->number && call->number->account != call->account)
			call->number = NULL;
		if (call->number)
			state_settle(call->twilio, call->number, call->now);
	}
}

const char *call_kind_name(const struct call *call)
{
	static const char *const names[] = {
		[CALL_LIST] = "list",   [CALL_NUMBER] = "number", [CALL_EVENTS] = "events",
		[CALL_EVENT] = "event", [CALL_OTHER] = "other",
	};

	return names[call->kind];
}

bool call_has_fault(const struct call *call, enum fault_id id)
{
	return call->fault && call->fault->id == id;
}

void call_fail(struct call *call, int status, int code, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	call->response->status = status;
	buf_clear(&call->response->body);
	render_error(status, code, message, &call->response->body);
}

bool call_error_not_found(struct call *call)
{
	return call_error(call, 404, 20404, "The requested resource %s was not found", call->path);
}

void call_header(struct call *call, const char *name, const char *format, ...)
{
	struct twilio_response *response = call->response;
	struct twilio_header *header = &response->headers[response->header_count];
	va_list arguments;

	if (response->header_count == TWILIO_HEADERS)
		return;
	header->name = name;
	va_start(arguments, format);
	vsnprintf(header->value, sizeof(header->value), format, arguments);
	va_end(arguments);
	response->header_count++;
}
