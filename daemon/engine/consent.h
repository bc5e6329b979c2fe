/*
 * What people have told the daemon: a pause, and the approval of one plan. Both outlive a restart,
 * as far as there is a journal.
 */
#ifndef NUMBERD_ENGINE_CONSENT_H
#define NUMBERD_ENGINE_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "journal/journal.h"

struct consent;

/* The journal may be NULL. */
struct consent *consent_new(struct journal *journal, const struct clock *clock);
void consent_free(struct consent *consent);

/* until: wall ms, 0: until consent_resume(). */
void consent_pause(struct consent *consent, int64_t until, const char *reason);

/* False if there was no pause. */
bool consent_resume(struct consent *consent);

/* Why numberd is paused, as the journal knows without a daemon; NULL: it is not. mem_free(). */
char *consent_stored_pause(struct journal *journal, int64_t wall);

/* False if the journal has all of it; without a journal nothing outlives the process. */
bool consent_is_unsaved(const struct consent *consent);

/* Brings journal and memory together again: writes what the journal could not take or has lost, and
 * reads a pause that it could not give at the start: true if there is one. Called when a pass is
 * over. */
bool consent_save(struct consent *consent);

/* Ends a pause whose time is over; true if that was now. */
bool consent_end_pause(struct consent *consent);
int64_t consent_paused_until(const struct consent *consent);
const char *consent_reason(const struct consent *consent); /* NULL: not paused */

void consent_approve(struct consent *consent, const char *digest);

/* The digest that is approved and still valid, or NULL. */
const char *consent_digest(const struct consent *consent);

/* An approval of the one is one of the other: some of what was approved is done. NULL: all of it.
 */
void consent_follow(struct consent *consent, const char *digest, const char *left);

/* True if this plan is the approved one; the approval has done its work then, and ends. */
bool consent_is_used(struct consent *consent, const char *digest);

#endif
