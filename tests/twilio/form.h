/* application/x-www-form-urlencoded, as in a query or in the body of a POST. */
#ifndef TWILIO_SIM_FORM_H
#define TWILIO_SIM_FORM_H

#include <stddef.h>

#include "base/arena.h"

#define FORM_MAX 64 /* pairs; more are dropped */

struct form_pair {
	const char *name;
	const char *value;
};

struct form {
	struct form_pair pairs[FORM_MAX];
	size_t count;
};

/* Strings live in the arena. */
void form_parse(struct form *form, struct arena *arena, const char *text, size_t length);

/* The last value of that name, NULL where there is none. */
const char *form_get(const struct form *form, const char *name);

#endif
