/* twilio-sim as a program: over real connections, plain and TLS. */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "support/sim.h"
#include "support/test.h"

#define LOGIN SIM_ACCOUNT ":" SIM_TOKEN
#define LIST  "/2010-04-01/Accounts/" SIM_ACCOUNT "/IncomingPhoneNumbers.json"

static const char *const plain[] = {
	"--account", SIM_ACCOUNT, "--auth-token", SIM_TOKEN, "--numbers", "25", NULL};

static void number_path(struct sim *sim, char ret_path[160])
{
	char *sid = sim_value(sim, "+14152000000", "sid");

	assert_non_null(sid);
	snprintf(ret_path, 160, "/2010-04-01/Accounts/%s/IncomingPhoneNumbers/%s.json", SIM_ACCOUNT,
		 sid);
	mem_free(sid);
}

static void serves_over_http(void **state)
{
	struct sim *sim = sim_start(plain);
	struct buf answer = {0};
	char path[160];
	char *value;

	(void)state;
	number_path(sim, path);
	assert_int_equal(sim_request(sim, "GET", LIST, LOGIN, NULL, &answer), 200);
	assert_non_null(strstr(buf_text(&answer), "\"end\": 24"));
	assert_int_equal(sim_request(sim, "POST", path, LOGIN, "FriendlyName=Front+desk", &answer),
			 200);
	value = sim_value(sim, "+14152000000", "friendly_name");
	assert_string_equal(value, "Front desk");
	assert_int_equal(sim_count(sim, "list.GET"), 1);
	assert_int_equal(sim_count(sim, "number.POST"), 1);
	sim_request(sim, "GET", "/_sim/requests?since=2", NULL, NULL, &answer);
	assert_non_null(
		strstr(buf_text(&answer), "\"params\": {\"FriendlyName\": \"Front desk\"}"));
	assert_null(strstr(buf_text(&answer), SIM_TOKEN));
	mem_free(value);
	buf_finish(&answer);
	sim_stop(sim);
}

static void serves_over_tls(void **state)
{
	static const char *const options[] = {"--tls",        "--account", SIM_ACCOUNT,
					      "--auth-token", SIM_TOKEN,   NULL};
	struct sim *sim = sim_start(options);

	(void)state;
	assert_int_equal(strncmp(sim_url(sim), "https://127.0.0.1:", 18), 0);
	assert_int_equal(sim_request(sim, "GET", LIST, LOGIN, NULL, NULL), 200);
	sim_stop(sim);
}

static void connections_break_as_told(void **state)
{
	static const char *const faults[] = {"reset-before", "reset-after", "cut-body"};
	struct sim *sim = sim_start(plain);
	char path[160];
	char *value;

	(void)state;
	number_path(sim, path);
	for (size_t i = 0; i < ARRAY_LENGTH(faults); i++) {
		sim_post(sim, "/_sim/faults", "{\"fault\": \"%s\", \"count\": 0}", faults[i]);
		assert_int_equal(sim_request(sim, "GET", LIST, LOGIN, NULL, NULL), 0);
		assert_int_equal(sim_request(sim, "DELETE", "/_sim/faults", NULL, NULL, NULL), 200);
	}
	sim_post(sim, "/_sim/faults", "{\"fault\": \"hang-after\", \"value\": 50}");
	assert_int_equal(sim_request(sim, "POST", path, LOGIN, "FriendlyName=hung", NULL), 0);
	value = sim_value(sim, "+14152000000", "friendly_name");
	assert_string_equal(value, "hung");
	mem_free(value);
	sim_post(sim, "/_sim/faults", "{\"fault\": \"drip\", \"value\": 1}");
	assert_int_equal(sim_request(sim, "GET", path, LOGIN, NULL, NULL), 200);
	sim_stop(sim);
}

static int64_t clock_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct parallel {
	const char *url;
	long status;
};

static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

static void *request_once(void *context)
{
	struct parallel *one = context;
	char url[256];
	CURL *curl = curl_easy_init();

	snprintf(url, sizeof(url), "%s%s", one->url, LIST);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_USERPWD, LOGIN);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &one->status);
	curl_easy_cleanup(curl);
	return NULL;
}

#define PARALLEL 8

static size_t run_parallel(struct sim *sim, long status)
{
	struct parallel all[PARALLEL];
	pthread_t threads[PARALLEL];
	size_t matching = 0;

	for (size_t i = 0; i < PARALLEL; i++) {
		all[i] = (struct parallel){.url = sim_url(sim)};
		assert_int_equal(pthread_create(&threads[i], NULL, request_once, &all[i]), 0);
	}
	for (size_t i = 0; i < PARALLEL; i++) {
		pthread_join(threads[i], NULL);
		matching += all[i].status == status;
	}
	return matching;
}

static void requests_overlap_up_to_the_limit(void **state)
{
	struct sim *sim = sim_start(plain);
	int64_t started;

	(void)state;
	sim_post(sim, "/_sim/switches", "{\"latency_ms\": 500}");
	started = clock_ms();
	assert_int_equal(run_parallel(sim, 200), PARALLEL);
	assert_true(clock_ms() - started < PARALLEL * 500);
	sim_post(sim, "/_sim/switches", "{\"concurrency_limit\": 3}");
	assert_int_equal(run_parallel(sim, 429), PARALLEL - 3);
	sim_stop(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_over_http),
		cmocka_unit_test(serves_over_tls),
		cmocka_unit_test(connections_break_as_told),
		cmocka_unit_test(requests_overlap_up_to_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
