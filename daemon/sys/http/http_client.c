#include "sys/http/http_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/http/http_call.h"

struct flight {
	struct flight *next;
	uint64_t id;
	CURL *easy;
	CURLcode early; /* not CURLE_OK: it never got as far as libcurl's multi handle */
	struct http_call call;
	http_done *done;
	void *context;
};

struct http_client {
	struct transport transport;
	struct http_call_setup setup;
	struct credentials *credentials;
	CURLM *multi;
	struct flight *flights;
	uint64_t last_id;
	CURL *spare[LIMIT_CONCURRENCY]; /* handles to use again */
	size_t spare_count;
};

static CURL *take_handle(struct http_client *client)
{
	CURL *easy = client->spare_count ? client->spare[--client->spare_count] : curl_easy_init();

	if (!easy)
		abort();
	return easy;
}

static void give_handle_back(struct http_client *client, CURL *easy)
{
	if (client->spare_count == ARRAY_LENGTH(client->spare)) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	client->spare[client->spare_count++] = easy;
}

/* Takes a flight off the client's list and libcurl; its call stays readable until flight_free(). */
static void land(struct http_client *client, struct flight *flight)
{
	struct flight **place = &client->flights;

	while (*place != flight) {
		assert(*place);
		place = &(*place)->next;
	}
	*place = flight->next;
	if (flight->early == CURLE_OK)
		curl_multi_remove_handle(client->multi, flight->easy);
}

static void flight_free(struct http_client *client, struct flight *flight)
{
	give_handle_back(client, flight->easy);
	http_call_finish(&flight->call);
	mem_free(flight);
}

static uint64_t start(void *self, const struct http_request *request, http_done *done,
		      void *context)
{
	struct http_client *client = self;
	struct flight *flight = mem_zalloc(1, sizeof(*flight));

	flight->id = ++client->last_id;
	flight->easy = take_handle(client);
	flight->done = done;
	flight->context = context;
	flight->early = http_call_init(&flight->call, flight->easy, &client->setup,
				       client->credentials, request);
	if (flight->early == CURLE_OK)
		flight->early = curl_easy_setopt(flight->easy, CURLOPT_PRIVATE, flight);
	if (flight->early == CURLE_OK &&
	    curl_multi_add_handle(client->multi, flight->easy) != CURLM_OK)
		flight->early = CURLE_FAILED_INIT;
	flight->next = client->flights;
	client->flights = flight;
	return flight->id;
}

static void cancel(void *self, uint64_t id)
{
	struct http_client *client = self;

	for (struct flight *flight = client->flights; flight; flight = flight->next) {
		if (flight->id == id) {
			land(client, flight);
			flight_free(client, flight);
			return;
		}
	}
}

int http_client_renew_credentials(struct http_client *client, struct error *error)
{
	struct credentials *fresh;
	int result = credentials_read(&fresh, error);

	if (result < 0)
		return result;
	credentials_free(client->credentials);
	client->credentials = fresh;
	return 0;
}

static void renew_credentials(void *self)
{
	struct error error;

	/* The engine hears of bad credentials by the 401s of the old ones. */
	(void)!http_client_renew_credentials(self, &error);
}

static int fill_setup(struct http_call_setup *setup, const struct http_client_options *options,
		      struct error *error)
{
	static const char *const products[] = {
		[HTTP_SERVICE_API] = "api", [HTTP_SERVICE_MONITOR] = "monitor"};

	for (size_t i = 0; i < ARRAY_LENGTH(products); i++) {
		int result = origin_build(products[i], options->base_url, options->region,
					  options->edge, &setup->origins[i], error);

		if (result < 0)
			return result;
	}
	if (!text_is_empty(options->ca_file)) {
		if (access(options->ca_file, R_OK) < 0)
			return error_set_errno(error, -errno,
					       "can't read the trusted authorities in %s",
					       options->ca_file);
		setup->ca_file = mem_strdup(options->ca_file);
	}
	setup->clock = options->clock;
	setup->request_ms = options->request_ms ? options->request_ms : LIMIT_REQUEST_MS;
	setup->connect_ms = options->connect_ms ? options->connect_ms : LIMIT_CONNECT_MS;
	setup->headers = curl_slist_append(NULL, "Accept: application/json");
	/* No waiting for "100 Continue", which proxies answer as they like. */
	if (!setup->headers || !curl_slist_append(setup->headers, "Expect:"))
		abort();
	return 0;
}

int http_client_new(const struct http_client_options *options, struct http_client **ret_client,
		    struct error *error)
{
	struct http_client *client;
	int result;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(error, -EIO, "can't start libcurl");
	client = mem_zalloc(1, sizeof(*client));
	client->transport = (struct transport){.start = start,
					       .cancel = cancel,
					       .renew_credentials = renew_credentials,
					       .self = client};
	result = fill_setup(&client->setup, options, error);
	if (result == 0)
		result = http_client_renew_credentials(client, error);
	if (result == 0) {
		client->multi = curl_multi_init();
		if (!client->multi)
			abort();
		curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
		*ret_client = client;
		return 0;
	}
	http_client_free(client);
	return result;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	while (client->flights)
		cancel(client, client->flights->id);
	while (client->spare_count)
		curl_easy_cleanup(client->spare[--client->spare_count]);
	curl_multi_cleanup(client->multi);
	curl_slist_free_all(client->setup.headers);
	mem_free(client->setup.ca_file);
	credentials_free(client->credentials);
	mem_free(client);
	curl_global_cleanup();
}

const struct transport *http_client_transport(struct http_client *client)
{
	return &client->transport;
}

static void complete(struct http_client *client, struct flight *flight, CURLcode code)
{
	struct http_answer answer = http_call_answer(&flight->call, flight->easy, code);

	land(client, flight);
	flight->done(flight->context, &answer);
	flight_free(client, flight);
}

/* A flight that failed in start() and is not younger than `last_id`. */
static struct flight *find_early(const struct http_client *client, uint64_t last_id)
{
	for (struct flight *flight = client->flights; flight; flight = flight->next)
		if (flight->early != CURLE_OK && flight->id <= last_id)
			return flight;
	return NULL;
}

void http_client_poll(struct http_client *client, const struct loop *loop, int timeout_ms)
{
	struct curl_waitfd extra = {.fd = loop_fd(loop), .events = CURL_WAIT_POLLIN};
	uint64_t last_id = client->last_id;
	struct flight *early;
	CURLMsg *message;
	int count;

	assert(timeout_ms >= 0);
	if (find_early(client, last_id))
		timeout_ms = 0;
	curl_multi_poll(client->multi, &extra, 1, timeout_ms, NULL);
	curl_multi_perform(client->multi, &count);
	while ((early = find_early(client, last_id)))
		complete(client, early, early->early);
	while ((message = curl_multi_info_read(client->multi, &count))) {
		CURLcode code = message->data.result;
		struct flight *flight = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &flight);
		complete(client, flight, code);
	}
}
