/*
 * Numbers and errors as the bytes that Twilio sends: keys in their real order, ", " and ": " in
 * between, dates in RFC 2822. Never changes a value.
 */
#ifndef TWILIO_SIM_RENDER_H
#define TWILIO_SIM_RENDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "state.h"

/* The number as a JSON object, json_length bytes and a NUL, kept in the number until it changes. */
const char *render_row(struct twilio *twilio, struct number *number);

/* The same without the keys of urls and callbacks: what a broken answer shows. */
void render_row_without_urls(const struct number *number, struct buf *out);

/* One value of a row as JSON; a value that is absent shows as null. */
void render_value(const struct number *number, enum key key, const char *value, struct buf *out);

/* {"code": ..., "message": ..., "more_info": ..., "status": ...} */
void render_error(int status, int code, const char *message, struct buf *out);

#define RENDER_DATE_SIZE 48

/* "Thu, 30 Jul 2015 23:19:04 +0000" */
void render_date(int64_t now_ms, char ret_date[RENDER_DATE_SIZE]);

#endif
