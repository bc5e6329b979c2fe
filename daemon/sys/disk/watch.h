/*
 * Says when it is worth reading the configuration again, by inotify(7). It watches the file itself,
 * or each YAML file of a folder, and every name on the way there, symlinks and their targets
 * included, and sets its watches anew whenever one of those names moves. An event is only a hint:
 * the caller reads and compares (sys/disk/source_disk.h). It never reads a byte of the
 * configuration.
 *
 * When the hint is given:
 *   - at once after what leaves a whole file: a rename, a close after writing, a new symlink or
 * hard link, a change of permissions;
 *   - not while a write is under way: from the first change, or from the creation of a file, until
 *     the writer closes it. A writer that stops without closing is waited for WATCH_WRITE_MS;
 *   - WATCH_GONE_MS after the file, or a directory above it, disappeared, was emptied, or was newly
 *     made, unless a whole file is there before: editors, git and cp -r do one after the other;
 *   - WATCH_PAUSE_MS after the last hint at the earliest: a storm becomes few hints, and the first
 *     one never waits.
 *
 * No event comes for a mount put over the path, for changes that another machine makes on a network
 * file system, and for writes through mmap() until they are closed: each pass has to compare the
 * content all the same.
 */
#ifndef NUMBERD_SYS_DISK_WATCH_H
#define NUMBERD_SYS_DISK_WATCH_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "sys/os/loop.h"

#define WATCH_WRITE_MS 10000
#define WATCH_GONE_MS  1000
#define WATCH_PAUSE_MS 100
#define WATCH_YOUNG_MS 2000

struct watch;

/*
 * `path` need not exist yet. `hint` is called from loop_dispatch() only. Never fails: what can't be
 * watched is a problem to take.
 */
struct watch *watch_new(struct loop *loop, const struct clock *clock, const char *path,
			void (*hint)(void *context), void *context);
void watch_free(struct watch *watch);

/* Whether something that has to be read is being replaced right now, all events looked at. */
bool watch_is_writing(struct watch *watch);

/*
 * Whether a file that was just read, `info` being its state, can be taken for whole as far as its
 * age tells. The kernel shows a change before it sends the event: a file that is younger than
 * WATCH_YOUNG_MS, and empty or younger than the last event, may be half of something. If it is not
 * trusted, a hint follows when it is old enough.
 */
bool watch_trusts(struct watch *watch, const struct stat *info);

/* Whether everything that exists is watched. If not, changes are found by the passes only. */
bool watch_is_live(const struct watch *watch);

/* True once each time watching begins to fail, with the reason and what to do. */
bool watch_take_problem(struct watch *watch, struct error *ret_problem);

#endif
