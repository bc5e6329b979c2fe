/*
 * A client with a loop of its own, and requests that are waited for. One at a time, for tests of
 * sys/http/http_client.h; TWILIO_AUTH_TOKEN is set to FIXTURE_SECRET, and no error text may hold
 * it.
 */
#ifndef NUMBERD_TESTS_HTTP_FIXTURE_H
#define NUMBERD_TESTS_HTTP_FIXTURE_H

#include <stdint.h>

#include "sys/http/http_client.h"

#define FIXTURE_SECRET  "s3cret-canary"
#define FIXTURE_ACCOUNT "AC00000000000000000000000000000001"
#define FIXTURE_OK      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

/* An answer as it was, kept for after the callback. */
struct fixture_heard {
	int count;
	enum http_result result;
	int status;
	size_t body_length;
	int64_t retry_after;
	char body[256];
	char request_id[64];
	char error[512];
};

extern struct loop *fixture_loop;
extern struct http_client *fixture_client;

/* The clock of `options` is the machine's. */
void fixture_open_with(struct http_client_options options);
/* With 5 s for a request. */
void fixture_open(const char *url);
/* A cmocka tear-down too. */
int fixture_close(void **state);

/* GET of a list, or POST of a small form. */
uint64_t fixture_start(enum http_method method, struct fixture_heard *heard);
void fixture_turn(void);
void fixture_wait(const struct fixture_heard *heard);
/* Start and wait. */
struct fixture_heard fixture_request(enum http_method method);

/* The http_done that fills a struct fixture_heard. */
void fixture_note(void *context, const struct http_answer *answer);

#endif
