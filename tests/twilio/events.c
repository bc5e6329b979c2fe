#include "events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "call.h"
#include "render.h"

#define KEPT_MS (INT64_C(30) * 24 * 3600 * 1000)

static const char *const filter_names[] = {"StartDate", "SourceIpAddress", "EndDate", "ActorSid",
					   "EventType", "ResourceSid",     NULL};

void events_snapshot(const struct number *number, struct event_snapshot *ret_snapshot)
{
	memcpy(ret_snapshot->value, number->value, sizeof(number->value));
	ret_snapshot->value[KEY_ACCOUNT_SID] = number->account->sid;
}

static bool is_same(const char *a, const char *b)
{
	if (!value_is_set(a) || !value_is_set(b))
		return !value_is_set(a) && !value_is_set(b);
	return strcmp(a, b) == 0;
}

static void add_text_or_null(const char *value, struct buf *out)
{
	if (value && value != value_absent)
		text_add_json(out, value);
	else
		buf_add_text(out, "null");
}

static bool add_properties(const struct event_snapshot *before, const struct event_snapshot *after,
			   struct buf *out)
{
	const char *separator = "{";

	for (int key = 0; key < KEY_COUNT; key++) {
		if (key == KEY_DATE_UPDATED || is_same(before->value[key], after->value[key]))
			continue;
		buf_printf(out, "%s\"%s\": {\"previous\": ", separator, key_table[key].name);
		add_text_or_null(before->value[key], out);
		buf_add_text(out, ", \"updated\": ");
		add_text_or_null(after->value[key], out);
		buf_add_char(out, '}');
		separator = ", ";
	}
	buf_add_char(out, '}');
	return separator[0] == ',';
}

void events_record(struct twilio *twilio, const struct number *number,
		   const struct event_snapshot *before, const struct event_actor *actor,
		   int64_t now_ms)
{
	struct event_snapshot after;
	struct buf properties = {0};
	struct event *event;

	events_snapshot(number, &after);
	if (add_properties(before, &after, &properties)) {
		event = arena_alloc(&twilio->arena, sizeof(*event));
		event->sid = state_make_sid(twilio, "AE");
		event->date = now_ms;
		event->account = number->account;
		event->resource_sid = number->value[KEY_SID];
		event->actor_sid = arena_strdup(&twilio->arena, actor->sid);
		event->actor_type = actor->sid[0] == 'U' ? "user" : "account";
		event->source = strcmp(actor->source, "web") == 0 ? "web" : "api";
		event->ip = arena_strdup(&twilio->arena, actor->ip);
		event->type = "phone-number.updated";
		event->properties = arena_strdup(&twilio->arena, buf_text(&properties));
		mem_grow(twilio->events, twilio->event_count, twilio->event_capacity);
		twilio->events[twilio->event_count++] = event;
	}
	buf_finish(&properties);
}

static void render_event(const struct twilio *twilio, const struct event *event, struct buf *out)
{
	const char *origin = twilio->switches.events_origin;

	buf_printf(out, "{\"sid\": \"%s\", \"event_type\": \"%s\", \"event_date\": \"", event->sid,
		   event->type);
	text_add_time(out, event->date);
	buf_printf(out, "\", \"resource_type\": \"phone-number\", \"resource_sid\": \"%s\", ",
		   event->resource_sid);
	buf_printf(out, "\"account_sid\": \"%s\", \"actor_sid\": ", event->account->sid);
	text_add_json(out, event->actor_sid);
	buf_printf(out, ", \"actor_type\": \"%s\", \"source\": \"%s\", \"source_ip_address\": ",
		   event->actor_type, event->source);
	text_add_json(out, event->ip);
	buf_add_text(out, ", \"description\": null, \"event_data\": ");
	if (twilio->switches.events_shape == SHAPE_NESTED)
		buf_printf(out, "{\"resource_properties\": %s}", event->properties);
	else
		buf_add_text(out, event->properties);
	buf_printf(out,
		   ", \"links\": {\"resource\": \"https://api.twilio.com/2010-04-01/Accounts/"
		   "%s/IncomingPhoneNumbers/%s\"}",
		   event->account->sid, event->resource_sid);
	buf_printf(out, ", \"url\": \"%s/v1/Events/%s\"}", origin, event->sid);
}

/* "2015-07-30T20:00:00Z" or "2015-07-30". */
static bool parse_date(const char *text, int64_t *ret_ms)
{
	struct tm tm = {0};
	int used = 0;

	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3)
		return false;
	if (text[used] == 'T') {
		text += used;
		if (sscanf(text, "T%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 3)
			return false;
		if (strcmp(text + used, "Z") != 0)
			return false;
	} else if (text[used]) {
		return false;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ret_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

struct event_filter {
	int64_t start;
	int64_t end;
	const char *type;
	const char *resource;
	const char *actor;
	const char *ip;
};

static bool read_filter(struct call *call, struct event_filter *ret_filter)
{
	const struct form *query = &call->query;
	const char *start = form_get(query, "StartDate");
	const char *end = form_get(query, "EndDate");
	struct event_filter filter = {
		.start = INT64_MIN,
		.end = INT64_MAX,
		.type = form_get(query, "EventType"),
		.resource = form_get(query, "ResourceSid"),
		.actor = form_get(query, "ActorSid"),
		.ip = form_get(query, "SourceIpAddress"),
	};

	if ((start && !parse_date(start, &filter.start)) || (end && !parse_date(end, &filter.end)))
		return call_error(call, 400, 20001, "StartDate or EndDate is not a date");
	if (!!filter.type + !!filter.resource + !!filter.actor + !!filter.ip > 1)
		return call_error(call, 400, 20001,
				  "Only one filter besides StartDate and EndDate can be used");
	*ret_filter = filter;
	return true;
}

static bool is_visible(const struct call *call, const struct event *event)
{
	const struct twilio *twilio = call->twilio;
	int64_t age = call->now - event->date;

	if (age < twilio->switches.events_delay_ms || age > KEPT_MS)
		return false;
	return event->account == call->actor ||
	       (twilio->switches.monitor_parent_sees &&
		text_equal(event->account->parent, call->actor->sid));
}

static bool is_wanted(const struct call *call, const struct event_filter *filter,
		      const struct event *event)
{
	/* Dates in a query have whole seconds, events milliseconds. */
	if (event->date / 1000 * 1000 < filter->start || event->date / 1000 * 1000 > filter->end)
		return false;
	return is_visible(call, event) &&
	       (!filter->type || text_equal(filter->type, event->type)) &&
	       (!filter->resource || text_equal(filter->resource, event->resource_sid)) &&
	       (!filter->actor || text_equal(filter->actor, event->actor_sid)) &&
	       (!filter->ip || text_equal(filter->ip, event->ip));
}

static void add_url(const struct call *call, const struct paging *paging, const char *key,
		    uint64_t page, const uint64_t *order, struct buf *out)
{
	buf_printf(out, "\"%s\": \"%s/v1/Events?", key, call->twilio->switches.events_origin);
	paging_add_query(paging, page, order, false, out);
	buf_add_text(out, "\", ");
}

bool events_answer(struct call *call)
{
	struct twilio *twilio = call->twilio;
	struct buf *out = &call->response->body;
	struct event_filter filter = {0};
	struct paging paging = {0};
	uint64_t last = 0;
	size_t count = 0;
	bool more = false;
	size_t i;

	if (!paging_read(call, filter_names, &paging) || !read_filter(call, &filter))
		return false;
	buf_add_text(out, "{\"events\": [");
	/* An event's place in the log is its order. */
	for (i = paging.has_token && paging.order < twilio->event_count ? paging.order
									: twilio->event_count;
	     i > 0; i--) {
		if (!is_wanted(call, &filter, twilio->events[i - 1]))
			continue;
		more = count == paging.size;
		if (more)
			break;
		if (count++)
			buf_add_text(out, ", ");
		render_event(twilio, twilio->events[i - 1], out);
		last = i - 1;
	}
	buf_printf(out, "], \"meta\": {\"page\": %" PRIu64 ", \"page_size\": %" PRIu64 ", ",
		   paging.page, paging.size);
	add_url(call, &paging, "first_page_url", 0, NULL, out);
	buf_add_text(out, "\"previous_page_url\": null, ");
	add_url(call, &paging, "url", paging.page, paging.has_token ? &paging.order : NULL, out);
	if (more)
		add_url(call, &paging, "next_page_url", paging.page + 1, &last, out);
	else
		buf_add_text(out, "\"next_page_url\": null, ");
	buf_add_text(out, "\"key\": \"events\"}}");
	return true;
}

bool event_answer(struct call *call)
{
	for (size_t i = 0; i < call->twilio->event_count; i++) {
		const struct event *event = call->twilio->events[i];

		if (strcmp(event->sid, call->sid) == 0 && is_visible(call, event)) {
			render_event(call->twilio, event, &call->response->body);
			return true;
		}
	}
	return call_error_not_found(call);
}
