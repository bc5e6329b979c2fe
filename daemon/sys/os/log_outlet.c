#include "sys/os/log_outlet.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

/* Before each line in the queue. */
struct frame {
	size_t length;
	uint64_t told; /* 0: a line; else it tells that so many were dropped */
};

static struct frame first_frame(const struct log_outlet *outlet)
{
	struct frame frame;

	memcpy(&frame, outlet->queue.bytes + outlet->first, sizeof(frame));
	return frame;
}

static bool is_empty(const struct log_outlet *outlet)
{
	return outlet->first == outlet->queue.length;
}

static void remove_first(struct log_outlet *outlet)
{
	outlet->first += sizeof(struct frame) + first_frame(outlet).length;
	outlet->written = 0;
	if (is_empty(outlet)) {
		buf_finish(&outlet->queue);
		outlet->first = 0;
	}
}

static void count(struct log_outlet *outlet, uint64_t told)
{
	outlet->unsaid += told ? told : 1;
	outlet->dropped += told ? 0 : 1;
}

void log_outlet_lose(struct log_outlet *outlet)
{
	count(outlet, outlet->saying);
}

static void on_ready(void *context, int64_t now);

static void wait_for_room(struct log_outlet *outlet, bool wait)
{
	struct error ignored;

	if (outlet->loop && outlet->waiting && !wait) {
		loop_remove(outlet->loop, &outlet->source);
		outlet->waiting = false;
	} else if (outlet->loop && !outlet->waiting && wait) {
		outlet->source = (struct loop_source){
			.fd = outlet->fd, .ready = on_ready, .context = outlet, .writing = true};
		/* If it can't be waited for, each line tries anew. */
		outlet->waiting = loop_add(outlet->loop, &outlet->source, &ignored) == 0;
	}
}

static void drain(struct log_outlet *outlet)
{
	ssize_t taken = 0;

	while (!is_empty(outlet) && taken != -EAGAIN) {
		struct frame frame = first_frame(outlet);
		const char *line = outlet->queue.bytes + outlet->first + sizeof(frame);

		taken = outlet->put(outlet->fd, line + outlet->written,
				    frame.length - outlet->written);
		if (taken >= 0)
			outlet->written += (size_t)taken;
		if (outlet->written == frame.length)
			remove_first(outlet);
		else if (taken < 0 && taken != -EAGAIN)
			break;
	}
	while (taken < 0 && taken != -EAGAIN && !is_empty(outlet)) {
		count(outlet, first_frame(outlet).told);
		remove_first(outlet);
	}
	wait_for_room(outlet, !is_empty(outlet));
}

static void say_dropped(struct log_outlet *outlet)
{
	if (!outlet->unsaid || outlet->saying ||
	    outlet->queue.length - outlet->first > LIMIT_LOG_BYTES / 2)
		return;
	outlet->saying = outlet->unsaid;
	outlet->unsaid = 0;
	outlet->say(outlet->context, outlet->saying);
	outlet->saying = 0;
}

static void on_ready(void *context, int64_t now)
{
	struct log_outlet *outlet = context;

	(void)now;
	drain(outlet);
	say_dropped(outlet);
}

static void add_frame(struct log_outlet *outlet, const char *line, size_t length)
{
	const struct frame frame = {length, outlet->saying};

	if (outlet->first > outlet->queue.length / 2) {
		outlet->queue.length -= outlet->first;
		memmove(outlet->queue.bytes, outlet->queue.bytes + outlet->first,
			outlet->queue.length);
		outlet->first = 0;
	}
	buf_add(&outlet->queue, &frame, sizeof(frame));
	buf_add(&outlet->queue, line, length);
}

int log_outlet_add(struct log_outlet *outlet, const char *line, size_t length)
{
	ssize_t taken = 0;

	if (!outlet->waiting)
		drain(outlet);
	say_dropped(outlet);
	if (outlet->unsaid && !outlet->saying)
		return -ENOBUFS;
	if (is_empty(outlet)) {
		taken = outlet->put(outlet->fd, line, length);
		if (taken == (ssize_t)length)
			return 0;
		if (taken < 0 && taken != -EAGAIN)
			return (int)taken;
	}
	if (outlet->queue.length - outlet->first + sizeof(struct frame) + length > LIMIT_LOG_BYTES)
		return -ENOBUFS;
	add_frame(outlet, line, length);
	if (taken > 0)
		outlet->written = (size_t)taken;
	wait_for_room(outlet, true);
	return 0;
}

void log_outlet_attach(struct log_outlet *outlet, struct loop *loop)
{
	wait_for_room(outlet, false);
	outlet->loop = loop;
	drain(outlet);
}

void log_outlet_finish(struct log_outlet *outlet)
{
	drain(outlet);
	say_dropped(outlet);
	buf_finish(&outlet->queue);
	outlet->first = 0;
}
