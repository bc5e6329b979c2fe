/*
 * The one undo that a daemon does at a time: asked for, done as soon as no pass is under way, and
 * remembered until the next is asked for.
 */
#ifndef NUMBERD_ENGINE_UNDO_TURN_H
#define NUMBERD_ENGINE_UNDO_TURN_H

#include "base/log.h"
#include "engine/undo.h"

struct undo_turn {
	struct undo_options options; /* but for done and context */
	const struct log *log;
	struct undo *undo; /* under way */
	int64_t id;        /* asked for last; 0: none was */
	bool waits;        /* asked for, and not begun */
	bool ended;        /* `undo` has told its end */
	bool ok;
	char *text;    /* of the last one that is over; NULL: none is */
	char *outlook; /* what will become of the number; NULL where not ok */
};

void undo_turn_finish(struct undo_turn *turn);

/* -EINVAL where another one is not over yet. */
int undo_turn_ask(struct undo_turn *turn, int64_t id, struct error *error);

/* From asking to the end. */
bool undo_turn_is_open(const struct undo_turn *turn);

/* NEVER where none is open. */
int64_t undo_turn_deadline(const struct undo_turn *turn);

/*
 * Begins or goes on, and settles at the end (engine/undo.h): `memory` of the file in force, or
 * NULL. True at the end.
 */
bool undo_turn_run(struct undo_turn *turn, struct memory *memory);

/* One that has not begun is given up, one that has comes to its end. */
void undo_turn_stop(struct undo_turn *turn, const char *why);

#endif
