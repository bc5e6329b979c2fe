/*
 * Fills a simulated Twilio: from JSON, or with numbers made up from a seed.
 */
#ifndef TWILIO_SIM_LOAD_H
#define TWILIO_SIM_LOAD_H

#include <jansson.h>

#include "base/error.h"
#include "state.h"

/*
 * {"accounts": [{"sid", "auth_token", "parent", "status", "test", "applications": [...],
 *   "keys": [{"sid", "secret", "permissions": [...]}], "numbers": [{"phone_number", ...}]}]}
 * An account that is there already gets the new numbers, and keeps the rest unless it is said
 * again. A number takes any key of the resource; null is null, "" is "", and a key named in
 * "absent": [...] is left out of the row. Numbers are in the order of the list: newest first.
 * Returns 0 or -EINVAL; what came before the mistake stays.
 */
int load_json(struct twilio *twilio, const json_t *root, int64_t now_ms, struct error *error);

/* The members of one number, into a number that is there. */
int load_number_values(struct twilio *twilio, struct number *number, const json_t *object,
		       struct error *error);

/*
 * `count` numbers with values as real ones have them, all three ways of being unset among them. The
 * same seed makes the same numbers, +14152000000 and so on, in any account.
 */
void generate_numbers(struct twilio *twilio, struct account *account, uint64_t seed, size_t count,
		      int64_t now_ms);

#endif
