/*
 * The daemon's mind: when to look, which file is in force, what is paused and approved. One pass
 * after the other, never two at once; every reason to look (a changed file, the interval, a signal,
 * a command, a retry) merges into one pending pass.
 *
 * A state machine: it never blocks, opens no file, and has no clock but the one it is given. Its
 * owner calls reconcile_run() at reconcile_deadline() and whenever the transport called back.
 */
#ifndef NUMBERD_ENGINE_RECONCILE_H
#define NUMBERD_ENGINE_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/source.h"
#include "base/transport.h"
#include "journal/journal.h"
#include "plan/plan.h"

struct reconcile;

struct reconcile_options {
	const struct source *source;
	const struct transport *transport;
	const struct clock *clock;
	struct rng *rng;
	const struct log *log;
	struct journal *journal; /* opened for writing, or NULL */
	const char *default_account;
	int64_t interval; /* ms between passes; a tenth of jitter is added */
	unsigned concurrency;
	bool observe;
	/* One line for the service manager whenever it changes; or NULL. */
	void (*status)(void *context, const char *text);
	void *context;
};

/* What is pointed to must outlive it. The first pass is due at once. */
struct reconcile *reconcile_new(const struct reconcile_options *options);
void reconcile_free(struct reconcile *reconcile);

int64_t reconcile_deadline(const struct reconcile *reconcile);
void reconcile_run(struct reconcile *reconcile);

/* The file may have changed: read it, and, if it has, act on it at once. */
void reconcile_look(struct reconcile *reconcile);

/* A pass as soon as the one under way is over; failures are tried again without waiting. */
void reconcile_sync(struct reconcile *reconcile);

/* SIGHUP: credentials and file anew, then a pass. */
void reconcile_reload(struct reconcile *reconcile);

/* Lets what is in flight come to its end; nothing new begins. */
void reconcile_stop(struct reconcile *reconcile);
bool reconcile_is_stopped(const struct reconcile *reconcile);

/*
 * Commands of a person. 0, and what comes of it is added to `text`, for people; or -EINVAL with the
 * reason it can't be done.
 * approve: the plan of the last pass, over the limits, for an hour.
 * pause: detection goes on, nothing is sent, until `until` (wall; 0: until resumed).
 */
int reconcile_approve(struct reconcile *reconcile, const char *digest, struct buf *text,
		      struct error *error);
int reconcile_pause(struct reconcile *reconcile, int64_t until, const char *reason,
		    struct buf *text, struct error *error);
int reconcile_resume(struct reconcile *reconcile, struct buf *text, struct error *error);

/* Puts back what one change of the history replaced (engine/undo.h). A pass under way is ended
 * first, and one follows. */
int reconcile_undo(struct reconcile *reconcile, int64_t id, struct error *error);

/* How the last undo that was asked for stands. */
struct reconcile_undo_state {
	int64_t id; /* 0: none was asked for */
	bool over;
	bool ok;
	const char *text;    /* valid until the next call of anything here */
	const char *outlook; /* what will become of the number; NULL where not ok */
};

struct reconcile_undo_state reconcile_undo_state(const struct reconcile *reconcile);

/* What is known, for `status`. Pointers are valid until the next call of anything here. */
struct reconcile_state {
	const struct wanted *wanted; /* NULL: no valid file so far */
	const struct memory *memory;
	const char *revision;
	const struct source_commit *commit; /* of the file in force; revision is its name */
	const char *file_error; /* the file on disk is not the one in force: why; or NULL */
	const char *pass_error; /* the last pass could not tell: why; or NULL */
	int64_t last_pass;      /* wall, of the last that could tell everything; 0: none */
	int64_t last_good;      /* monotonic, of a list that could be read or an update that was
				 * proved, in any account; NEVER: none */
	const char *digest;     /* of what the last pass left to do; NULL: nothing to approve */
	bool blocked;           /* by a limit */
	bool observe;
	bool paused;
	int64_t paused_until; /* wall; 0: until resumed */
	const char *pause_reason;
	uint64_t log_dropped; /* lines of the log that nobody took, since the start */
};

struct reconcile_state reconcile_state(const struct reconcile *reconcile);

#endif
