/*
 * Puts back what one change of the history replaced: reads the number, sends the old value, proves
 * it from the answer, and writes its own entry (kind "undo").
 *
 * It refuses where the entry was never done, where the live value has moved on since, for fields
 * with a course of their own, where Twilio would remove another field's value, and where the file's
 * limits.max_changes does not allow even one number to be changed. It does not change the file; so
 * that there is time to do so, what was put back is left alone for UNDO_HOLD_MS. Then the file wins
 * again.
 */
#ifndef NUMBERD_ENGINE_UNDO_H
#define NUMBERD_ENGINE_UNDO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/transport.h"
#include "journal/journal.h"
#include "plan/memory.h"

struct undo;

struct undo_options {
	const struct transport *transport;
	const struct clock *clock;
	struct rng *rng;
	struct journal *journal; /* opened for writing */
	/* Once, from within undo_run() or an answer. ok: `text` says what was put back, else why
	 * not. */
	void (*done)(void *context, bool ok, const char *text);
	void *context;
};

/* NULL with the reason where there is nothing to undo with this id. */
struct undo *undo_start(const struct undo_options *options, int64_t id, struct error *error);
/* After done, or to give it up. */
void undo_free(struct undo *undo);

int64_t undo_deadline(const struct undo *undo);

/* At the deadline, and after each answer. `memory` is of the file in force; NULL: there is none. */
void undo_run(struct undo *undo, struct memory *memory);

/* Nothing new begins; done still comes. */
void undo_stop(struct undo *undo, const char *why);

/*
 * After done, and before undo_free(): writes to memory and journal what became of it. Where it was
 * done, the file's own value is kept from being sent for UNDO_HOLD_MS, as far as it would be, and a
 * sentence of what will become of the number is added to `outlook`. `memory` as for undo_run().
 */
void undo_settle(struct undo *undo, struct memory *memory, struct buf *outlook);

#endif
