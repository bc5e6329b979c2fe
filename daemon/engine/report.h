/*
 * Tells people what happened, each thing once, when it begins and when it ends: a difference found,
 * put right, left alone or gone by itself; a number missing and back; an account that can't be
 * reached and can again; a limit; a fight. Nothing is repeated at every pass.
 *
 * One line a number and field while they are few; equal ones together, and at last one line for
 * all, when they are many. What has been said of a field is kept in the memory, so a restart does
 * not repeat it; missing numbers, warnings, limits and accounts that can't be read it says once
 * more.
 */
#ifndef NUMBERD_ENGINE_REPORT_H
#define NUMBERD_ENGINE_REPORT_H

#include "base/log.h"
#include "engine/pass.h"

struct report;

struct report *report_new(const struct log *log);
void report_free(struct report *report);

/* Courses that came to their end: also of a plan that is not acted on. */
void report_ends(struct report *report, const struct plan *plan);

/* After each plan that is acted on; differences that are left alone go to the pass's chronicle too.
 */
void report_plan(struct report *report, struct pass *pass);

void report_sent(struct report *report, const struct sent_number *sent);

/* "38 of 40 numbers in sync, 2 missing": one line for systemctl status. */
void report_add_summary(struct buf *buf, const struct memory *memory);

#endif
