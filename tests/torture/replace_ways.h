/*
 * Ways of replacing a configuration file, as people and programs do it. Each is a piece of shell
 * that runs in a fresh folder, $P being the path that is watched; `body N` prints version N of the
 * file, which is whole if it begins and ends with its number.
 */
#ifndef NUMBERD_TESTS_REPLACE_WAYS_H
#define NUMBERD_TESTS_REPLACE_WAYS_H

#include <stdbool.h>

struct way {
	const char *name;
	const char *change; /* makes version 2 of version 1 */
	const char *before; /* runs before the watch begins; NULL: body 1 >"$P" */
	const char *path;   /* NULL: "numbers.yaml" */
	const char *tool;   /* what `change` needs beyond POSIX and coreutils */
	const char *error;  /* what reading says afterwards, if not version 2 */
	const char *again;  /* makes version 3; NULL: body 3 >"$P" */
	bool waits;         /* known from a quiet period only, not from an event */
	bool silent;        /* no event exists: found by the next pass */
	bool uncommitted;   /* in a work tree: read when git can be at it no more */
};

extern const struct way ways[];
extern const unsigned way_count;

#endif
