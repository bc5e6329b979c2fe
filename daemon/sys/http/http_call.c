#include "sys/http/http_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/http/http_header.h"

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	size_t length = size * count;
	char value[128];

	call->header_bytes += length;
	if (call->header_bytes > LIMIT_HEADER_BYTES) {
		call->refused = "its headers are larger than any honest answer's";
		return 0;
	}
	if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
		/* Another status line: what came before was an interim answer. */
		call->retry_after = -1;
		call->request_id[0] = '\0';
	} else if (http_header_match(bytes, length, "Retry-After", value, sizeof(value))) {
		call->retry_after = http_header_retry_after(value, clock_wall(call->clock));
	} else {
		http_header_match(bytes, length, "Twilio-Request-Id", call->request_id,
				  sizeof(call->request_id));
	}
	return length;
}

/* Bytes come decoded, so the ceiling holds for what a compressed answer unfolds to. */
static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;

	buf_add(&call->body, bytes, size * count);
	if (call->body.overflow) {
		call->refused = "its body is larger than any honest answer's";
		return 0;
	}
	return size * count;
}

static size_t on_send(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	size_t room = size * count;
	size_t left = call->post_length - call->post_sent;
	size_t length = left < room ? left : room;

	memcpy(bytes, call->post + call->post_sent, length);
	call->post_sent += length;
	return length;
}

/*
 * libcurl rewinds to send a POST once more when a kept connection turns out to be dead. The first
 * one may have had its effect, so that must fail: CURLE_SEND_FAIL_REWIND.
 */
static int on_rewind(void *context, curl_off_t offset, int origin)
{
	(void)context;
	(void)offset;
	(void)origin;
	return CURL_SEEKFUNC_FAIL;
}

#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (code == CURLE_OK)                                                              \
			code = curl_easy_setopt(easy, (option), (value));                          \
	} while (0)

static CURLcode set_connection(CURL *easy, const struct http_call_setup *setup,
			       const struct origin *origin)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, origin->secure ? "https" : "http");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_PIPEWAIT, origin->secure ? 1L : 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (setup->ca_file) {
		SET(CURLOPT_CAINFO, setup->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	/* Plain http is for this machine: a proxy would see the credentials. */
	if (!origin->secure)
		SET(CURLOPT_PROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* Without it, ending a request waits for a name server that hangs (7.88). */
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_TIMEOUT_MS, (long)setup->request_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)setup->connect_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, 100L);
	SET(CURLOPT_LOW_SPEED_TIME, 15L);
	return code;
}

static CURLcode set_callbacks(struct http_call *call, CURL *easy)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, call->curl_text);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, call);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, call);
	if (call->post) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->post_length);
		SET(CURLOPT_READFUNCTION, on_send);
		SET(CURLOPT_READDATA, call);
		SET(CURLOPT_SEEKFUNCTION, on_rewind);
		SET(CURLOPT_SEEKDATA, call);
	}
	return code;
}

static CURLcode set_request(CURL *easy, const struct http_call_setup *setup,
			    const struct origin *origin, const struct credentials *credentials,
			    const struct http_request *request)
{
	cleanup(mem_cleanup) char *url = NULL;
	CURLcode code = CURLE_OK;

	/* It comes from the API's next_page_uri too. Behind a '/' nothing can change the host. */
	if (request->path[0] != '/')
		return CURLE_URL_MALFORMAT;
	for (const unsigned char *c = (const unsigned char *)request->path; *c; c++)
		if (*c <= ' ' || *c == 0x7f || *c == '#')
			return CURLE_URL_MALFORMAT;
	if (asprintf(&url, "%s%s", origin->url, request->path) < 0)
		abort();
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	SET(CURLOPT_USERNAME, credentials->user[0] ? credentials->user : request->account);
	SET(CURLOPT_PASSWORD, credentials->secret);
	SET(CURLOPT_USERAGENT, "numberd/" NUMBERD_VERSION);
	SET(CURLOPT_HTTPHEADER, setup->headers);
	if (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_LIBZ)
		SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	return code;
}

CURLcode http_call_init(struct http_call *call, CURL *easy, const struct http_call_setup *setup,
			const struct credentials *credentials, const struct http_request *request)
{
	CURLcode code;

	call->origin = &setup->origins[request->service];
	call->clock = setup->clock;
	call->retry_after = -1;
	buf_init(&call->body, LIMIT_ANSWER_BYTES);
	if (request->method == HTTP_POST) {
		call->post = mem_strdup(request->body ? request->body : "");
		call->post_length = strlen(call->post);
	}
	code = set_connection(easy, setup, call->origin);
	if (code == CURLE_OK)
		code = set_callbacks(call, easy);
	if (code == CURLE_OK)
		code = set_request(easy, setup, call->origin, credentials, request);
	return code;
}

void http_call_finish(struct http_call *call)
{
	buf_finish(&call->body);
	mem_free(call->post);
}

/* How a transfer can end before the server could have seen any of the request. */
static const struct {
	CURLcode code;
	const char *what;
	const char *check;
} before_sending[] = {
	{CURLE_URL_MALFORMAT, "the request has no usable path",
	 "report this as an error of numberd"},
	{CURLE_COULDNT_RESOLVE_HOST, "its name has no address", "check the network and its DNS"},
	{CURLE_COULDNT_RESOLVE_PROXY, "the proxy's name has no address",
	 "check https_proxy in the environment"},
	{CURLE_COULDNT_CONNECT, "no connection", "check the network, a firewall, a proxy"},
	{CURLE_PROXY, "the proxy refused", "check https_proxy in the environment"},
	{CURLE_SSL_CONNECT_ERROR, "no TLS session",
	 "check that it speaks TLS 1.2 or later and that nothing in between breaks in"},
	{CURLE_PEER_FAILED_VERIFICATION, "its certificate is not trusted",
	 "check this machine's clock and its authorities (--ca-file for a private one)"},
	{CURLE_SSL_CACERT_BADFILE, "the file of trusted authorities can't be read",
	 "check --ca-file or the package ca-certificates"},
	{CURLE_SSL_CIPHER, "no common TLS cipher", "check what lies between"},
};

/* A time-out, or a refusal of the proxy's CONNECT, while the request had not begun. */
static bool ended_before_request(CURL *easy, CURLcode code)
{
	long request_bytes = 0, connect_status = 0;

	curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
	if (connect_status != 0 && connect_status / 100 != 2)
		return true;
	return code == CURLE_OPERATION_TIMEDOUT && request_bytes == 0;
}

static enum http_result judge_failure(struct http_call *call, CURL *easy, CURLcode code)
{
	const char *text = call->curl_text[0] ? call->curl_text : curl_easy_strerror(code);

	/*
	 * Once a body is under way no code is proof: libcurl connects anew after a kept connection
	 * died under a POST, and what it ends with may be the failure of that second connection.
	 */
	for (size_t i = 0; call->post_sent == 0 && i < ARRAY_LENGTH(before_sending); i++) {
		if (before_sending[i].code != code)
			continue;
		snprintf(call->error, sizeof(call->error), "can't reach %.150s: %s (%.120s): %s",
			 call->origin->host, before_sending[i].what, text, before_sending[i].check);
		return HTTP_NOT_SENT;
	}
	if (call->post_sent == 0 && ended_before_request(easy, code)) {
		snprintf(call->error, sizeof(call->error),
			 "can't reach %.150s: %.200s: check the network, a firewall, a proxy",
			 call->origin->host, text);
		return HTTP_NOT_SENT;
	}
	if (code == CURLE_SEND_FAIL_REWIND)
		text = "the connection broke before an answer came";
	if (call->refused)
		text = call->refused;
	snprintf(call->error, sizeof(call->error), "no whole answer from %.150s: %.200s",
		 call->origin->host, text);
	return HTTP_UNKNOWN;
}

struct http_answer http_call_answer(struct http_call *call, CURL *easy, CURLcode code)
{
	struct http_answer answer = {
		.result = HTTP_ANSWERED,
		.body = "",
		.retry_after = call->retry_after,
		.request_id = call->request_id,
		.error = "",
	};
	long status = 0;

	if (code != CURLE_OK) {
		answer.result = judge_failure(call, easy, code);
		answer.error = call->error;
		return answer;
	}
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	answer.status = (int)status;
	answer.body = buf_text(&call->body);
	answer.body_length = call->body.length;
	return answer;
}
