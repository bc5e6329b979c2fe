/*
 * A plan as people and programs read it: text, JSON (documented in docs/plan.md), and Markdown for
 * a comment on a pull request. The three show the same list; values are shown redacted
 * (base/text.h). Pure: everything goes to a buffer.
 */
#ifndef NUMBERD_CLI_PLAN_PRINT_H
#define NUMBERD_CLI_PLAN_PRINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/options.h"
#include "plan/plan.h"

struct plan_view {
	const struct plan *plan;
	const struct plan_input *input;
	const char *revision; /* of the file, or NULL */
	uint32_t gets;        /* requests made to read what is live */
	bool color;           /* of the text */
};

/* In the format that the options ask for. */
void plan_print(const struct plan_view *view, enum output_format format, struct buf *out);

void plan_print_text(const struct plan_view *view, struct buf *out);
void plan_print_json(const struct plan_view *view, struct buf *out);
void plan_print_markdown(const struct plan_view *view, struct buf *out);

/* True if two values differ in a part alone that is not shown. */
bool plan_is_hidden(const char *before, const char *after);

/* A value in quotes, redacted; "(unset)" for NULL. */
void plan_add_value(struct buf *out, const char *value);

#endif
