/* The HTTP client against a server that misbehaves at the level of bytes. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http_fixture.h"
#include "sys/os/clock_system.h"
#include "wire_server.h"

/* Serves the text in the context to every request. */
static void serve_text(struct wire_connection *connection)
{
	while (wire_read_request(connection))
		wire_send_text(connection, connection->context);
}

static struct fixture_heard ask(enum http_method method, const char *answer)
{
	struct wire_server *server = wire_server_new(serve_text, answer);
	struct fixture_heard heard;

	fixture_open(wire_server_url(server));
	heard = fixture_request(method);
	fixture_close(NULL);
	wire_server_free(server);
	return heard;
}

static void test_a_request_as_the_server_sees_it(void **state)
{
	struct wire_server *server =
		wire_server_new(serve_text, "HTTP/1.1 200 OK\r\nTwilio-Request-Id: RQ0123\r\n"
					    "Content-Length: 13\r\n\r\n{\"sid\":\"PN1\"}");
	struct fixture_heard heard;

	(void)state;
	fixture_open(wire_server_url(server));
	heard = fixture_request(HTTP_POST);
	assert_int_equal(heard.result, HTTP_ANSWERED);
	assert_int_equal(heard.status, 200);
	assert_string_equal(heard.body, "{\"sid\":\"PN1\"}");
	assert_string_equal(heard.request_id, "RQ0123");
	assert_int_equal(heard.retry_after, -1);
	assert_string_equal(heard.error, "");
	assert_int_equal(wire_server_seen(server, "POST /2010-04-01/Accounts/" FIXTURE_ACCOUNT
						  "/IncomingPhoneNumbers.json?PageSize=1000 HTTP/"),
			 1);
	/* base64 of FIXTURE_ACCOUNT:FIXTURE_SECRET */
	assert_int_equal(
		wire_server_seen(server,
				 "Authorization: Basic "
				 "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTpzM2NyZXQtY2FuYXJ5"
				 "\r\n"),
		1);
	assert_int_equal(wire_server_seen(server, "User-Agent: numberd/" NUMBERD_VERSION "\r\n"),
			 1);
	assert_int_equal(wire_server_seen(server, "Accept: application/json\r\n"), 1);
	assert_int_equal(wire_server_seen(server, "Accept-Encoding: gzip\r\n"), 1);
	assert_int_equal(
		wire_server_seen(server, "Content-Type: application/x-www-form-urlencoded\r\n"), 1);
	assert_int_equal(
		wire_server_seen(server, "\r\n\r\nVoiceUrl=https%3A%2F%2Fivr.example.com%2F"), 1);
	assert_int_equal(wire_server_seen(server, "Expect"), 0);
	assert_int_equal(wire_server_seen(server, "Cookie"), 0);
	wire_server_free(server);
}

static void test_connections_are_kept(void **state)
{
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);

	(void)state;
	fixture_open(wire_server_url(server));
	for (int i = 0; i < 5; i++)
		assert_int_equal(fixture_request(i % 2 ? HTTP_POST : HTTP_GET).status, 200);
	assert_int_equal(wire_server_requests(server), 5);
	assert_int_equal(wire_server_connections(server), 1);
	wire_server_free(server);
}

/* Answers the first request, resets the connection under every other one. */
static void serve_once_then_reset(struct wire_connection *connection)
{
	const bool *stop_listening = connection->context;

	if (connection->number == 0 && wire_read_request(connection))
		wire_send_text(connection, FIXTURE_OK);
	if (wire_read_request(connection) && stop_listening)
		wire_server_stop_listening(connection->server);
	wire_reset(connection);
}

static void test_a_post_on_a_dying_connection_is_sent_once(void **state)
{
	struct wire_server *server = wire_server_new(serve_once_then_reset, NULL);
	struct fixture_heard heard;

	(void)state;
	fixture_open(wire_server_url(server));
	assert_int_equal(fixture_request(HTTP_GET).status, 200);
	heard = fixture_request(HTTP_POST);
	assert_int_equal(heard.result, HTTP_UNKNOWN);
	assert_int_equal(wire_server_seen(server, "POST "), 1);
	assert_non_null(strstr(heard.error, "127.0.0.1"));
	wire_server_free(server);
}

static void test_a_post_whose_second_connection_is_refused_stays_unknown(void **state)
{
	bool stop = true;
	struct wire_server *server = wire_server_new(serve_once_then_reset, &stop);

	(void)state;
	fixture_open(wire_server_url(server));
	assert_int_equal(fixture_request(HTTP_GET).status, 200);
	assert_int_equal(fixture_request(HTTP_POST).result, HTTP_UNKNOWN);
	assert_int_equal(wire_server_seen(server, "POST "), 1);
	wire_server_free(server);
}

static void test_a_redirect_is_an_answer_and_nothing_goes_there(void **state)
{
	struct wire_server *elsewhere = wire_server_new(serve_text, FIXTURE_OK);
	struct fixture_heard heard;
	char answer[256];

	(void)state;
	snprintf(answer, sizeof(answer),
		 "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/2010-04-01\r\n"
		 "Content-Length: 0\r\n\r\n",
		 wire_server_url(elsewhere));
	heard = ask(HTTP_POST, answer);
	assert_int_equal(heard.result, HTTP_ANSWERED);
	assert_int_equal(heard.status, 307);
	assert_int_equal(wire_server_connections(elsewhere), 0);
	wire_server_free(elsewhere);
}

static void test_a_body_cut_short_is_unknown(void **state)
{
	struct fixture_heard heard;

	(void)state;
	heard = ask(HTTP_POST, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(heard.result, HTTP_ANSWERED);
	assert_int_equal(heard.status, 500);
	assert_string_equal(heard.body, "");
	heard = ask(HTTP_POST, "this is not HTTP\r\n\r\n");
	assert_int_equal(heard.result, HTTP_UNKNOWN);
}

static void test_no_connection_is_not_sent(void **state)
{
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);
	struct fixture_heard heard;

	(void)state;
	wire_server_stop_listening(server);
	fixture_open(wire_server_url(server));
	heard = fixture_request(HTTP_POST);
	assert_int_equal(heard.result, HTTP_NOT_SENT);
	assert_non_null(strstr(heard.error, "can't reach 127.0.0.1"));
	assert_non_null(strstr(heard.error, "check the network"));
	wire_server_free(server);
}

static void test_a_broken_tls_handshake_is_not_sent(void **state)
{
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);
	struct fixture_heard heard;
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", wire_server_port(server));
	/* The server waits for an HTTP head that never comes, so the handshake times out. */
	fixture_open_with((struct http_client_options){.base_url = url, .request_ms = 300});
	heard = fixture_request(HTTP_POST);
	assert_int_equal(heard.result, HTTP_NOT_SENT);
	assert_int_equal(wire_server_seen(server, "POST "), 0);
	wire_server_free(server);
}

static void test_retry_after_is_read(void **state)
{
	struct fixture_heard heard;

	(void)state;
	heard = ask(HTTP_GET, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n"
			      "Content-Length: 0\r\n\r\n");
	assert_int_equal(heard.status, 429);
	assert_int_equal(heard.retry_after, 7000);
	heard = ask(HTTP_GET, "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
			      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(heard.status, 200);
	assert_int_equal(heard.retry_after, -1);
}

static void test_cancelled_requests_stay_silent(void **state)
{
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);
	const struct transport *transport;
	struct fixture_heard cancelled, other;
	uint64_t id;

	(void)state;
	fixture_open(wire_server_url(server));
	transport = http_client_transport(fixture_client);
	id = fixture_start(HTTP_GET, &cancelled);
	fixture_start(HTTP_GET, &other);
	transport->cancel(transport->self, id);
	transport->cancel(transport->self, id);
	transport->cancel(transport->self, 12345);
	fixture_wait(&other);
	assert_int_equal(cancelled.count, 0);
	wire_server_free(server);
}

static void test_many_at_once_are_all_answered_once(void **state)
{
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);
	struct fixture_heard heard[20];

	(void)state;
	fixture_open(wire_server_url(server));
	for (size_t i = 0; i < ARRAY_LENGTH(heard); i++)
		fixture_start(HTTP_POST, &heard[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(heard); i++) {
		fixture_wait(&heard[i]);
		assert_int_equal(heard[i].status, 200);
	}
	assert_int_equal(wire_server_seen(server, "POST "), ARRAY_LENGTH(heard));
	wire_server_free(server);
}

static void test_a_path_that_is_no_path_is_not_sent(void **state)
{
	static const char *const bad[] = {"", "@evil.example.com/", "/a b", "/a\r\nX: y", "/a#b"};
	const struct transport *transport;

	(void)state;
	fixture_open("http://127.0.0.1:1");
	transport = http_client_transport(fixture_client);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		const struct http_request bad_request = {.account = FIXTURE_ACCOUNT,
							 .path = bad[i]};
		struct fixture_heard heard = {0};

		transport->start(transport->self, &bad_request, fixture_note, &heard);
		assert_int_equal(heard.count, 0);
		fixture_wait(&heard);
		assert_int_equal(heard.result, HTTP_NOT_SENT);
	}
}

static void test_plain_http_passes_no_proxy(void **state)
{
	struct wire_server *proxy = wire_server_new(serve_text, FIXTURE_OK);
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);

	(void)state;
	setenv("http_proxy", wire_server_url(proxy), 1);
	setenv("all_proxy", wire_server_url(proxy), 1);
	fixture_open(wire_server_url(server));
	assert_int_equal(fixture_request(HTTP_GET).status, 200);
	assert_int_equal(wire_server_connections(proxy), 0);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	wire_server_free(proxy);
	wire_server_free(server);
}

static void test_a_proxy_never_sees_the_credentials(void **state)
{
	struct wire_server *proxy = wire_server_new(
		serve_text, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
	struct fixture_heard heard;

	(void)state;
	setenv("https_proxy", wire_server_url(proxy), 1);
	fixture_open("https://api.example.com");
	heard = fixture_request(HTTP_POST);
	assert_int_equal(heard.result, HTTP_NOT_SENT);
	assert_non_null(strstr(heard.error, "proxy"));
	assert_int_equal(wire_server_seen(proxy, "CONNECT api.example.com:443"), 1);
	assert_int_equal(wire_server_seen(proxy, "Authorization"), 0);
	assert_int_equal(wire_server_seen(proxy, "POST"), 0);
	unsetenv("https_proxy");
	wire_server_free(proxy);
}

static void test_renewed_credentials_are_used_and_bad_ones_are_not(void **state)
{
	struct wire_server *server = wire_server_new(serve_text, FIXTURE_OK);
	const struct transport *transport;
	struct error error;

	(void)state;
	fixture_open(wire_server_url(server));
	transport = http_client_transport(fixture_client);
	setenv("TWILIO_ACCOUNT_SID", "ACx", 1);
	setenv("TWILIO_AUTH_TOKEN", "second", 1);
	transport->renew_credentials(transport->self);
	setenv("TWILIO_AUTH_TOKEN", "bro\nken", 1);
	transport->renew_credentials(transport->self);
	assert_true(http_client_renew_credentials(fixture_client, &error) < 0);
	assert_null(strstr(error.text, "bro"));
	assert_int_equal(fixture_request(HTTP_GET).status, 200);
	assert_int_equal(wire_server_seen(server, "Basic QUN4OnNlY29uZA==\r\n"), 1);
	unsetenv("TWILIO_ACCOUNT_SID");
	wire_server_free(server);
}

static void test_a_client_needs_credentials_and_a_good_origin(void **state)
{
	struct http_client_options options = {.base_url = "http://example.com",
					      .clock = &clock_system};
	struct error error;

	(void)state;
	assert_true(http_client_new(&options, &fixture_client, &error) < 0);
	assert_non_null(strstr(error.text, "https://"));
	options.base_url = "http://localhost";
	options.ca_file = "/no/such/file.pem";
	assert_true(http_client_new(&options, &fixture_client, &error) < 0);
	assert_non_null(strstr(error.text, "/no/such/file.pem"));
	options.ca_file = NULL;
	unsetenv("TWILIO_AUTH_TOKEN");
	assert_true(http_client_new(&options, &fixture_client, &error) < 0);
	assert_non_null(strstr(error.text, "TWILIO_AUTH_TOKEN_FILE"));
	fixture_client = NULL;
}

#define CLIENT_TEST(test) cmocka_unit_test_teardown(test, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_a_request_as_the_server_sees_it),
		CLIENT_TEST(test_connections_are_kept),
		CLIENT_TEST(test_a_post_on_a_dying_connection_is_sent_once),
		CLIENT_TEST(test_a_post_whose_second_connection_is_refused_stays_unknown),
		CLIENT_TEST(test_a_redirect_is_an_answer_and_nothing_goes_there),
		CLIENT_TEST(test_a_body_cut_short_is_unknown),
		CLIENT_TEST(test_no_connection_is_not_sent),
		CLIENT_TEST(test_a_broken_tls_handshake_is_not_sent),
		CLIENT_TEST(test_retry_after_is_read),
		CLIENT_TEST(test_cancelled_requests_stay_silent),
		CLIENT_TEST(test_many_at_once_are_all_answered_once),
		CLIENT_TEST(test_a_path_that_is_no_path_is_not_sent),
		CLIENT_TEST(test_plain_http_passes_no_proxy),
		CLIENT_TEST(test_a_proxy_never_sees_the_credentials),
		CLIENT_TEST(test_renewed_credentials_are_used_and_bad_ones_are_not),
		CLIENT_TEST(test_a_client_needs_credentials_and_a_good_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
