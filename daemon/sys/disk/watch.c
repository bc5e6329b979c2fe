#include "sys/disk/watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/disk/chain.h"
#include "sys/disk/source_disk.h"

#define NAME_EVENTS                                                                                \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF |        \
	 IN_MOVE_SELF)
#define WRITE_EVENTS (IN_MODIFY | IN_CLOSE_WRITE)
#define NO_WD        (-1) /* in struct writing: the configuration as a whole */

/* A directory or a file with a watch of the kernel's. */
struct watched {
	int wd;
	char *path;
	bool current; /* still on the way after the last walk */
};

/* A name that matters in a watched directory; "": every YAML file. */
struct wanted_name {
	int wd;
	char *name;
};

/* Something that is not whole now. It is over when the writer closes, or at `until`. */
struct writing {
	int wd;
	char *name; /* "": what wd itself is on */
	int64_t until;
};

struct watch {
	struct loop *loop;
	const struct clock *clock;
	char *path; /* absolute */
	void (*hint)(void *context);
	void *context;
	struct loop_source source; /* fd -1: no inotify */
	struct loop_timer timer;
	struct watched *watched;
	size_t watched_count, watched_capacity;
	struct wanted_name *names;
	size_t name_count, name_capacity;
	struct writing *writings;
	size_t writing_count, writing_capacity;
	bool hinted; /* there is a hint to give */
	bool moved;  /* a name on the way may mean something else: walk again */
	int64_t last_hint;
	int64_t look_again;   /* when to hint without an event; NEVER */
	int64_t last_event;   /* that mattered; wall time, as the times of files */
	struct error problem; /* code 0: none */
	bool problem_taken;
};

static void note_problem(struct watch *watch, int code)
{
	if (watch->problem.code)
		return;
	if (code == -ENOSPC || code == -EMFILE)
		error_set(
			&watch->problem, code,
			"can't watch %.300s: this machine's limit of inotify %s is used up (raise "
			"the sysctl fs.inotify.max_user_%s)",
			watch->path, code == -ENOSPC ? "watches" : "instances",
			code == -ENOSPC ? "watches" : "instances");
	else
		error_set_errno(&watch->problem, code, "can't watch %.300s", watch->path);
}

/* Watches one path more, or again; the kernel gives the same wd for the same inode. */
static int add_watched(struct watch *watch, const char *path, uint32_t events)
{
	int wd = inotify_add_watch(watch->source.fd, path,
				   events | IN_MASK_ADD | IN_DONT_FOLLOW | IN_EXCL_UNLINK);
	struct watched *entry;

	if (wd < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			note_problem(watch, -errno);
		return -1;
	}
	for (size_t i = 0; i < watch->watched_count; i++) {
		entry = &watch->watched[i];
		if (entry->wd == wd) {
			entry->current = true;
			if (!text_equal(entry->path, path)) {
				mem_free(entry->path);
				entry->path = mem_strdup(path);
			}
			return wd;
		}
	}
	mem_grow(watch->watched, watch->watched_count, watch->watched_capacity);
	entry = &watch->watched[watch->watched_count++];
	*entry = (struct watched){.wd = wd, .path = mem_strdup(path), .current = true};
	return wd;
}

static bool has_name(const struct watch *watch, int wd, const char *name)
{
	for (size_t i = 0; i < watch->name_count; i++)
		if (watch->names[i].wd == wd && text_equal(watch->names[i].name, name))
			return true;
	return false;
}

/* Whether the name decides what the path means, or is a file of the folder. */
static bool matters(const struct watch *watch, int wd, const char *name)
{
	return has_name(watch, wd, name) ||
	       (source_disk_is_member(name) && has_name(watch, wd, ""));
}

static void want_name(struct watch *watch, int wd, const char *name)
{
	if (wd < 0 || has_name(watch, wd, name))
		return;
	mem_grow(watch->names, watch->name_count, watch->name_capacity);
	watch->names[watch->name_count++] =
		(struct wanted_name){.wd = wd, .name = mem_strdup(name)};
}

/*
 * Writes are watched in every directory on the way, not only in the last one: which one is the last
 * is known after the look-up, and a file that is made in between would be closed unseen.
 */
static void watch_step(void *context, const char *directory, const char *name)
{
	want_name(context, add_watched(context, directory, NAME_EVENTS | WRITE_EVENTS | IN_ONLYDIR),
		  name);
}

static void watch_folder(struct watch *watch, const char *folder)
{
	DIR *directory;
	struct dirent *entry;

	want_name(watch, add_watched(watch, folder, NAME_EVENTS | WRITE_EVENTS | IN_ONLYDIR), "");
	directory = opendir(folder);
	if (!directory)
		return;
	for (size_t count = 0; count < LIMIT_FILES && (entry = readdir(directory));) {
		char path[PATH_MAX + NAME_MAX + 2], end[PATH_MAX];
		struct stat info;

		if (!source_disk_is_member(entry->d_name))
			continue;
		count++;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		/* Only what is a symlink leads out of the folder, so only that is walked. */
		if (entry->d_type == DT_REG)
			add_watched(watch, path, NAME_EVENTS | WRITE_EVENTS);
		else if (chain_walk(path, watch_step, watch, end, &info) == 0)
			add_watched(watch, end, NAME_EVENTS | WRITE_EVENTS);
	}
	closedir(directory);
}

static void forget_writing(struct watch *watch, size_t i)
{
	mem_free(watch->writings[i].name);
	watch->writings[i] = watch->writings[--watch->writing_count];
}

/* name NULL: all of wd. */
static void end_writing(struct watch *watch, int wd, const char *name)
{
	for (size_t i = watch->writing_count; i-- > 0;)
		if (watch->writings[i].wd == wd &&
		    (!name || text_equal(watch->writings[i].name, name)))
			forget_writing(watch, i);
}

static void begin_writing(struct watch *watch, int wd, const char *name, int64_t until)
{
	end_writing(watch, wd, name);
	mem_grow(watch->writings, watch->writing_count, watch->writing_capacity);
	watch->writings[watch->writing_count++] =
		(struct writing){.wd = wd, .name = mem_strdup(name), .until = until};
}

static void forget_watched(struct watch *watch, size_t i)
{
	end_writing(watch, watch->watched[i].wd, NULL);
	mem_free(watch->watched[i].path);
	watch->watched[i] = watch->watched[--watch->watched_count];
}

static void clear_names(struct watch *watch)
{
	while (watch->name_count)
		mem_free(watch->names[--watch->name_count].name);
}

/* What is no longer on the way isn't watched any more, and nothing is waited for there. */
static void drop_what_left(struct watch *watch)
{
	for (size_t i = watch->watched_count; i-- > 0;) {
		if (watch->watched[i].current)
			continue;
		inotify_rm_watch(watch->source.fd, watch->watched[i].wd);
		forget_watched(watch, i);
	}
	for (size_t i = watch->writing_count; i-- > 0;)
		if (watch->writings[i].name[0] &&
		    !matters(watch, watch->writings[i].wd, watch->writings[i].name))
			forget_writing(watch, i);
}

/* Walks the path and watches what is on it now. */
static void set_watches(struct watch *watch)
{
	bool had_problem = watch->problem.code != 0;
	char end[PATH_MAX];
	struct stat info;

	watch->moved = false;
	watch->problem.code = 0;
	clear_names(watch);
	for (size_t i = 0; i < watch->watched_count; i++)
		watch->watched[i].current = false;
	if (chain_walk(watch->path, watch_step, watch, end, &info) == 0) {
		if (S_ISDIR(info.st_mode))
			watch_folder(watch, end);
		else
			add_watched(watch, end, NAME_EVENTS | WRITE_EVENTS);
	}
	drop_what_left(watch);
	if (!had_problem)
		watch->problem_taken = false;
}

/* What was made is whole already if it is a link or no file at all; a file is yet to be written. */
static bool is_whole_at_birth(const struct watched *directory, const char *name)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s", directory->path, name);
	if (lstat(path, &info) < 0)
		return false;
	return !S_ISREG(info.st_mode) || info.st_nlink > 1;
}

static bool is_empty(const struct watched *entry, const char *name)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct stat info;

	snprintf(path, sizeof(path), "%s%s%s", entry->path, name[0] ? "/" : "", name);
	return stat(path, &info) == 0 && info.st_size == 0;
}

/* `name` is "" for an event of the file or directory itself. */
static void take_event(struct watch *watch, const struct watched *entry, uint32_t mask,
		       const char *name)
{
	int64_t now = clock_monotonic(watch->clock);

	/* A directory is "modified" when its times are set; nobody closes it. */
	if ((mask & IN_ISDIR) && (mask & WRITE_EVENTS))
		return;
	watch->hinted = true;
	watch->last_event = clock_wall(watch->clock);
	if (mask & IN_MODIFY) {
		begin_writing(watch, entry->wd, name, now + WATCH_WRITE_MS);
	} else if (mask & IN_CLOSE_WRITE) {
		/* Emptied and closed: most likely somebody writes it again in a moment. */
		if (is_empty(entry, name))
			begin_writing(watch, entry->wd, name, now + WATCH_GONE_MS);
		else
			end_writing(watch, entry->wd, name);
		return;
	} else if (!name[0]) {
		watch->moved = true;
		return;
	}
	if (mask & ~(uint32_t)WRITE_EVENTS)
		watch->moved = true;
	if (mask & (IN_DELETE | IN_MOVED_FROM)) {
		begin_writing(watch, entry->wd, name, now + WATCH_GONE_MS);
	} else if (mask & IN_MOVED_TO) {
		end_writing(watch, entry->wd, name);
	} else if ((mask & IN_CREATE) && (mask & IN_ISDIR)) {
		end_writing(watch, entry->wd, name);
		begin_writing(watch, NO_WD, "", now + WATCH_GONE_MS);
	} else if (mask & IN_CREATE) {
		if (is_whole_at_birth(entry, name))
			end_writing(watch, entry->wd, name);
		else
			begin_writing(watch, entry->wd, name, now + WATCH_WRITE_MS);
	}
}

static void sort_event(struct watch *watch, const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";
	size_t i = 0;

	if (event->mask & IN_Q_OVERFLOW) {
		/* Anything may have happened: wait for quiet, then look at everything. */
		begin_writing(watch, NO_WD, "", clock_monotonic(watch->clock) + WATCH_GONE_MS);
		watch->hinted = watch->moved = true;
		return;
	}
	while (i < watch->watched_count && watch->watched[i].wd != event->wd)
		i++;
	if (i == watch->watched_count)
		return;
	if (event->mask & IN_IGNORED) {
		forget_watched(watch, i);
		watch->hinted = watch->moved = true;
	} else if (!name[0] || matters(watch, event->wd, name)) {
		take_event(watch, &watch->watched[i], event->mask, name);
	}
}

static void drain(struct watch *watch)
{
	_Alignas(struct inotify_event) char events[16384];
	ssize_t length;

	if (watch->source.fd < 0)
		return;
	while ((length = read(watch->source.fd, events, sizeof(events))) > 0) {
		for (const char *at = events; at < events + length;) {
			const struct inotify_event *event = (const void *)at;

			sort_event(watch, event);
			at += sizeof(*event) + event->len;
		}
		if (watch->moved)
			set_watches(watch);
	}
}

/* Drops what has been waited for long enough, and sets the timer for the hint. */
static void set_timer(struct watch *watch)
{
	int64_t now = clock_monotonic(watch->clock);
	int64_t at = watch->last_hint + WATCH_PAUSE_MS;

	for (size_t i = watch->writing_count; i-- > 0;) {
		if (watch->writings[i].until <= now)
			forget_writing(watch, i);
		else if (watch->writings[i].until > at)
			at = watch->writings[i].until;
	}
	loop_timer_set(watch->loop, &watch->timer, watch->hinted ? at : watch->look_again);
}

static void on_ready(void *context, int64_t now)
{
	(void)now;
	drain(context);
	set_timer(context);
}

static void on_timer(void *context, int64_t now)
{
	struct watch *watch = context;

	/* What came since is looked at first: it may be that another write has begun. */
	drain(watch);
	if (watch->look_again <= now)
		watch->hinted = true;
	set_timer(watch);
	if (!watch->hinted || watch->writing_count > 0)
		return;
	loop_timer_set(watch->loop, &watch->timer, NEVER);
	watch->hinted = false;
	watch->look_again = NEVER;
	watch->last_hint = now;
	watch->hint(watch->context);
}

static char *make_absolute(const char *path)
{
	char directory[PATH_MAX];
	char *joined;

	if (path[0] == '/' || !getcwd(directory, sizeof(directory)))
		return mem_strdup(path);
	if (asprintf(&joined, "%s/%s", directory, path) < 0)
		abort();
	return joined;
}

struct watch *watch_new(struct loop *loop, const struct clock *clock, const char *path,
			void (*hint)(void *context), void *context)
{
	struct watch *watch = mem_zalloc(1, sizeof(*watch));

	watch->loop = loop;
	watch->clock = clock;
	watch->path = make_absolute(path);
	watch->hint = hint;
	watch->context = context;
	watch->last_hint = -WATCH_PAUSE_MS;
	watch->look_again = NEVER;
	watch->last_event = clock_wall(clock);
	watch->timer = (struct loop_timer){.due = on_timer, .context = watch};
	watch->source = (struct loop_source){
		.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .ready = on_ready, .context = watch};
	if (watch->source.fd < 0) {
		note_problem(watch, -errno);
		return watch;
	}
	if (loop_add(loop, &watch->source, &watch->problem) == 0)
		set_watches(watch);
	return watch;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	loop_timer_set(watch->loop, &watch->timer, NEVER);
	if (watch->source.fd >= 0) {
		loop_remove(watch->loop, &watch->source);
		close(watch->source.fd);
	}
	clear_names(watch);
	while (watch->watched_count)
		forget_watched(watch, watch->watched_count - 1);
	while (watch->writing_count)
		forget_writing(watch, watch->writing_count - 1);
	mem_free(watch->names);
	mem_free(watch->watched);
	mem_free(watch->writings);
	mem_free(watch->path);
	mem_free(watch);
}

bool watch_is_writing(struct watch *watch)
{
	drain(watch);
	set_timer(watch);
	return watch->writing_count > 0;
}

bool watch_trusts(struct watch *watch, const struct stat *info)
{
	int64_t changed = (int64_t)info->st_ctim.tv_sec * 1000 + info->st_ctim.tv_nsec / 1000000;
	int64_t age = clock_wall(watch->clock) - changed;

	/* A time to come is another machine's clock, or this one's put back: it tells nothing. */
	if (age < 0 || age >= WATCH_YOUNG_MS)
		return true;
	if (info->st_size > 0 && watch_is_live(watch) && changed <= watch->last_event)
		return true;
	watch->look_again = clock_monotonic(watch->clock) + WATCH_YOUNG_MS - age;
	set_timer(watch);
	return false;
}

bool watch_is_live(const struct watch *watch)
{
	return watch->problem.code == 0;
}

bool watch_take_problem(struct watch *watch, struct error *ret_problem)
{
	if (watch->problem.code == 0 || watch->problem_taken)
		return false;
	watch->problem_taken = true;
	*ret_problem = watch->problem;
	return true;
}
