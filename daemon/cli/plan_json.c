#include "base/json.h"
#include "cli/plan_print.h"

static void add_source(struct buf *out, struct mark mark)
{
	buf_add_text(out, "\"source\": {");
	json_add_member(out, "file", mark.file);
	buf_printf(out, ", \"line\": %u, \"column\": %u}", mark.line, mark.column);
}

static void add_difference(const struct plan_view *view, struct buf *out,
			   const struct difference *diff)
{
	const struct plan_input *input = view->input;
	struct buf reason = {0};

	buf_add_text(out, "{");
	json_add_member(out, "account", input->wanted->accounts[diff->wanted->account].sid);
	buf_add_text(out, ", ");
	json_add_member(out, "number", diff->wanted->number);
	buf_add_text(out, ", ");
	json_add_member(out, "sid", diff->row->sid);
	buf_add_text(out, ", ");
	json_add_member(out, "field", field_table[diff->field].key);
	buf_add_text(out, ", ");
	json_add_member(out, "kind", diff_kind_name(diff->kind));
	buf_add_text(out, ", ");
	json_add_member(out, "live", diff->live);
	buf_add_text(out, ", ");
	json_add_member(out, "want", diff->want);
	buf_add_text(out, ", ");
	json_add_member(out, "known", diff->known);
	buf_printf(out, ", \"hidden\": %s, ",
		   plan_is_hidden(diff->live, diff->want) ? "true" : "false");
	add_source(out, wanted_mark(diff->wanted, diff->field));
	buf_add_text(out, ", ");
	json_add_member(out, "action", diff_action_name(diff->action));
	diff_add_reason(&reason, diff, input);
	buf_add_text(out, ", ");
	json_add_member(out, "reason", reason.length ? buf_text(&reason) : NULL);
	buf_add_text(out, "}");
	buf_finish(&reason);
}

static void add_missing(const struct plan_view *view, struct buf *out,
			const struct plan_missing *missing)
{
	buf_add_text(out, "{");
	json_add_member(out, "account",
			view->input->wanted->accounts[missing->wanted->account].sid);
	buf_add_text(out, ", ");
	json_add_member(out, "number", missing->wanted->number);
	buf_add_text(out, ", ");
	add_source(out, missing->wanted->mark);
	buf_add_text(out, ", ");
	json_add_member(out, "elsewhere", missing->elsewhere);
	buf_add_text(out, "}");
}

static const char *separator(size_t i)
{
	return i ? ",\n  " : "\n  ";
}

static void add_lists(const struct plan_view *view, struct buf *out)
{
	const struct plan *plan = view->plan;
	const struct live *live = view->input->live;

	buf_add_text(out, " \"differences\": [");
	for (size_t i = 0; i < plan->count; i++) {
		buf_add_text(out, separator(i));
		add_difference(view, out, &plan->differences[i]);
	}
	buf_add_text(out, "],\n \"missing\": [");
	for (size_t i = 0; i < plan->missing_count; i++) {
		buf_add_text(out, separator(i));
		add_missing(view, out, &plan->missing[i]);
	}
	buf_add_text(out, "],\n \"warnings\": [");
	for (size_t i = 0; i < plan->warning_count; i++) {
		buf_add_text(out, separator(i));
		json_add_text(out, plan->warnings[i].text);
	}
	buf_add_text(out, "],\n \"limits\": [");
	for (size_t i = 0; i < plan->limit_count; i++) {
		struct buf text = {0};

		plan_add_limit(&text, &plan->limits[i]);
		buf_add_text(out, separator(i));
		json_add_text(out, buf_text(&text));
		buf_finish(&text);
	}
	buf_add_text(out, "],\n \"errors\": [");
	for (size_t i = 0, shown = 0; i < live->count; i++) {
		if (live->accounts[i].actual)
			continue;
		buf_add_text(out, separator(shown++));
		json_add_text(out, live->accounts[i].error.text);
	}
	buf_add_text(out, "],\n");
}

void plan_print_json(const struct plan_view *view, struct buf *out)
{
	const struct plan *plan = view->plan;

	buf_printf(out, "{\"format_version\": 1,\n \"digest\": \"%s\",\n ", plan->digest);
	json_add_member(out, "revision", view->revision);
	buf_printf(out,
		   ",\n \"numbers\": {\"declared\": %u, \"live\": %u, \"unmanaged\": %u, "
		   "\"in_sync\": %u, \"missing\": %zu, \"unknown\": %u},\n",
		   plan->declared, plan->live, plan->unmanaged, plan->in_sync, plan->missing_count,
		   plan->unknown);
	add_lists(view, out);
	buf_printf(out, " \"requests\": {\"get\": %u, \"post\": %u}}\n", view->gets, plan->posts);
}
