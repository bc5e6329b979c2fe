#include <string.h>

#include "base/text.h"
#include "cli/plan_print.h"
#include "plan/group.h"

#define NUMBERS_SHOWN  10
#define VARIANTS_SHOWN 200 /* a comment on a pull request has a ceiling of some 64 kB */

/* A value inside a table cell: in backquotes, with nothing that could end the cell. */
static void add_cell(struct buf *out, const char *value)
{
	struct buf shown = {0};

	if (!value) {
		buf_add_text(out, "_unset_");
		return;
	}
	text_add_shown(&shown, value);
	buf_add_text(out, "`` ");
	for (const char *c = buf_text(&shown); *c; c++) {
		if (*c == '|')
			buf_add_text(out, "\\|");
		else
			buf_add_char(out, *c == '`' ? '\'' : *c);
	}
	buf_add_text(out, " ``");
	buf_finish(&shown);
}

static void add_row(const struct plan_view *view, struct buf *out, const struct variant *variant)
{
	const struct difference *first = variant_first(variant);
	struct mark mark = wanted_mark(first->wanted, first->field);

	buf_printf(out, "| %s | %s", diff_kind_name(first->kind), diff_action_name(first->action));
	/* What a limit blocks is said once, below the table. */
	if (first->reason != REASON_NONE && first->reason != REASON_LIMIT) {
		buf_add_text(out, ": ");
		diff_add_reason(out, first, view->input);
	}
	buf_printf(out, " | `%s` | ", field_table[first->field].key);
	add_cell(out, first->live);
	buf_add_text(out, " | ");
	add_cell(out, first->want);
	if (plan_is_hidden(first->live, first->want))
		buf_add_text(out, " (differs in a part that is not shown)");
	buf_add_text(out, " | ");
	for (size_t i = 0; i < variant->count && i < NUMBERS_SHOWN; i++)
		buf_printf(out, "%s%s", i ? ", " : "", variant->members[i]->wanted->number);
	if (variant->count > NUMBERS_SHOWN)
		buf_printf(out, " and %zu more", variant->count - NUMBERS_SHOWN);
	buf_printf(out, " | %s:%u |\n", mark.file, mark.line);
}

static void add_table(const struct plan_view *view, struct buf *out)
{
	struct groups groups;
	size_t shown = 0, all = 0;

	groups_make(&groups, view->plan, NULL, NULL);
	if (groups.count)
		buf_add_text(out,
			     "| kind | action | field | live | wanted | numbers | asked for at "
			     "|\n|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < groups.count; i++) {
		const struct group *group = &groups.list[i];

		all += group->variant_count;
		for (size_t j = 0; j < group->variant_count && shown < VARIANTS_SHOWN; j++, shown++)
			add_row(view, out, &group->variants[j]);
	}
	if (shown < all)
		buf_printf(out, "\nand %zu more distinct changes\n", all - shown);
	groups_finish(&groups);
}

void plan_print_markdown(const struct plan_view *view, struct buf *out)
{
	const struct plan *plan = view->plan;
	const struct live *live = view->input->live;

	buf_printf(out,
		   "### numberd plan: %u to update, %u that differ otherwise, %u in sync, %zu "
		   "missing\n\n",
		   plan->posts, plan_differing(plan) - plan->posts, plan->in_sync,
		   plan->missing_count);
	for (size_t i = 0; i < live->count; i++) {
		if (!live->accounts[i].actual)
			buf_printf(out, "**Unknown:** %s\n\n", live->accounts[i].error.text);
	}
	add_table(view, out);
	for (size_t i = 0; i < plan->missing_count; i++)
		buf_printf(out, "\n- **missing:** %s (%s:%u)", plan->missing[i].wanted->number,
			   plan->missing[i].wanted->mark.file, plan->missing[i].wanted->mark.line);
	for (size_t i = 0; i < plan->warning_count; i++)
		buf_printf(out, "\n- **warning:** %s", plan->warnings[i].text);
	for (size_t i = 0; i < plan->limit_count; i++) {
		buf_add_text(out, "\n- **limit:** ");
		plan_add_limit(out, &plan->limits[i]);
		buf_printf(out, "; %s", plan_limit_words(plan));
	}
	buf_printf(out, "\n\n%u GET made, %u POST to send. Digest `%s`\n", view->gets, plan->posts,
		   plan->digest);
}
