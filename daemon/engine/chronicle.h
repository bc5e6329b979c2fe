/*
 * Writes what a pass sees and does into the history of the journal. An entry for each field that is
 * about to be sent is on the disk before the request leaves, so that after a crash the history is
 * still true: chronicle_settle() looks at the number and says what became of it.
 *
 * It decides nothing, and a journal that remembers nothing makes it do nothing.
 */
#ifndef NUMBERD_ENGINE_CHRONICLE_H
#define NUMBERD_ENGINE_CHRONICLE_H

#include "base/source.h"
#include "journal/journal.h"
#include "plan/plan.h"
#include "requests/send.h"

struct chronicle;

/*
 * `commit` of the file, read whenever an entry is made. All must outlive the chronicle. `journal`
 * may be NULL.
 */
struct chronicle *chronicle_new(struct journal *journal, const struct source_commit *commit,
				int64_t wall);
void chronicle_free(struct chronicle *chronicle);

/*
 * Settles what a crash left pending, as far as `live` has the numbers. What turns out to be done is
 * remembered as in sync: it was numberd's doing, and must not be called somebody else's; an undo is
 * held for what is left of its hour. Of a number that no file declares, what was known is
 * forgotten.
 *
 * `field` is the key of the one that it is about, NULL: all. `memory` may be NULL: there is no
 * file.
 */
void chronicle_settle(struct journal *journal, struct memory *memory, const struct live *live,
		      const char *field, int64_t now);

/* Before sending: an entry PENDING for each difference with ACTION_SEND. */
void chronicle_intend(struct chronicle *chronicle, const struct plan *plan);

/* The end of one number. Kept until chronicle_close(). */
void chronicle_sent(struct chronicle *chronicle, const struct sent_number *sent);

/*
 * Writes what was seen, the memory, and then the ends of all that was intended; what had no end was
 * not sent. In this order: should the disk lose the last of it, chronicle_settle() puts it right.
 */
void chronicle_close(struct chronicle *chronicle, struct memory *memory, int64_t now);

/* A difference that is left alone, seen for the first time. */
void chronicle_seen(struct chronicle *chronicle, const struct difference *diff, const char *why);

#endif
