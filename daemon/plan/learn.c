#include "plan/learn.h"

#include "base/text.h"

/* Fields that name something of the account: a number that moves to another one loses them. */
static bool belongs_to_account(enum field_id id)
{
	return field_table[id].type == FIELD_TYPE_SID && id != FIELD_ACCOUNT_SID;
}

/*
 * What the transfer took away is to be set anew, whatever on_drift says; what on_change holds stays
 * held. And the old account's list gets shorter by our own doing; the longer one of the new owner
 * raises no question.
 */
static void remember_transfer(struct memory *memory, struct memory_number *number, const char *from)
{
	const struct wanted_number *wanted = &memory->wanted->numbers[number - memory->numbers];
	struct memory_account *account = memory_account(memory, from);
	enum field_id id;
	field_mask rest;

	if (account->live > 0)
		account->live--;
	account->dirty = true;
	/* What the old account refused, the new one may take. */
	memory_forget_waits(number);
	FIELD_FOREACH (id, rest, wanted->record.set) {
		const struct memory_value *value = memory_value(number, id);
		const char *want = record_value(&wanted->record, id);
		bool held = wanted->on_change == ON_CHANGE_HOLD && value &&
			    !text_equal(value->want, want);

		if (belongs_to_account(id) && want && value && value->synced && !held)
			memory_begin_course(number, id, want);
	}
}

static void remember_put_back(struct memory_number *number, const struct proof *proof)
{
	const struct memory_value *value = memory_value(number, proof->field);

	if (proof->late && value && value->fight && value->fight->put_back[0] >= proof->at)
		return;
	memory_put_back(number, proof->field, proof->at);
}

/* It was remembered before the crash, or before the history could be written. */
static bool is_known(const struct memory_number *number, const struct proof *proof)
{
	const struct memory_value *value = memory_value(number, proof->field);

	return proof->late && value && value->synced && text_equal(value->want, proof->want) &&
	       text_equal(value->live, proof->live);
}

void learn_proved(struct memory *memory, struct memory_number *number, const struct proof *proof)
{
	bool known = is_known(number, proof);

	if (proof->drift)
		remember_put_back(number, proof);
	if (proof->underway)
		memory_begin_course(number, proof->field, proof->want);
	else
		memory_sync(number, proof->field, proof->want, proof->live);
	/* Its end is reported by itself. */
	memory_value(number, proof->field)->said = 0;
	number->dirty = true;
	if (proof->field == FIELD_ACCOUNT_SID && proof->from && !known)
		remember_transfer(memory, number, proof->from);
}
