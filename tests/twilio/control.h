/*
 * The calls of the control interface, shared between its files. Each adds a JSON object to `out`
 * and returns an HTTP status.
 */
#ifndef TWILIO_SIM_CONTROL_H
#define TWILIO_SIM_CONTROL_H

#include <jansson.h>

#include "base/error.h"
#include "form.h"
#include "state.h"

struct routes {
	struct twilio *twilio;
	struct form query;
	const json_t *body; /* an object or an array; NULL where there was none */
	int64_t now;
	struct buf *out;
	struct error error;
};

int control_say_ok(struct routes *control);
int control_say_error(struct routes *control, const char *text);

/* A member of the body; NULL, or `otherwise`, where it is missing or of another type. */
const char *control_body_text(const struct routes *control, const char *key);
int64_t control_body_count(const struct routes *control, const char *key, int64_t otherwise);

int control_switches(struct routes *control);
int control_switches_set(struct routes *control);
int control_faults(struct routes *control);
int control_faults_set(struct routes *control);
int control_faults_clear(struct routes *control);

#endif
