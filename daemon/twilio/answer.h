/*
 * What the bodies of the API's answers say: a page of the list, one number, an error. The only
 * place that decodes JSON from the network, and the only one that knows jansson for it, so that
 * another decoder can take its place.
 *
 * A body is foreign matter: it is size-capped before it comes here, decoding takes no more memory
 * than what LIMIT_ANSWER_VALUES allows, and a body that is not whole and of the right shape is an
 * error, never a partial result. Unknown keys are ignored: the API adds some over the years.
 */
#ifndef NUMBERD_TWILIO_ANSWER_H
#define NUMBERD_TWILIO_ANSWER_H

#include <stddef.h>

#include "base/error.h"
#include "twilio/actual.h"

struct answer_page {
	char *next;  /* next_page_uri, raw; NULL at the end. mem_free. */
	size_t rows; /* how many the page had */
};

/*
 * Adds the rows of a page to `actual`. Returns 0, or -EBADMSG with the reason; then no row was
 * added.
 */
int answer_decode_page(const char *body, size_t length, struct actual *actual,
		       struct answer_page *ret_page, struct error *error);

/* The one number of an update's or a read's answer, added to `actual`. Same errors. */
int answer_decode_number(const char *body, size_t length, struct actual *actual,
			 struct error *error);

struct answer_error {
	int code;          /* Twilio's own: 20404; 0 where the body has none */
	char message[256]; /* cut; "" where the body has none */
};

/* Never fails: a body that is HTML, empty or broken has no code and no message. */
void answer_decode_error(const char *body, size_t length, struct answer_error *ret_error);

#endif
