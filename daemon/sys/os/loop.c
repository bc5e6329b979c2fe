#include "sys/os/loop.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct loop {
	int epoll_fd;
	struct loop_timer *timers; /* the earliest first */
	struct epoll_event events[16];
	int event_count; /* of the dispatch under way */
};

int loop_new(struct loop **ret_loop, struct error *error)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct loop *loop;

	if (fd < 0)
		return error_set_errno(error, -errno, "can't create an epoll set");
	loop = mem_zalloc(1, sizeof(*loop));
	loop->epoll_fd = fd;
	*ret_loop = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll_fd);
	mem_free(loop);
}

int loop_fd(const struct loop *loop)
{
	return loop->epoll_fd;
}

int loop_timeout(const struct loop *loop, int64_t now)
{
	int64_t at = loop->timers ? loop->timers->at : NEVER;

	if (at <= now)
		return 0;
	return at - now < LOOP_FOREVER ? (int)(at - now) : LOOP_FOREVER;
}

static void dispatch_sources(struct loop *loop, int64_t now)
{
	int count = epoll_wait(loop->epoll_fd, loop->events, ARRAY_LENGTH(loop->events), 0);

	loop->event_count = count > 0 ? count : 0;
	for (int i = 0; i < loop->event_count; i++) {
		struct loop_source *source = loop->events[i].data.ptr;

		if (source)
			source->ready(source->context, now);
	}
	loop->event_count = 0;
}

static void dispatch_timers(struct loop *loop, int64_t now)
{
	size_t due = 0;

	/* Counted first: a timer that is set again in the past must not keep the loop here. */
	for (struct loop_timer *timer = loop->timers; timer && timer->at <= now;
	     timer = timer->next)
		due++;
	while (due-- && loop->timers && loop->timers->at <= now) {
		struct loop_timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->next = NULL;
		timer->due(timer->context, now);
	}
}

void loop_dispatch(struct loop *loop, int64_t now)
{
	dispatch_sources(loop, now);
	dispatch_timers(loop, now);
}

int loop_add(struct loop *loop, struct loop_source *source, struct error *error)
{
	struct epoll_event event = {
		.events = source->writing ? EPOLLOUT : EPOLLIN,
		.data.ptr = source,
	};

	assert(source->ready);
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0)
		return error_set_errno(error, -errno, "can't wait for descriptor %d", source->fd);
	return 0;
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	for (int i = 0; i < loop->event_count; i++)
		if (loop->events[i].data.ptr == source)
			loop->events[i].data.ptr = NULL;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at)
{
	struct loop_timer **place;

	assert(timer->due);
	for (place = &loop->timers; *place; place = &(*place)->next) {
		if (*place == timer) {
			*place = timer->next;
			break;
		}
	}
	timer->at = at;
	timer->next = NULL;
	if (at == NEVER)
		return;
	for (place = &loop->timers; *place && (*place)->at <= at; place = &(*place)->next)
		;
	timer->next = *place;
	*place = timer;
}
