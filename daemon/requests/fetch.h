/*
 * Reads what is live: the whole list of each account that the files name, page by page, all
 * accounts at once; then asks for each declared number that a list did not have, by its own filter.
 *
 * A list is taken whole or not at all. One that breaks off, loops, has rows of another account,
 * comes back empty where numbers are declared, or has less than half the numbers it had a pass ago
 * is unknown: `live` has no rows for that account, and says why. A strange list (the last two) is
 * believed once the same one came FETCH_BELIEVED passes in a row, so that nothing is stuck for
 * good.
 *
 * One account never keeps the others waiting. A list that could not be read is asked for again at
 * the next pass, then ever more rarely, and not before the time that Twilio gave, as long as there
 * is another account to look at.
 *
 * It sends GET requests only: ceil(N/1000) for an account of N numbers, and one more for each
 * number that newly seems to be gone.
 */
#ifndef NUMBERD_REQUESTS_FETCH_H
#define NUMBERD_REQUESTS_FETCH_H

#include "desired/wanted.h"
#include "plan/memory.h"
#include "requests/caller.h"
#include "twilio/actual.h"

#define FETCH_BELIEVED 3

struct fetch;

struct fetch_options {
	struct caller *caller;
	const struct wanted *wanted;
	struct memory *memory;
	const struct clock *clock;
	int64_t interval; /* between passes, ms */
};

/* Called once, from a run of the caller or an answer. */
typedef void fetch_done(void *context);

/*
 * Begins. Fills *live (empty before), which must stay in place until fetch_free(), and keeps in
 * memory which numbers are confirmed missing and what the last lists were like.
 */
struct fetch *fetch_start(const struct fetch_options *options, struct live *live, fetch_done *done,
			  void *context);

/* Only after done, or after the caller is freed. */
void fetch_free(struct fetch *fetch);

#endif
