/* What people ask of the running daemon and tell it, over its socket; and what is told without one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"
#include "support/web.h"

#define ANOTHER "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define OTHER   "https://other.example.com/voice"

static struct daemon *start(struct scene *scene, const char *const *words)
{
	struct daemon *daemon;

	scene_numbers(scene, 20);
	scene_declare_numbers(scene, "", 20, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, words);
	daemon_wait(daemon, "pass", NULL);
	return daemon;
}

static void test_status(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	json_t *root;

	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, "20 in sync");
	assert_int_equal(scene_run(scene, WORDS("status", "--format", "json")), 0);
	root = scene_json(scene);
	assert_int_equal(json_integer_value(json_object_get(root, "format_version")), 1);
	assert_int_equal(json_array_size(json_object_get(root, "numbers")), 20);
	json_decref(root);
	scene_declare_numbers(scene, "on_change: hold\n", 20, "voice_url: " OTHER);
	daemon_wait(daemon, "change", NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out,
		    "held: 20 numbers: voice_url: change, the file says on_change: hold");
	assert_int_equal(scene_run(scene, WORDS("status", SCENE_NUMBER)), 0);
	assert_says(&scene->out, "held: 1 number");
	assert_int_equal(scene_run(scene, WORDS("status", "+19995550000")), 1);
	daemon_stop(daemon);
}

static void test_a_broken_file_shows_in_the_status(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	struct buf body = {0};

	assert_int_equal(web_request(scene, 0, "GET", "/readyz", NULL, &body), 200);
	scene_declare(scene, "version: 1\nnumbers: {\n");
	daemon_wait(daemon, "file_invalid", NULL);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, "The file on disk is not acted on: ");
	assert_int_equal(web_request(scene, 0, "GET", "/readyz", NULL, &body), 503);
	assert_int_equal(web_request(scene, 0, "GET", "/healthz", NULL, &body), 200);
	buf_finish(&body);
	daemon_stop(daemon);
}

static void test_nothing_is_sent_while_paused(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);

	assert_int_equal(scene_run(scene, WORDS("pause", "--for", "1h", "moving", "house")), 0);
	daemon_wait(daemon, "paused", "reason", "moving house", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" OTHER "\"");
	daemon_pass(daemon);
	assert_int_equal(
		daemon_count(daemon, "drift", "number", SCENE_NUMBER, "action", "hold", NULL), 1);
	scene_assert_count(scene, "number.POST", 0);
	/* A pause outlives the daemon. */
	daemon_stop(daemon);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, "moving house");
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(scene_run(scene, WORDS("resume")), 0);
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	assert_int_equal(scene_run(scene, WORDS("resume")), 1);
	assert_says(&scene->err, "not paused");
	assert_int_equal(scene_run(scene, WORDS("pause")), 64);
	daemon_stop(daemon);
}

/* At its time, and not at the next pass: that is a day away here. */
static void test_a_pause_ends_by_itself(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);

	assert_int_equal(scene_run(scene, WORDS("pause", "--for", "1s", "short")), 0);
	assert_says(&scene->out, "Paused until 20");
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" OTHER "\"");
	daemon_wait(daemon, "resumed", NULL);
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, NULL);
	daemon_stop(daemon);
}

/* Nothing is promised that won't be done. */
static void test_approvals_that_send_nothing(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, WORDS("--observe"));
	char digest[80];

	scene_declare_numbers(scene, "", 20, "voice_url: " OTHER);
	daemon_wait(daemon, "file_valid", NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("approve", ANOTHER)), 1);
	assert_says(&scene->err, "--observe");
	daemon_stop(daemon);

	scene_declare_numbers(scene, "", 20, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("approve", ANOTHER)), 1);
	assert_says(&scene->err, "nothing waits for an approval");
	scene_declare_numbers(scene, "", 20, "voice_url: " OTHER);
	snprintf(digest, sizeof(digest), "%s",
		 json_string_value(json_object_get(daemon_wait(daemon, "limit", NULL), "digest")));
	assert_int_equal(scene_run(scene, WORDS("pause", "--for", "2h", "lunch")), 0);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
	assert_says(&scene->out, "sent after 'numberd resume'");
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(daemon_count(daemon, "approved", NULL), 0);
	assert_int_equal(scene_run(scene, WORDS("resume")), 0);
	daemon_wait(daemon, "approved", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 20);
	daemon_stop(daemon);
}

static void test_a_blocked_plan_is_sent_once_approved(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	const json_t *event;
	char digest[128];

	scene_declare_numbers(scene, "", 20, "voice_url: " OTHER);
	event = daemon_wait(daemon, "limit", NULL);
	snprintf(digest, sizeof(digest), "%s", json_string_value(json_object_get(event, "digest")));
	assert_int_equal(scene_run(scene, WORDS("approve", "sha256:00")), 64);
	assert_int_equal(scene_run(scene, WORDS("approve", ANOTHER)), 1);
	assert_says(&scene->err, digest);
	scene_assert_count(scene, "number.POST", 0);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, digest);
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
	daemon_wait(daemon, "approved", "digest", digest, NULL);
	scene_wait_count(scene, "number.POST", 20);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 20);
	daemon_stop(daemon);
}

/* What was approved is sent to its end, though numberd is killed in the middle of it. */
static void test_an_approval_outlives_a_kill(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	char digest[128], number[24];

	scene_declare_numbers(scene, "", 20, "voice_url: " OTHER);
	snprintf(digest, sizeof(digest), "%s",
		 json_string_value(json_object_get(daemon_wait(daemon, "limit", NULL), "digest")));
	sim_post(scene->sim, "/_sim/switches", "{\"latency_ms\": 100}");
	assert_int_equal(scene_run(scene, WORDS("approve", digest)), 0);
	scene_wait_count(scene, "number.POST", 6);
	daemon_signal(daemon, SIGKILL);
	assert_int_equal(daemon_end(daemon), -SIGKILL);
	daemon_free(daemon);
	assert_true(sim_count(scene->sim, "number.POST") < 20);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(daemon_count(daemon, "limit", NULL), 0);
	for (size_t i = 0; i < 20; i++) {
		scene_number(i, number);
		scene_assert_value(scene, number, "voice_url", OTHER);
	}
	daemon_stop(daemon);
}

static void test_sync_tries_a_failure_again(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);

	sim_post(scene->sim, "/_sim/faults",
		 "{\"fault\": \"400\", \"method\": \"POST\", \"count\": 1}");
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" OTHER "\"");
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "failed", "number", SCENE_NUMBER, NULL), 1);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	assert_says(&scene->out, "failed: 1 number");
	assert_int_equal(scene_run(scene, WORDS("sync")), 0);
	daemon_wait(daemon, "repaired", "number", SCENE_NUMBER, NULL);
	daemon_stop(daemon);
}

static void test_the_socket_is_for_the_group(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	struct buf body = {0};
	struct stat info;

	assert_int_equal(stat(scene->socket, &info), 0);
	assert_true(S_ISSOCK(info.st_mode));
	assert_int_equal(info.st_mode & 0777, 0660);
	assert_int_equal(web_request(scene, 0, "GET", "/v1/sync", NULL, &body), 405);
	assert_int_equal(web_request(scene, 0, "DELETE", "/v1/status", NULL, &body), 405);
	assert_int_equal(web_request(scene, 0, "GET", "/v2/status", NULL, &body), 404);
	assert_int_equal(web_request(scene, 0, "POST", "/v1/pause", NULL, &body), 400);
	assert_int_equal(web_request(scene, 0, "POST", "/v1/approve", NULL, &body), 400);
	assert_int_equal(web_request(scene, 0, "POST", "/v1/pause?reason=x&for=ever", NULL, &body),
			 400);
	buf_finish(&body);
	daemon_stop(daemon);
	assert_int_equal(stat(scene->socket, &info), -1);
}

static void test_tcp_only_answers(void **state)
{
	struct scene *scene = *state;
	struct buf body = {0};
	struct daemon *daemon;
	int port = web_free_port();
	char address[32];

	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	daemon = start(scene, WORDS("--listen", address));
	assert_int_equal(web_request(scene, port, "GET", "/v1/status", NULL, &body), 200);
	assert_int_equal(web_request(scene, port, "GET", "/v1/history", NULL, &body), 200);
	assert_int_equal(web_request(scene, port, "POST", "/v1/sync", NULL, &body), 405);
	assert_int_equal(web_request(scene, port, "POST", "/v1/pause?reason=x", NULL, &body), 405);
	/* A page in a browser, led here by a name of its own. */
	assert_int_equal(
		web_request(scene, port, "GET", "/v1/status", "Host: evil.example.com", &body),
		403);
	buf_finish(&body);
	daemon_stop(daemon);
}

static int connect_silently(const struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void test_ten_thousand_numbers(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	size_t lines = 0;
	json_t *root;

	scene_numbers(scene, 10000);
	scene_declare_numbers(scene, "on_change: hold\n", 10000, "voice_url: " OTHER);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	for (const char *c = buf_text(&scene->out); *c; c++)
		lines += *c == '\n';
	assert_in_range(lines, 1, 10);
	assert_says(&scene->out, "held: 10000 numbers");
	assert_int_equal(scene_run(scene, WORDS("status", "--format", "json")), 0);
	root = scene_json(scene);
	assert_int_equal(json_array_size(json_object_get(root, "numbers")), 10000);
	json_decref(root);
	scene_assert_count(scene, "list.GET", 10); /* asking costs no request */
	daemon_stop(daemon);
}

static void test_a_client_that_stalls_holds_nothing_up(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	static const char half[] = "GET /v1/status HTTP/1.1\r\nHost: x\r\nX-Long: ";
	int stalled[8];

	for (size_t i = 0; i < ARRAY_LENGTH(stalled); i++) {
		stalled[i] = connect_silently(scene);
		assert_int_equal(write(stalled[i], half, sizeof(half) - 1), sizeof(half) - 1);
	}
	daemon_pass(daemon);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(stalled); i++)
		close(stalled[i]);
	daemon_stop(daemon);
}

static void test_a_stale_socket_is_replaced_and_a_live_one_is_not(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start(scene, NULL);
	int status;

	daemon_signal(daemon, SIGKILL);
	status = daemon_end(daemon);
	assert_int_equal(status, -SIGKILL);
	daemon_free(daemon);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	/* A second daemon with the same state directory says who holds it. */
	assert_int_equal(scene_run(scene, WORDS("run")), 1);
	assert_says(&scene->err, "numberd");
	assert_int_equal(scene_run(scene, WORDS("status")), 0);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_status),
		SCENE_TEST(test_a_broken_file_shows_in_the_status),
		SCENE_TEST(test_nothing_is_sent_while_paused),
		SCENE_TEST(test_a_pause_ends_by_itself),
		SCENE_TEST(test_approvals_that_send_nothing),
		SCENE_TEST(test_a_blocked_plan_is_sent_once_approved),
		SCENE_TEST(test_an_approval_outlives_a_kill),
		SCENE_TEST(test_sync_tries_a_failure_again),
		SCENE_TEST(test_the_socket_is_for_the_group),
		SCENE_TEST(test_tcp_only_answers),
		SCENE_TEST(test_ten_thousand_numbers),
		SCENE_TEST(test_a_client_that_stalls_holds_nothing_up),
		SCENE_TEST(test_a_stale_socket_is_replaced_and_a_live_one_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
