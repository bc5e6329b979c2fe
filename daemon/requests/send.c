#include "requests/send.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
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
	struct sent_number sent;      /* what is known of its end so far */
	field_mask load;              /* what is being sent */
	field_mask line[FIELD_COUNT]; /* what comes behind it, the next one last */
	size_t line_count;
	unsigned rounds;       /* of this load */
	struct actual *answer; /* the number as the last answer shows it */
	struct buf text;       /* why it is not ok */
	struct arena arena;
	char *post_text; /* why the POST's outcome is unknown */
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

static bool is_loaded(const struct parcel *parcel, size_t i)
{
	return parcel->load & FIELD_BIT(parcel->diffs[i]->field);
}

/* One more reason; that of a part says of which fields. */
static void add_text(struct parcel *parcel, const char *text)
{
	bool part = false;

	for (size_t i = 0; i < parcel->count; i++)
		part |= !is_loaded(parcel, i);
	buf_add_text(&parcel->text, parcel->text.length ? "; " : "");
	for (size_t i = 0, shown = 0; part && i < parcel->count; i++) {
		if (is_loaded(parcel, i))
			buf_printf(&parcel->text, "%s%s", shown++ ? ", " : "",
				   field_table[parcel->diffs[i]->field].key);
	}
	buf_printf(&parcel->text, "%s%s", part ? ": " : "", text);
}

static void finish_parcel(struct parcel *parcel)
{
	struct send *send = parcel->send;
	struct sent_number *sent = &parcel->sent;

	sent->wanted = parcel->diffs[0]->wanted;
	sent->count = parcel->count;
	sent->text = buf_text(&parcel->text);
	sent->request_id = parcel->request_id ? parcel->request_id : "";
	sent->ok = true;
	for (size_t i = 0; i < parcel->count; i++) {
		sent->fields[i].diff = parcel->diffs[i];
		sent->ok &= sent->fields[i].state < SENT_NOT_STORED;
	}
	send->result(send->context, sent);
	assert(send->waiting > 0);
	if (--send->waiting == 0)
		send->done(send->context);
}

static void post(struct parcel *parcel, int64_t delay);

static void take_stored(struct parcel *parcel, size_t i, const struct actual_row *row)
{
	struct sent_field *field = &parcel->sent.fields[i];
	const struct difference *diff = parcel->diffs[i];

	field->state = state_of(diff, row);
	field->stored = arena_strdup(&parcel->arena, record_value(&row->record, diff->field));
}

/* What an earlier part has brought about, as a trunk removes an application, is not sent. */
static void drop_what_is_so(struct parcel *parcel)
{
	for (size_t i = 0; parcel->answer && i < parcel->count; i++) {
		const struct actual_row *row = &parcel->answer->rows[0];
		const struct difference *diff = parcel->diffs[i];

		if (!is_loaded(parcel, i) ||
		    !text_equal(record_value(&row->record, diff->field), diff->send))
			continue;
		take_stored(parcel, i, row);
		parcel->load &= ~FIELD_BIT(diff->field);
	}
}

/* What comes behind the load that has come to its end. */
static void go_on(struct parcel *parcel)
{
	while (parcel->line_count) {
		parcel->load = parcel->line[--parcel->line_count];
		drop_what_is_so(parcel);
		if (!parcel->load)
			continue;
		parcel->rounds = 0;
		post(parcel, 0);
		return;
	}
	finish_parcel(parcel);
}

static void set_failed(struct parcel *parcel, field_mask fields)
{
	for (size_t i = 0; i < parcel->count; i++) {
		if (fields & FIELD_BIT(parcel->diffs[i]->field))
			parcel->sent.fields[i].state = SENT_FAILED;
	}
}

/* It could not be sent, or its end is not known: the same would become of what comes behind it. */
static void fail(struct parcel *parcel, const struct call_result *result, bool unknown,
		 const char *text)
{
	set_failed(parcel, parcel->load);
	while (parcel->line_count)
		set_failed(parcel, parcel->line[--parcel->line_count]);
	parcel->sent.unknown = unknown;
	parcel->sent.refused = result->verdict.class == API_REFUSED;
	parcel->sent.stopped = result->stopped;
	parcel->sent.retry_after = result->retry_after;
	add_text(parcel, text);
	finish_parcel(parcel);
}

/* Fields that are likely to be refused together: "voice", "sms", "status" ... */
static bool same_subject(enum field_id a, enum field_id b)
{
	const char *x = field_table[a].key, *y = field_table[b].key;
	size_t length = strcspn(x, "_");

	return strcspn(y, "_") == length && memcmp(x, y, length) == 0;
}

/* The part of the load that is tried first after a refusal: repairs, then what is of one subject,
 * then a field alone. All of it: it can't be parted. */
static field_mask first_part(const struct parcel *parcel)
{
	field_mask repairs = 0, subject = 0, first = 0;

	for (size_t i = 0; i < parcel->count; i++) {
		enum field_id id = parcel->diffs[i]->field;

		if (!is_loaded(parcel, i))
			continue;
		if (!first)
			first = FIELD_BIT(id);
		if (parcel->diffs[i]->kind == DIFF_DRIFT)
			repairs |= FIELD_BIT(id);
	}
	if (repairs && repairs != parcel->load)
		return repairs;
	for (size_t i = 0, at = FIELD_COUNT; i < parcel->count; i++) {
		if (!is_loaded(parcel, i))
			continue;
		if (at == FIELD_COUNT)
			at = i;
		if (same_subject(parcel->diffs[at]->field, parcel->diffs[i]->field))
			subject |= FIELD_BIT(parcel->diffs[i]->field);
	}
	return subject != parcel->load ? subject : first;
}

/* One field that Twilio refuses keeps no other waiting: the POST is parted until it is alone. */
static void on_refused(struct parcel *parcel, const char *text)
{
	field_mask part = first_part(parcel);

	if (part != parcel->load) {
		parcel->line[parcel->line_count++] = parcel->load & ~part;
		parcel->line[parcel->line_count++] = part;
		go_on(parcel);
		return;
	}
	set_failed(parcel, parcel->load);
	parcel->sent.refused = true;
	add_text(parcel, text);
	go_on(parcel);
}

/* What the number looks like is known: field by field, did it come to stay? */
static void compare_parcel(struct parcel *parcel)
{
	const struct actual_row *row = &parcel->answer->rows[0];

	for (size_t i = 0; i < parcel->count; i++) {
		struct sent_field *field = &parcel->sent.fields[i];
		const struct difference *diff = parcel->diffs[i];

		if (!is_loaded(parcel, i))
			continue;
		take_stored(parcel, i, row);
		if (field->state != SENT_NOT_STORED)
			continue;
		buf_printf(&parcel->text, "%s%s: sent '", parcel->text.length ? "; " : "",
			   field_table[diff->field].key);
		text_add_shown(&parcel->text, diff->send);
		buf_add_text(&parcel->text, "', but Twilio stored '");
		text_add_shown(&parcel->text, field->stored);
		buf_add_text(&parcel->text, "'");
	}
	go_on(parcel);
}

/* True if the number is still as it was before the POST, in every field that was sent. An emergency
 * address may be shown for as long as it is being unregistered; then its state has moved. */
static bool is_untouched(const struct parcel *parcel)
{
	const struct actual_row *row = &parcel->answer->rows[0];

	for (size_t i = 0; i < parcel->count; i++) {
		const struct difference *diff = parcel->diffs[i];

		if (!is_loaded(parcel, i))
			continue;
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
	if (result->verdict.class == API_REFUSED && result->verdict.status == 400) {
		on_refused(parcel, result->verdict.text);
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
	for (size_t i = 0; i < parcel->count; i++) {
		if (!is_loaded(parcel, i))
			continue;
		api_add_form(&body, parcel->diffs[i]->field, parcel->diffs[i]->send);
	}
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
		parcel->load |= FIELD_BIT(diff->field);
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
		buf_finish(&send->parcels[i].text);
		arena_finish(&send->parcels[i].arena);
	}
	mem_free(send->parcels);
	mem_free(send);
}
