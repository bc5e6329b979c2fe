/*
 * The few response headers that numberd reads. Pure; the input is whatever a server sent.
 */
#ifndef NUMBERD_SYS_HTTP_HTTP_HEADER_H
#define NUMBERD_SYS_HTTP_HTTP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether a raw header line (no NUL, its CR LF included) is the header `name`, in any case; then
 * its value without white space around goes to `value` of `size` bytes, cut where it is longer.
 */
bool http_header_match(const char *line, size_t length, const char *name, char *value, size_t size);

/*
 * The value of Retry-After (RFC 9110, 10.2.3: seconds, or a date) as milliseconds from wall_ms,
 * forced into 0..LIMIT_RETRY_MS; -1 where it is neither.
 */
int64_t http_header_retry_after(const char *value, int64_t wall_ms);

#endif
