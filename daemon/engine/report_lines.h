/*
 * The words of the report: one log event each, with its stable name and fields
 * (docs/operations.md). It keeps no state and decides nothing but wording; engine/report.c says
 * when.
 */
#ifndef NUMBERD_ENGINE_REPORT_LINES_H
#define NUMBERD_ENGINE_REPORT_LINES_H

#include "base/log.h"
#include "plan/group.h"
#include "plan/plan.h"
#include "requests/send.h"

/* drift, change, both, new, fight: found. Few ones by number, equal ones together, many in one
 * line. */
void report_lines_found(const struct log *log, const struct groups *groups,
			const struct plan_input *input);

/* applied: what Twilio took its time for has come to its end. */
void report_line_end(const struct log *log, const struct plan_end *end);

/* resolved: a difference is gone without a doing of ours. */
void report_line_gone(const struct log *log, const struct wanted_number *wanted, enum field_id id);

/* missing */
void report_line_missing(const struct log *log, const struct plan_input *input,
			 const struct plan_missing *missing);

/* applied, repaired, learnt, ignored, underway */
void report_line_sent(const struct log *log, const struct sent_number *sent,
		      const struct sent_field *field);

/* failed */
void report_line_failed(const struct log *log, const struct sent_number *sent);

#endif
