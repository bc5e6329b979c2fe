/*
 * One request over one libcurl handle: how the handle is set up, what is kept of the answer, and
 * how the way it ended is judged. A part of sys/http/http_client.h, which owns connections and
 * order.
 */
#ifndef NUMBERD_SYS_HTTP_HTTP_CALL_H
#define NUMBERD_SYS_HTTP_HTTP_CALL_H

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/transport.h"
#include "sys/http/credentials.h"
#include "sys/http/origin.h"

/* What all requests of a client have in common. */
struct http_call_setup {
	struct origin origins[HTTP_SERVICE_MONITOR + 1];
	char *ca_file;
	struct curl_slist *headers;
	const struct clock *clock;
	int64_t request_ms;
	int64_t connect_ms;
};

struct http_call {
	const struct origin *origin;
	const struct clock *clock;
	char *post; /* NULL: a GET */
	size_t post_length;
	size_t post_sent;
	struct buf body;
	size_t header_bytes;
	int64_t retry_after;
	char request_id[64];
	const char *refused; /* why we broke the answer off; NULL: we did not */
	char curl_text[CURL_ERROR_SIZE];
	char error[512];
};

/*
 * Sets a fresh or reset handle up for `request`; `call` is all zeros before and stays in place
 * while the handle is used. Strings are copied. An error means that the request can't be sent.
 */
CURLcode http_call_init(struct http_call *call, CURL *easy, const struct http_call_setup *setup,
			const struct credentials *credentials, const struct http_request *request);
void http_call_finish(struct http_call *call);

/* The answer, pointing into `call`, of a transfer that ended with `code`. */
struct http_answer http_call_answer(struct http_call *call, CURL *easy, CURLcode code);

#endif
