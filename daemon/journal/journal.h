/*
 * The journal: what numberd remembers on disk, in one SQLite file (numberd.db, mode 0600) in the
 * state directory. People may read it with sqlite3; the tables are described in docs/journal.md.
 *
 *   account   what is remembered of each account
 *   number    ... of each declared number
 *   known     ... of each of its fields (plan/memory.h)
 *   history   every change seen or made, with its outcome
 *   setting   the pause in force, approvals
 *
 * It is never needed for correctness. A journal that is corrupt, foreign, read-only, full or gone
 * never stops numberd and never causes a write to Twilio: a bad one is set aside under another name
 * and begun anew; where there can be none, every call still works and remembers nothing. What went
 * wrong is told once, by journal_trouble().
 *
 * It decides nothing and logs nothing. Times are wall-clock milliseconds. A call can block for as
 * long as the disk takes, and for a second where somebody else holds a lock on the file.
 */
#ifndef NUMBERD_JOURNAL_JOURNAL_H
#define NUMBERD_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "plan/memory.h"

struct journal;

enum journal_mode {
	JOURNAL_READ,  /* plan, history, status: takes no lock, creates and mends nothing */
	JOURNAL_WRITE, /* run, apply, undo: holds the lock of the state directory */
};

/*
 * Opens the journal of a state directory. In mode WRITE the directory is made if it is missing, and
 * its lock is taken: a second writer gets -EBUSY and a text that says who holds it and what to do.
 * That is the only failure; any other trouble gives a journal that works as far as it can, and
 * tries again with each call to do more.
 *
 * `vfs` is NULL, or names a SQLite VFS of a test's. Then there is no directory and no lock, nothing
 * is noticed that others do to the file, and a bad one is deleted where it would be set aside.
 */
int journal_open(const char *state_dir, enum journal_mode mode, const char *vfs, int64_t now,
		 struct journal **ret_journal, struct error *error);
void journal_close(struct journal *journal);

/*
 * What went wrong since the last call, for the log; NULL: nothing. Trouble that lasts is told once,
 * and once more when it is over. Valid until the next call.
 */
const char *journal_trouble(struct journal *journal);

/* True where nothing was remembered before this open: a first run, or the journal was lost. True
 * too from the moment on that it is lost, or can't be read, while numberd runs. */
bool journal_is_new(const struct journal *journal);

/* Fills the numbers that have nothing known (known == 0), and, where it has none, the accounts. */
void journal_load(struct journal *journal, struct memory *memory);

/*
 * Writes what is dirty, in one transaction, and makes it clean; a value that is news gets `now` as
 * the time of the pass that saw it. Where the file was lost since the last call, everything is
 * written. 0, or negative, trouble noted, and what was dirty stays so.
 */
int journal_save(struct journal *journal, struct memory *memory, int64_t now);

/* What is known of one field of a number that no file declares is not so any more. 0, or negative,
 * trouble noted. */
int journal_forget(struct journal *journal, const char *number, const char *field);

#define HISTORY_UNDO "undo" /* the kind of what a person undid */

/* One change of one field, seen or made. Strings may be NULL where they are unset or unknown. */
enum history_outcome {
	HISTORY_PENDING, /* about to be sent; after a crash: not known whether it was */
	HISTORY_DONE,    /* sent, and proved by the answer or by a later look */
	HISTORY_FAILED,  /* sent or tried, and did not come to stay */
	HISTORY_SEEN,    /* not ours: seen and left alone, or held back */
	HISTORY_DROPPED, /* was pending at a crash, and was not done */
};

struct history_entry {
	int64_t id; /* from 1, grows */
	int64_t at;
	const char *account, *number, *sid, *field;
	const char *kind;     /* "change", "drift", "both", "new", HISTORY_UNDO */
	const char *before;   /* the live value that it replaced, or that was found */
	const char *after;    /* the value sent; of SEEN: the value wanted */
	const char *known;    /* last known to be in sync */
	const char *source;   /* "numbers.yaml:14:5" */
	const char *revision; /* of the file, git's if it is in a work tree */
	const char *request;  /* Twilio-Request-Id */
	const char *actor;    /* who changed it, when Twilio knows */
	enum history_outcome outcome;
	const char *detail; /* why it failed or was held back */
};

const char *history_outcome_name(enum history_outcome outcome);

/*
 * Adds entries in one transaction and gives each its id (0 where the journal remembers nothing).
 * PENDING ones are on the disk when this returns, so that no effect at Twilio can outrun its entry.
 */
int history_add(struct journal *journal, struct history_entry *entries, size_t count);

/* Sets outcome, request and detail of the entries with these ids, in one transaction. An id of 0,
 * or one that is gone, is passed over. */
int history_finish(struct journal *journal, const struct history_entry *entries, size_t count);

struct history_filter {
	int64_t id;          /* 0: any */
	int64_t since;       /* 0: any */
	const char *account; /* NULL: any */
	const char *number;  /* NULL: any */
	const char *field;   /* NULL: any */
	int outcome;         /* enum history_outcome, -1: any */
	size_t limit;        /* newest ones; 0: all */
};

typedef void history_row(void *context, const struct history_entry *entry);

/*
 * Oldest first. `row` must not call the journal; the entry's strings are valid during it only. 0,
 * or negative where there is a journal that can't be read; none at all is an empty history.
 */
int history_read(struct journal *journal, const struct history_filter *filter, history_row *row,
		 void *context, struct error *error);

/* Small settings that outlive a restart: "pause.until", "pause.reason", "approved.digest" ... */
char *journal_setting(struct journal *journal, const char *key); /* mem_free; NULL: none */
/* On the disk when it returns 0. NULL removes. */
int journal_set(struct journal *journal, const char *key, const char *value);

#endif
