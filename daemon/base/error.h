/*
 * One error as text for people, filled where it happens and wrapped on the way up:
 * "can't read numbers.yaml: permission denied". A function that takes a struct error returns 0 or a
 * negative code (an errno value with the sign turned); it fills the error only when it fails.
 *
 * It never allocates, so that it works where memory is short; text over the size is cut with "...".
 */
#ifndef NUMBERD_BASE_ERROR_H
#define NUMBERD_BASE_ERROR_H

struct error {
	int code; /* negative errno; 0: no error */
	char text[512];
};

/* Both return `code`, which is negative, so that a caller can write `return error_set(...)`. The
 * text that is there already may be one of the arguments. */
int error_set(struct error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set() with ": <the system's text for code>" behind. */
int error_set_errno(struct error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "<text>: " before what is there already. */
int error_wrap(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
