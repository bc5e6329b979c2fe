#include "http_fixture.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/os/clock_system.h"

struct loop *fixture_loop;
struct http_client *fixture_client;

void fixture_note(void *context, const struct http_answer *answer)
{
	struct fixture_heard *heard = context;

	heard->count++;
	heard->result = answer->result;
	heard->status = answer->status;
	heard->body_length = answer->body_length;
	heard->retry_after = answer->retry_after;
	snprintf(heard->body, sizeof(heard->body), "%s", answer->body);
	snprintf(heard->request_id, sizeof(heard->request_id), "%s", answer->request_id);
	snprintf(heard->error, sizeof(heard->error), "%s", answer->error);
	assert_null(strstr(answer->error, FIXTURE_SECRET));
	assert_null(strstr(answer->error, "czNjcmV0")); /* FIXTURE_SECRET's beginning in base64 */
	assert_int_equal(answer->body[answer->body_length], '\0');
}

void fixture_open_with(struct http_client_options options)
{
	struct error error;

	options.clock = &clock_system;
	setenv("TWILIO_AUTH_TOKEN", FIXTURE_SECRET, 1);
	assert_int_equal(loop_new(&fixture_loop, &error), 0);
	assert_int_equal(http_client_new(&options, &fixture_client, &error), 0);
}

void fixture_open(const char *url)
{
	fixture_open_with((struct http_client_options){.base_url = url, .request_ms = 5000});
}

int fixture_close(void **state)
{
	(void)state;
	http_client_free(fixture_client);
	loop_free(fixture_loop);
	fixture_client = NULL;
	fixture_loop = NULL;
	return 0;
}

uint64_t fixture_start(enum http_method method, struct fixture_heard *heard)
{
	const struct http_request request = {
		.service = HTTP_SERVICE_API,
		.method = method,
		.account = FIXTURE_ACCOUNT,
		.path = "/2010-04-01/Accounts/" FIXTURE_ACCOUNT
			"/IncomingPhoneNumbers.json?PageSize=1000",
		.body = method == HTTP_POST ? "VoiceUrl=https%3A%2F%2Fivr.example.com%2F" : NULL};
	const struct transport *transport = http_client_transport(fixture_client);

	*heard = (struct fixture_heard){0};
	return transport->start(transport->self, &request, fixture_note, heard);
}

void fixture_turn(void)
{
	int64_t now = clock_monotonic(&clock_system);
	int timeout = loop_timeout(fixture_loop, now);

	http_client_poll(fixture_client, fixture_loop, timeout < 100 ? timeout : 100);
	loop_dispatch(fixture_loop, clock_monotonic(&clock_system));
}

void fixture_wait(const struct fixture_heard *heard)
{
	int64_t end = clock_monotonic(&clock_system) + 20000;

	while (heard->count == 0 && clock_monotonic(&clock_system) < end)
		fixture_turn();
	assert_int_equal(heard->count, 1);
}

struct fixture_heard fixture_request(enum http_method method)
{
	struct fixture_heard heard;

	fixture_start(method, &heard);
	assert_int_equal(heard.count, 0);
	fixture_wait(&heard);
	return heard;
}
