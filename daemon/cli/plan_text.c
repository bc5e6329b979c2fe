#include <string.h>

#include "base/text.h"
#include "cli/plan_print.h"
#include "plan/group.h"

#define NUMBERS_SHOWN  20  /* that share a change; the rest is counted */
#define VARIANTS_SHOWN 200 /* changes of one field for one reason */
#define WARNINGS_SHOWN 20

/* What a person reads first: the sign, and the words for kind and action. */
static const char *const kind_words[] = {
	[DIFF_CHANGE] = "the file changed",
	[DIFF_DRIFT] = "drift: somebody changed the number",
	[DIFF_BOTH] = "both the file and the number changed",
	[DIFF_NEW] = "never in sync so far",
};

static const struct {
	const char *sign, *color, *word;
} actions[] = {
	[ACTION_SEND] = {"~", "\033[32m", "update"},
	[ACTION_HOLD] = {"=", "\033[33m", "held"},
	[ACTION_REPORT] = {"!", "\033[33m", "reported only"},
	[ACTION_BLOCKED] = {"x", "\033[31m", "blocked"},
	[ACTION_WAIT] = {"-", "\033[33m", "waits"},
};

void plan_add_value(struct buf *out, const char *value)
{
	if (!value) {
		buf_add_text(out, "(unset)");
		return;
	}
	buf_add_char(out, '"');
	text_add_shown(out, value);
	buf_add_char(out, '"');
}

bool plan_is_hidden(const char *before, const char *after)
{
	struct buf one = {0}, other = {0};
	bool same;

	text_add_shown(&one, before);
	text_add_shown(&other, after);
	same = !text_equal(before, after) && strcmp(buf_text(&one), buf_text(&other)) == 0;
	buf_finish(&one);
	buf_finish(&other);
	return same;
}

static void add_change(struct buf *out, const struct difference *diff)
{
	struct buf live = {0}, want = {0};

	plan_add_value(&live, diff->live);
	plan_add_value(&want, diff->want);
	buf_printf(out, "%s -> %s", buf_text(&live), buf_text(&want));
	if (plan_is_hidden(diff->live, diff->want))
		buf_add_text(out, " (they differ in a part that is not shown)");
	buf_finish(&live);
	buf_finish(&want);
}

static void add_mark(struct buf *out, const struct difference *diff)
{
	struct mark mark = wanted_mark(diff->wanted, diff->field);

	buf_printf(out, "  (%s:%u:%u)\n", mark.file, mark.line, mark.column);
}

static void add_number(struct buf *out, const struct difference *diff)
{
	buf_printf(out, "      %-16s", diff->wanted->number);
}

static void add_reason(const struct plan_view *view, struct buf *out, const struct difference *diff)
{
	buf_add_text(out, "      because ");
	diff_add_reason(out, diff, view->input);
	buf_add_char(out, '\n');
}

/* A failed number's reason is its own; what a limit blocks is said once, below all. */
static bool is_common(const struct difference *diff)
{
	return diff->reason != REASON_NONE && diff->reason != REASON_FAILED &&
	       diff->reason != REASON_LIMIT;
}

static void add_more(struct buf *out, const struct variant *variant)
{
	buf_printf(out, "      and %zu more (--format json lists all)\n",
		   variant->count - NUMBERS_SHOWN);
}

/* Numbers that go from one value to another together: the values once, then the numbers. */
static void add_numbers(struct buf *out, const struct variant *variant)
{
	buf_add_text(out, "      ");
	add_change(out, variant_first(variant));
	buf_add_char(out, '\n');
	for (size_t i = 0; i < variant->count && i < NUMBERS_SHOWN; i++) {
		const struct difference *diff = variant->members[i];
		const char *name = record_value(&diff->row->record, FIELD_FRIENDLY_NAME);

		add_number(out, diff);
		buf_add_text(out, name ? "  " : "");
		text_add_shown(out, name);
		add_mark(out, diff);
	}
	if (variant->count > NUMBERS_SHOWN)
		add_more(out, variant);
}

static void add_variant(const struct plan_view *view, struct buf *out, const struct group *group,
			const struct variant *variant)
{
	const struct difference *first = variant_first(variant);

	if (first->reason != REASON_FAILED && (group->variant_count == 1 || variant->count > 1)) {
		add_numbers(out, variant);
		return;
	}
	for (size_t i = 0; i < variant->count && i < NUMBERS_SHOWN; i++) {
		add_number(out, variant->members[i]);
		buf_add_text(out, "  ");
		add_change(out, variant->members[i]);
		add_mark(out, variant->members[i]);
		if (first->reason == REASON_FAILED)
			add_reason(view, out, variant->members[i]);
	}
	if (variant->count > NUMBERS_SHOWN)
		add_more(out, variant);
}

static void add_group(const struct plan_view *view, struct buf *out, const struct group *group)
{
	const struct difference *first = group_first(group);
	size_t i;

	if (view->color)
		buf_add_text(out, actions[first->action].color);
	buf_printf(out, "  %s %s", actions[first->action].sign, field_table[first->field].key);
	if (view->color)
		buf_add_text(out, "\033[0m");
	buf_printf(out, " of %zu number%s: %s; %s\n", group->count, group->count == 1 ? "" : "s",
		   actions[first->action].word,
		   first->unsettled ? "accepted, and not in force" : kind_words[first->kind]);
	if (is_common(first))
		add_reason(view, out, first);
	for (i = 0; i < group->variant_count && i < VARIANTS_SHOWN; i++)
		add_variant(view, out, group, &group->variants[i]);
	if (i < group->variant_count)
		buf_printf(out, "      and %zu more changes (--format json lists all)\n",
			   group->variant_count - i);
	buf_add_char(out, '\n');
}

static void add_accounts(const struct plan_view *view, struct buf *out)
{
	const struct plan_input *input = view->input;

	for (size_t i = 0; i < input->live->count; i++) {
		const struct live_account *account = &input->live->accounts[i];

		if (account->actual)
			buf_printf(out, "Account %s: %zu number%s live\n", account->sid,
				   account->actual->count, account->actual->count == 1 ? "" : "s");
		else
			buf_printf(out, "Account %s: UNKNOWN: %s\n", account->sid,
				   account->error.text);
	}
}

static void add_missing(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->missing_count; i++) {
		const struct plan_missing *missing = &plan->missing[i];
		struct mark mark = missing->wanted->mark;

		buf_printf(out,
			   "  ? %s is missing: declared at %s:%u:%u, and the account has no "
			   "such number",
			   missing->wanted->number, mark.file, mark.line, mark.column);
		if (missing->elsewhere)
			buf_printf(out, "; account %s has it", missing->elsewhere);
		buf_add_char(out, '\n');
	}
	if (plan->missing_count)
		buf_add_char(out, '\n');
}

static void add_warnings(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->warning_count && i < WARNINGS_SHOWN; i++)
		buf_printf(out, "Warning: %s\n", plan->warnings[i].text);
	if (plan->warning_count > WARNINGS_SHOWN)
		buf_printf(out, "Warning: and %zu more (--format json lists all)\n",
			   plan->warning_count - WARNINGS_SHOWN);
	if (plan->warning_count)
		buf_add_char(out, '\n');
}

static void add_limits(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->limit_count; i++) {
		buf_add_text(out, "Limit: ");
		plan_add_limit(out, &plan->limits[i]);
		buf_add_text(out, ".\n");
	}
	if (plan->limit_count)
		buf_printf(out,
			   "So %s. If this plan is what you want, approve exactly this "
			   "one:\n  numberd approve %s   (running daemon, valid for an hour)\n  "
			   "numberd apply --approve %s\nor raise limits.max_changes in the file.\n",
			   plan_limit_words(plan), plan->digest, plan->digest);
}

/* "Plan: 3 numbers to update, 2 not (1 GET made, 3 POST to send)." */
static void add_outlook(const struct plan_view *view, struct buf *out)
{
	const struct plan *plan = view->plan;
	uint32_t others = plan_differing(plan) - plan->posts;

	buf_printf(out, "Plan: %u number%s to update", plan->posts, plan->posts == 1 ? "" : "s");
	if (others)
		buf_printf(out, ", %u %s", others,
			   plan->limit_count ? "blocked, held or only reported"
					     : "held or only reported");
	buf_printf(out, " (%u GET made, %u POST to send).\n", view->gets, plan->posts);
}

static void add_summary(const struct plan_view *view, struct buf *out)
{
	const struct plan *plan = view->plan;

	buf_printf(out,
		   "%u declared, %u in sync, %zu missing; %u live numbers are not in the file ",
		   plan->declared, plan->in_sync, plan->missing_count, plan->unmanaged);
	buf_add_text(out, "and left alone.\n");
	if (plan->unknown)
		buf_printf(out, "%u could not be looked at: what is live is not known.\n",
			   plan->unknown);
	if (plan->count == 0 && !plan->unknown && !plan->missing_count && !plan->limit_count)
		buf_add_text(out, "In sync: nothing to do.\n");
	else
		add_outlook(view, out);
	if (plan->count)
		buf_printf(out, "Digest: %s\n", plan->digest);
}

void plan_print_text(const struct plan_view *view, struct buf *out)
{
	struct groups groups;

	add_accounts(view, out);
	buf_add_char(out, '\n');
	groups_make(&groups, view->plan, NULL, NULL);
	for (size_t i = 0; i < groups.count; i++)
		add_group(view, out, &groups.list[i]);
	groups_finish(&groups);
	add_missing(view->plan, out);
	add_warnings(view->plan, out);
	add_summary(view, out);
	add_limits(view->plan, out);
}

void plan_print(const struct plan_view *view, enum output_format format, struct buf *out)
{
	static void (*const printers[])(const struct plan_view *, struct buf *) = {
		[FORMAT_TEXT] = plan_print_text,
		[FORMAT_JSON] = plan_print_json,
		[FORMAT_MARKDOWN] = plan_print_markdown,
	};

	printers[format](view, out);
}
