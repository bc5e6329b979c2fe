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

struct control {
	struct twilio *twilio;
	struct form query;
	const json_t *body; /* an object or an array; NULL where there was none */
	int64_t now;
	struct buf *out;
	struct error error;
};

int control_say_ok(struct control *control);
int control_say_error(struct control *control, const char *text);

/* A member of the body; NULL, or `otherwise`, where it is missing or of another type. */
const char *control_body_text(const struct control *control, const char *key);
int64_t control_body_count(const struct control *control, const char *key, int64_t otherwise);

int control_switches(struct control *control);
int control_switches_set(struct control *control);
int control_faults(struct control *control);
int control_faults_set(struct control *control);
int control_faults_clear(struct control *control);

#endif
