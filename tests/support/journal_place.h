/*
 * A state directory of a test's own, and the shortest ways to use a journal in it. A failure of
 * what must not fail ends the test.
 */
#ifndef NUMBERD_TESTS_JOURNAL_PLACE_H
#define NUMBERD_TESTS_JOURNAL_PLACE_H

#include <stddef.h>

#include "journal/journal.h"

#define NOW 1795426860000LL /* 2026-11-23T09:41:00Z */

struct place {
	char directory[64]; /* made and removed by the two below */
	char state[80];     /* the state directory; not made */
	char db[96];        /* numberd.db in it */
};

/* A cmocka set-up and tear-down. */
int place_make(void **state);
int place_remove(void **state);

/* What may happen to a file of the journal behind numberd's back. */
enum place_harm {
	HARM_DELETE,
	HARM_EMPTY,
	HARM_HALVE,
	HARM_ZEROS,
	HARM_NOISE,
	HARM_REPLACE, /* by a file of somebody else's */
	PLACE_HARMS
};

/* Does it; nothing where there is no such file. */
void place_harm(const char *path, enum place_harm how);

/* Removes a file, or a directory with what is in it. */
void place_delete(const char *path);

struct journal *place_open(const struct place *place, enum journal_mode mode);

/* Opens for writing, saves `count` numbers in sync, adds one finished entry, closes. */
void place_fill(const struct place *place, size_t count);

/* How many of the first `count` numbers have their voice_url known after a load. */
size_t place_known(struct journal *journal, size_t count);

/* Remembers the first `count` numbers as in sync, and saves. */
int place_save(struct journal *journal, size_t count);

/* Adds an entry; its id, or 0. */
int64_t place_add(struct journal *journal, enum history_outcome outcome);

/* Entries that the filter lets through; NULL: all. */
size_t place_history(struct journal *journal, const struct history_filter *filter);

void place_assert_quiet(struct journal *journal);
/* Trouble is told, and has these words. */
void place_assert_told(struct journal *journal, const char *words);

/* Files in the state directory whose name starts so. */
size_t place_count(const struct place *place, const char *start);

/* Runs SQL in the file with a connection of its own, as sqlite3 would. */
void place_sql(const struct place *place, const char *sql);

/* The bytes of numberd.db with `suffix` behind; -1: no such file. */
long place_size(const struct place *place, const char *suffix);

#endif
