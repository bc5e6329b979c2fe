/*
 * The words of Twilio's API: paths, form bodies, and what an answer means. Everything here is a
 * function of its arguments; nothing is sent.
 *
 * It never builds a request that creates or deletes: the only POST path there is ends in the sid of
 * an existing number.
 */
#ifndef NUMBERD_TWILIO_API_H
#define NUMBERD_TWILIO_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/transport.h"
#include "twilio/field.h"

#define API_PAGE_SIZE 1000 /* the most that the API gives */

void api_add_list_path(struct buf *path, const char *account);

/* The list filtered by one number; the filter is a partial match, so rows must be compared. */
void api_add_filter_path(struct buf *path, const char *account, const char *number);

/* One number, to read or to update. */
void api_add_number_path(struct buf *path, const char *account, const char *sid);

/* True if a next_page_uri stays within the list of this account, and may be followed. */
bool api_may_follow(const char *uri, const char *account);

/* Adds one field to a form body; NULL is sent as what clears the field: nothing behind the "=". */
void api_add_form(struct buf *body, enum field_id field, const char *value);

/* What an answer means for what comes next. */
enum api_class {
	API_OK,          /* 2xx */
	API_AUTH,        /* 401: the credentials; nothing else will work either */
	API_FORBIDDEN,   /* 403: this account, or this key */
	API_GONE,        /* 404 20404: no such number in this account */
	API_REFUSED,     /* this request is wrong, and will be as long as nothing changes */
	API_BUSY,        /* 409, 429: not processed; safe to repeat */
	API_UNAVAILABLE, /* surely not processed: no connection */
	API_UNKNOWN,     /* 5xx, cut, timeout: may or may not have been processed */
};

struct api_verdict {
	enum api_class class;
	int status;     /* HTTP; 0: no answer */
	int code;       /* Twilio's; 0: none */
	char text[512]; /* for people: what happened and, where we know it, what to do */
};

void api_judge(const struct http_answer *answer, struct api_verdict *ret_verdict);

#endif
