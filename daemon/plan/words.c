/* What is said of a plan, in every format and in the log. */
#include "plan/plan.h"

#include "base/text.h"

static const char *const kind_names[] = {
	[DIFF_CHANGE] = "change",
	[DIFF_DRIFT] = "drift",
	[DIFF_BOTH] = "both",
	[DIFF_NEW] = "new",
};

static const char *const action_names[] = {
	[ACTION_SEND] = "send",       [ACTION_HOLD] = "hold", [ACTION_REPORT] = "report",
	[ACTION_BLOCKED] = "blocked", [ACTION_WAIT] = "wait",
};

const char *diff_kind_name(enum diff_kind kind)
{
	return kind_names[kind];
}

const char *diff_action_name(enum diff_action action)
{
	return action_names[action];
}

static void add_until(struct buf *buf, int64_t until, int64_t now)
{
	text_add_duration(buf, until > now ? (until - now + 999) / 1000 * 1000 : 0);
}

void diff_add_reason(struct buf *buf, const struct difference *diff, const struct plan_input *now)
{
	switch (diff->reason) {
	case REASON_NONE:
		break;
	case REASON_ON_CHANGE:
		buf_add_text(
			buf,
			"the file says on_change: hold; 'on_change: apply' in the file sends it");
		break;
	case REASON_ON_DRIFT:
		buf_add_text(buf, "the file says on_drift: report");
		break;
	case REASON_GUARDED:
		buf_add_text(buf, "the file says on_drift: report, and numberd, which sees this "
				  "number for the first time, can't know who moved");
		break;
	case REASON_OBSERVE:
		buf_add_text(buf, "numberd runs with --observe");
		break;
	case REASON_PAUSED:
		buf_add_text(buf, "numberd is paused; 'numberd resume' ends it");
		break;
	case REASON_FIGHT:
		if (memory_is_held(diff->memory, diff->field))
			buf_add_text(buf,
				     "'numberd undo' put this value back; the file wins again in ");
		else
			buf_printf(buf,
				   "somebody set it back %d times within an hour; tried again in ",
				   FIGHT_ROUNDS);
		add_until(buf, diff->until, now->wall);
		buf_add_text(buf, ", or at once by 'numberd approve'");
		break;
	case REASON_FAILED:
		buf_add_text(buf, "the last try failed, the next is in ");
		add_until(buf, diff->until, now->monotonic);
		if (memory_failure(diff->memory, field_table[diff->field].course))
			buf_printf(buf, ": %s",
				   memory_failure(diff->memory, field_table[diff->field].course));
		break;
	case REASON_LIMIT:
		buf_add_text(buf, "limits.max_changes is exceeded, so nothing new is sent");
		break;
	case REASON_EMERGENCY:
		buf_printf(buf, "Twilio is still at the last change of the emergency address (%s)",
			   emergency_state_name(diff->row->emergency));
		break;
	case REASON_REFUSED:
		buf_printf(buf,
			   "it is not in force: Twilio says %s; check the address in the Console, "
			   "then declare a valid one",
			   emergency_state_name(diff->row->emergency));
		break;
	case REASON_TURN:
		buf_add_text(buf, "sent after the other changes of this number, in the next pass");
		break;
	}
}

void plan_add_limit(struct buf *buf, const struct plan_limit *limit)
{
	static const char *const happens[] = {
		[PLAN_LIMIT_CHANGE] = "would be changed as the file asks",
		[PLAN_LIMIT_DRIFT] = "would be put back because they drifted",
		[PLAN_LIMIT_SHRINK] = "left the file since it was last acted on",
	};

	buf_printf(buf, "%s: %u of %u numbers (%u %%) %s; limits.max_changes allows ", limit->file,
		   limit->numbers, limit->declared,
		   limit->declared ? limit->numbers * 100 / limit->declared : 0,
		   happens[limit->kind]);
	change_limit_add(buf, &limit->limit);
}

const char *plan_limit_words(const struct plan *plan)
{
	return plan->posts ? "nothing is sent but the next steps of what has begun"
			   : "nothing is sent";
}
