#include "requests/send.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "twilio/answer.h"

/* A POST with an unknown outcome, then a read that shows it had no effect: so often, then give up.
 */
#define ROUNDS     3
#define ROUND_WAIT 500

struct parcel {
	struct send *send;
	const struct difference *diffs[FIELD_COUNT];
	size_t count;
	unsigned rounds;
	struct actual *answer; /* the number as the last answer shows it */
	char *post_text;       /* why the POST's outcome is unknown */
	char *request_id;
};

struct send {
	struct caller *caller;
	struct parcel *parcels;
	size_t count;
	size_t waiting;
	send_result *result;
	send_done *done;
	void *context;
};

static int accept_number(void *context, const struct http_answer *answer, struct error *error)
{
	struct parcel *parcel = context;
	struct actual *actual = actual_new();
	int result;

	result = answer_decode_number(answer->body, answer->body_length, actual, error);
	if (result == 0 && strcmp(actual->rows[0].sid, parcel->diffs[0]->row->sid) != 0)
		result = error_set(error, -EBADMSG, "the answer shows another number, %s",
				   actual->rows[0].number);
	if (result < 0) {
		actual_free(actual);
		return result;
	}
	actual_free(parcel->answer);
	parcel->answer = actual;
	return 0;
}

static enum sent_state state_of(const struct difference *diff, const struct actual_row *row)
{
	const struct field *field = &field_table[diff->field];
	const char *stored = record_value(&row->record, diff->field);
	bool same = text_equal(stored, diff->send);

	if (field->course == FIELD_COURSE_EMERGENCY) {
		/* Both ways are taken in steps: the 200 is not the end of it, and an address may
		 * stay until it is unregistered. */
		if (row->emergency == EMERGENCY_PENDING_UNREGISTRATION && !diff->send)
			return SENT_UNDERWAY;
		if (!same)
			return SENT_NOT_STORED;
		return row->emergency == EMERGENCY_PENDING_REGISTRATION || diff->send != diff->want
			       ? SENT_UNDERWAY
			       : SENT_STORED;
	}
	if (same)
		return SENT_STORED;
	if (field->course == FIELD_COURSE_ALONE)
		return SENT_IGNORED;
	return field_is_respelling(diff->field, diff->send, stored) ? SENT_RESPELLED
								    : SENT_NOT_STORED;
}

/* The fields that did not stick, for people. */
static void add_not_stored(struct buf *text, const struct sent_number *sent)
{
	for (size_t i = 0; i < sent->count; i++) {
		const struct sent_field *field = &sent->fields[i];

		if (field->state != SENT_NOT_STORED)
			continue;
		buf_printf(text, "%s%s: sent '", text->length ? "; " : "",
			   field_table[field->diff->field].key);
		text_add_shown(text, field->diff->send);
		buf_add_text(text, "', but Twilio stored '");
		text_add_shown(text, field->stored);
		buf_add_text(text, "'");
	}
}

static void finish_parcel(struct parcel *parcel, struct sent_number *sent)
{
	struct send *send = parcel->send;

	sent->wanted = parcel->diffs[0]->wanted;
	sent->count = parcel->count;
	sent->request_id = parcel->request_id ? parcel->request_id : "";
	for (size_t i = 0; i < parcel->count; i++)
		sent->fields[i].diff = parcel->diffs[i];
	send->result(send->context, sent);
	assert(send->waiting > 0);
	if (--send->waiting == 0)
		send->done(send->context);
}

static void fail(struct parcel *parcel, const struct call_result *result, bool unknown,
		 const char *text)
{
	struct sent_number sent = {
		.unknown = unknown,
		.refused = result->verdict.class == API_REFUSED,
		.stopped = result->stopped,
		.retry_after = result->retry_after,
		.text = text,
	};

	for (size_t i = 0; i < parcel->count; i++)
		sent.fields[i].state = SENT_FAILED;
	finish_parcel(parcel, &sent);
}

/* What the number looks like is known: field by field, did it come to stay? */
static void compare_parcel(struct parcel *parcel)
{
	const struct actual_row *row = &parcel->answer->rows[0];
	struct sent_number sent = {.ok = true, .count = parcel->count};
	struct buf text = {0};

	for (size_t i = 0; i < parcel->count; i++) {
		struct sent_field *field = &sent.fields[i];

		field->diff = parcel->diffs[i];
		field->state = state_of(field->diff, row);
		field->stored = record_value(&row->record, field->diff->field);
		sent.ok &= field->state != SENT_NOT_STORED;
	}
	add_not_stored(&text, &sent);
	sent.text = buf_text(&text);
	finish_parcel(parcel, &sent);
	buf_finish(&text);
}

static void post(struct parcel *parcel, int64_t delay);

/* True if the number is still as it was before the POST, in every field that was sent. An emergency
 * address may be shown for as long as it is being unregistered; then its state has moved. */
static bool is_untouched(const struct parcel *parcel)
{
	const struct actual_row *row = &parcel->answer->rows[0];

	for (size_t i = 0; i < parcel->count; i++) {
		const struct difference *diff = parcel->diffs[i];

		if (!text_equal(record_value(&row->record, diff->field), diff->live))
			return false;
		if (field_table[diff->field].course == FIELD_COURSE_EMERGENCY &&
		    row->emergency != diff->row->emergency)
			return false;
	}
	return true;
}

static void on_read(void *context, const struct call_result *result)
{
	struct parcel *parcel = context;
	struct buf text = {0};

	if (result->verdict.class == API_OK && !is_untouched(parcel)) {
		compare_parcel(parcel);
		return;
	}
	if (result->verdict.class == API_OK && parcel->rounds < ROUNDS) {
		post(parcel, ROUND_WAIT << parcel->rounds);
		return;
	}
	/* Not compared: a value that differs by its spelling alone was there before. */
	if (result->verdict.class == API_OK) {
		buf_printf(&text, "sent %u times, and the number is as before: %s", parcel->rounds,
			   parcel->post_text);
		fail(parcel, result, false, buf_text(&text));
		buf_finish(&text);
		return;
	}
	buf_printf(&text,
		   "whether the update was made is not known (%s), and reading the number failed "
		   "too: %s",
		   parcel->post_text, result->verdict.text);
	fail(parcel, result, true, buf_text(&text));
	buf_finish(&text);
}

static void read_back(struct parcel *parcel)
{
	struct buf path = {0};
	const struct actual_row *row = parcel->diffs[0]->row;

	api_add_number_path(&path, row->account, row->sid);
	caller_submit(parcel->send->caller, &(struct call){
						    .method = HTTP_GET,
						    .account = row->account,
						    .path = path.bytes,
						    .accept = accept_number,
						    .done = on_read,
						    .context = parcel,
					    });
	buf_finish(&path);
}

static void on_posted(void *context, const struct call_result *result)
{
	struct parcel *parcel = context;

	mem_free(parcel->request_id);
	parcel->request_id = mem_strdup(result->request_id);
	if (result->verdict.class == API_OK) {
		compare_parcel(parcel);
		return;
	}
	if (result->verdict.class == API_UNKNOWN && !result->stopped) {
		mem_free(parcel->post_text);
		parcel->post_text = mem_strdup(result->verdict.text);
		read_back(parcel);
		return;
	}
	fail(parcel, result, false, result->verdict.text);
}

static void post(struct parcel *parcel, int64_t delay)
{
	struct buf path = {0}, body = {0};
	const struct actual_row *row = parcel->diffs[0]->row;

	parcel->rounds++;
	api_add_number_path(&path, row->account, row->sid);
	for (size_t i = 0; i < parcel->count; i++)
		api_add_form(&body, parcel->diffs[i]->field, parcel->diffs[i]->send);
	caller_submit(parcel->send->caller, &(struct call){
						    .method = HTTP_POST,
						    .account = row->account,
						    .path = path.bytes,
						    .body = body.bytes,
						    .delay = delay,
						    .accept = accept_number,
						    .done = on_posted,
						    .context = parcel,
					    });
	buf_finish(&path);
	buf_finish(&body);
}

struct send *send_start(struct caller *caller, const struct plan *plan, send_result *result,
			send_done *done, void *context)
{
	struct send *send = mem_zalloc(1, sizeof(*send));
	struct parcel *parcel = NULL;

	assert(plan->posts > 0);
	*send = (struct send){.caller = caller, .result = result, .done = done, .context = context};
	send->parcels = mem_zalloc(plan->posts, sizeof(*send->parcels));
	for (size_t i = 0; i < plan->count; i++) {
		const struct difference *diff = &plan->differences[i];

		if (diff->action != ACTION_SEND)
			continue;
		if (!parcel || parcel->diffs[0]->wanted != diff->wanted)
			parcel = &send->parcels[send->count++];
		parcel->send = send;
		parcel->diffs[parcel->count++] = diff;
	}
	assert(send->count == plan->posts);
	send->waiting = send->count;
	caller_share(caller, send->count > 1);
	for (size_t i = 0; i < send->count; i++)
		post(&send->parcels[i], 0);
	return send;
}

void send_free(struct send *send)
{
	if (!send)
		return;
	for (size_t i = 0; i < send->count; i++) {
		actual_free(send->parcels[i].answer);
		mem_free(send->parcels[i].post_text);
		mem_free(send->parcels[i].request_id);
	}
	mem_free(send->parcels);
	mem_free(send);
}
