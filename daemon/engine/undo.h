/*
 * Puts back what one change of the history replaced: reads the number, sends the old value, proves
 * it from the answer, and writes its own entry (kind "undo").
 *
 * It refuses where the entry was never done, where the live value has moved on since, and for
 * fields with a course of their own. It does not change the file, and so the file wins again at the
 * next pass, unless it is changed or numberd is paused: whoever calls it says so.
 */
#ifndef NUMBERD_ENGINE_UNDO_H
#define NUMBERD_ENGINE_UNDO_H

#include "base/clock.h"
#include "base/rng.h"
#include "base/transport.h"
#include "engine/journal.h"

struct undo;

struct undo_options {
	const struct transport *transport;
	const struct clock *clock;
	struct rng *rng;
	struct journal *journal; /* opened for writing */
	/* Once, never from within undo_start(). ok: `text` says what was put back, else why not. */
	void (*done)(void *context, bool ok, const char *text);
	void *context;
};

/* NULL with the reason where there is nothing to undo with this id. */
struct undo *undo_start(const struct undo_options *options, int64_t id, struct error *error);
/* After done, or to give it up. */
void undo_free(struct undo *undo);

int64_t undo_deadline(const struct undo *undo);
void undo_run(struct undo *undo);

#endif
