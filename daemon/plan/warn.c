#include "plan/warn.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void plan_warn(struct plan *plan, const struct wanted_number *wanted, const char *text)
{
	mem_grow(plan->warnings, plan->warning_count, plan->warning_capacity);
	plan->warnings[plan->warning_count++] =
		(struct plan_warning){.wanted = wanted, .text = text};
}

/*
 * What is set at Twilio, and not declared, can make declared fields useless, and setting a trunk
 * removes an application and the other way round (twilio.md calls it "who wins").
 */
static void warn_of_shadows(struct plan *plan, const struct wanted_number *wanted,
			    const struct actual_row *row)
{
	for (enum field_id id = 0; id < FIELD_COUNT; id++) {
		field_mask useless = field_table[id].shadows & wanted->record.set, rest;
		const char *live = record_value(&row->record, id);
		enum field_id first;

		if (!useless || !live || record_has(&wanted->record, id))
			continue;
		FIELD_FOREACH (first, rest, useless) {
			if (!record_value(&wanted->record, first))
				continue;
			plan_warn(
				plan, wanted,
				arena_printf(
					&plan->arena,
					"%s of %s has no effect: %s %s is set at Twilio and the "
					"file does not mention it; declare '%s: null' to remove it",
					field_table[first].key, wanted->number, field_table[id].key,
					live, field_table[id].key));
			break;
		}
	}
}

static void warn_of_removal(struct plan *plan, const struct wanted_number *wanted,
			    const struct actual_row *row)
{
	enum field_id id, other;
	field_mask rest, others;

	FIELD_FOREACH (id, rest, wanted->record.set) {
		if (!record_value(&wanted->record, id))
			continue;
		FIELD_FOREACH (other, others, field_table[id].removes & row->record.set) {
			if (record_has(&wanted->record, other))
				continue;
			plan_warn(
				plan, wanted,
				arena_printf(
					&plan->arena,
					"setting %s of %s makes Twilio remove its %s %s, which the "
					"file does not mention",
					field_table[id].key, wanted->number, field_table[other].key,
					record_value(&row->record, other)));
		}
	}
}

/* Twilio moves no number that has an emergency address. */
static void warn_of_address(struct plan *plan, const struct wanted_number *wanted,
			    const struct actual_row *row)
{
	const char *target = record_value(&wanted->record, FIELD_ACCOUNT_SID);
	const char *address = record_value(&row->record, FIELD_EMERGENCY_ADDRESS_SID);

	/* One that is to change is cleared first, on the way. */
	if (target && address && strcmp(target, row->account) != 0 &&
	    (!record_has(&wanted->record, FIELD_EMERGENCY_ADDRESS_SID) ||
	     text_equal(record_value(&wanted->record, FIELD_EMERGENCY_ADDRESS_SID), address)))
		plan_warn(
			plan, wanted,
			arena_printf(
				&plan->arena,
				"Twilio moves no number that has an emergency address: %s has %s, "
				"which the file does not mention; declare "
				"'emergency_address_sid: null'",
				wanted->number, address));
}

void plan_warn_of_row(struct plan *plan, const struct wanted_number *wanted,
		      const struct actual_row *row)
{
	warn_of_shadows(plan, wanted, row);
	warn_of_removal(plan, wanted, row);
	warn_of_address(plan, wanted, row);
}
