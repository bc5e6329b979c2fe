/*
 * The fields of one number: which of them are there, and the canonical value of each
 * (twilio/field.h). NULL is a value: unset. Small, because there are 200,000 of them: the values of
 * the fields that are there stand next to each other in the order of the table.
 *
 * A record never owns its values; they live in the arena of the file or list they came from.
 */
#ifndef NUMBERD_TWILIO_RECORD_H
#define NUMBERD_TWILIO_RECORD_H

#include "twilio/field.h"

struct record {
	field_mask set;
	const char *const *values; /* one for each bit of `set`, in the order of the bits */
};

/* Where the value of a field stands; the field must be there. */
static inline unsigned record_index(field_mask set, enum field_id id)
{
	return (unsigned)__builtin_popcount(set & (FIELD_BIT(id) - 1));
}

static inline bool record_has(const struct record *record, enum field_id id)
{
	return (record->set & FIELD_BIT(id)) != 0;
}

/* The value of a field; its unset value (mostly NULL) where it isn't there. */
static inline const char *record_value(const struct record *record, enum field_id id)
{
	if (!record_has(record, id))
		return field_table[id].unset;
	return record->values[record_index(record->set, id)];
}

/* for (id of each bit in mask), lowest first; `rest` is a field_mask of the caller's. */
#define FIELD_FOREACH(id, rest, mask)                                                              \
	for ((rest) = (mask); (rest) && ((id) = (enum field_id)__builtin_ctz(rest), true);         \
	     (rest) &= (rest)-1)

#endif
