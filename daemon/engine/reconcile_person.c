/* What a person tells the daemon, and what it tells of itself. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "engine/reconcile_parts.h"

int reconcile_undo(struct reconcile *reconcile, int64_t id, struct error *error)
{
	if (reconcile->options.observe)
		return error_set(error, -EINVAL, "numberd runs with --observe and sends nothing");
	if (!reconcile->options.journal)
		return error_set(error, -EINVAL, "there is no journal, and so no history");
	if (reconcile->stopping)
		return error_set(error, -EINVAL, "numberd is stopping");
	if (undo_turn_ask(&reconcile->undo, id, error) < 0)
		return error->code;
	/* A person waits; what is in flight comes to its end, and the pass begins anew behind. */
	if (reconcile->pass)
		pass_stop(reconcile->pass, "an undo comes first");
	return 0;
}

struct reconcile_undo_state reconcile_undo_state(const struct reconcile *reconcile)
{
	return (struct reconcile_undo_state){
		.id = reconcile->undo.id,
		.over = reconcile->undo.id && !undo_turn_is_open(&reconcile->undo),
		.ok = reconcile->undo.ok,
		.text = reconcile->undo.text ? reconcile->undo.text : "",
		.outlook = reconcile->undo.outlook,
	};
}

int reconcile_approve(struct reconcile *reconcile, const char *digest, struct buf *text,
		      struct error *error)
{
	if (reconcile->options.observe)
		return error_set(error, -EINVAL, "numberd runs with --observe and sends nothing");
	if (!reconcile->digest[0])
		return error_set(error, -EINVAL, "there is no plan to approve yet");
	if (!reconcile->waits)
		return error_set(error, -EINVAL,
				 "nothing waits for an approval: the last pass left nothing to do "
				 "but what policy leaves alone");
	if (strcmp(reconcile->digest, digest) != 0)
		return error_set(error, -EINVAL,
				 "no plan with this digest is waiting; the plan of the last pass "
				 "has %s: read 'numberd plan' before you approve that",
				 reconcile->digest);
	consent_approve(reconcile->consent, digest);
	reconcile_sync(reconcile);
	buf_add_text(text, consent_reason(reconcile->consent)
				   ? "Approved, for an hour. numberd is paused: it is sent after "
				     "'numberd resume'."
				   : "Approved, for an hour: the daemon sends exactly this plan "
				     "now.");
	return 0;
}

int reconcile_pause(struct reconcile *reconcile, int64_t until, const char *reason,
		    struct buf *text, struct error *error)
{
	struct buf end = {0}, message = {0};

	if (text_is_blank(reason))
		return error_set(error, -EINVAL, "a pause needs a reason, for whoever finds it");
	consent_pause(reconcile->consent, until, reason);
	if (reconcile->pass)
		pass_stop(reconcile->pass, "numberd was paused");
	if (until)
		text_add_time(&end, until);
	else
		buf_add_text(&end, "'numberd resume'");
	buf_printf(&message, "paused, nothing is sent until %s: %s", buf_text(&end), reason);
	log_event(reconcile->options.log, LOG_LEVEL_WARNING, "paused", buf_text(&message),
		  {"reason", reason});
	buf_printf(text, "Paused until %s: nothing is sent, changes are still seen.",
		   buf_text(&end));
	if (consent_is_unsaved(reconcile->consent))
		buf_add_text(text, " The journal can't be written, so that a restart would end "
				   "it; the log says why.");
	buf_finish(&end);
	buf_finish(&message);
	reconcile->again = true;
	return 0;
}

int reconcile_resume(struct reconcile *reconcile, struct buf *text, struct error *error)
{
	if (!consent_resume(reconcile->consent))
		return error_set(error, -EINVAL, "numberd is not paused");
	log_event(reconcile->options.log, LOG_LEVEL_NOTICE, "resumed", "the pause was ended");
	reconcile_sync(reconcile);
	buf_add_text(text, "Resumed: a pass begins now.");
	return 0;
}

struct reconcile_state reconcile_state(const struct reconcile *reconcile)
{
	const char *reason = consent_reason(reconcile->consent);

	return (struct reconcile_state){
		.wanted = in_force_wanted(reconcile->declared),
		.memory = reconcile->memory,
		.revision = in_force_revision(reconcile->declared),
		.commit = in_force_commit(reconcile->declared),
		.file_error = in_force_error(reconcile->declared),
		.pass_error = reconcile->pass_error,
		.last_pass = reconcile->last_pass,
		.last_good = reconcile->last_good,
		.digest = reconcile->waits ? reconcile->digest : NULL,
		.blocked = reconcile->blocked,
		.observe = reconcile->options.observe,
		.paused = reason != NULL,
		.paused_until = consent_paused_until(reconcile->consent),
		.pause_reason = reason,
		.log_dropped = log_dropped(reconcile->options.log),
	};
}
