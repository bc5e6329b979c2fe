/* Answers that arrive wrong: cut, garbled, of the wrong kind, or not at all. */
#include <string.h>

#include "base/mem.h"
#include "call.h"

static void replace_body(struct call *call, const char *text)
{
	buf_clear(&call->response->body);
	buf_add_text(&call->response->body, text);
}

/* Digits and quotes in the middle become noise; the length stays. */
static void garble(struct buf *body)
{
	size_t from = body->length / 3;
	size_t to = from + 40 < body->length ? from + 40 : body->length;

	for (size_t i = from; i < to; i++)
		body->bytes[i] = "}{\"]x"[i % 5];
}

static void break_utf8(struct buf *body)
{
	char *name = body->length ? strstr(body->bytes, "\": \"") : NULL;

	if (name && name[4] && name[4] != '"')
		name[4] = (char)0xff;
	else if (body->length)
		body->bytes[body->length / 2] = (char)0xff;
}

static void make_huge(struct call *call)
{
	struct buf *body = &call->response->body;

	while ((int64_t)body->length < call->fault_value)
		buf_add_repeat(body, ' ', 65536);
}

static void cut_body(struct call *call)
{
	struct twilio_response *response = call->response;
	int64_t half = (int64_t)response->body.length / 2;

	response->effect = TWILIO_CUT;
	response->effect_value =
		call->fault_value >= 0 && call->fault_value < half * 2 ? call->fault_value : half;
}

static void cut_json(struct buf *body)
{
	body->length /= 2;
	if (body->bytes)
		body->bytes[body->length] = '\0';
}

static void make_effect(struct call *call, enum twilio_effect effect)
{
	call->response->effect = effect;
	call->response->effect_value = call->fault_value;
}

void spoil_answer(struct call *call)
{
	struct buf *body = &call->response->body;

	if (!call->fault)
		return;
	call->response->spoilt = true;
	switch (call->fault->id) {
	case FAULT_RESET_BEFORE:
	case FAULT_RESET_AFTER:
		make_effect(call, TWILIO_RESET);
		break;
	case FAULT_HANG_BEFORE:
	case FAULT_HANG_AFTER:
		make_effect(call, TWILIO_HANG);
		break;
	case FAULT_DRIP:
		make_effect(call, TWILIO_DRIP);
		break;
	case FAULT_CUT_BODY:
		cut_body(call);
		break;
	case FAULT_CUT_JSON:
		cut_json(body);
		break;
	case FAULT_GARBLED_JSON:
		garble(body);
		break;
	case FAULT_BAD_UTF8:
		break_utf8(body);
		break;
	case FAULT_DEEP_JSON:
		buf_clear(body);
		buf_add_repeat(body, '[', (size_t)call->fault_value);
		break;
	case FAULT_HUGE_BODY:
		make_huge(call);
		break;
	case FAULT_WRONG_CONTENT:
		replace_body(call, "<!DOCTYPE html>\n<html><body><h1>Welcome</h1></body></html>\n");
		break;
	case FAULT_EMPTY_BODY:
		buf_clear(body);
		break;
	default:
		call->response->spoilt = false;
		break;
	}
}
