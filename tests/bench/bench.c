/*
 * The figures of docs/performance.md, measured: a table on standard output, nothing asserted but
 * that what is measured did happen. To be built as it is shipped, and run on a quiet machine, in a
 * folder that nobody else works in, since numberd wakes up for what happens beside its file:
 *
 *   cmake --preset release && ninja -C build/release numberd_bench
 *   mkdir -p /var/tmp/bench && TMPDIR=/var/tmp/bench build/release/tests/bench/numberd_bench
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"

#define EACH  "voice_url: " SCENE_URL
#define PLANS 7

static double now_ms(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void begin(struct scene *scene, size_t numbers, const char *const *options)
{
	scene_begin(scene, options);
	scene_numbers(scene, numbers);
	scene_declare_numbers(scene, "limits: {max_changes: 100%}\n", numbers, EACH);
}

struct cost {
	double ms;
	double cpu_ms; /* of all its threads */
	long peak_kib;
};

/* The whole process, from fork to its end. */
static struct cost cost_of(struct scene *scene, const char *const *words, int expected)
{
	double start = now_ms(CLOCK_MONOTONIC);
	struct buf text = {0};
	struct rusage usage;
	int out, err, status;
	pid_t pid = scene_spawn(scene, NULL, words, &out, &err);

	while (scene_read(out, &text) || scene_read(err, &text))
		;
	assert_int_equal(wait4(pid, &status, 0, &usage), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
		fail_msg("%s: %s", words[0], buf_text(&text));
	close(out);
	close(err);
	buf_finish(&text);
	return (struct cost){
		.ms = now_ms(CLOCK_MONOTONIC) - start,
		.cpu_ms = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
			  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3,
		.peak_kib = usage.ru_maxrss,
	};
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* A command several times over, as one row. */
static void measure(struct scene *scene, const char *const *words, int expected, const char *what)
{
	double times[PLANS], cpu = 0;
	long peak = 0;

	for (size_t i = 0; i < PLANS; i++) {
		struct cost cost = cost_of(scene, words, expected);

		times[i] = cost.ms;
		cpu += cost.cpu_ms / PLANS;
		peak = cost.peak_kib > peak ? cost.peak_kib : peak;
	}
	qsort(times, PLANS, sizeof(times[0]), by_value);
	printf("| `numberd %s`, %s | %.0f ms (best %.0f), %.0f ms of CPU, %.1f MB |\n", words[0],
	       what, times[PLANS / 2], times[0], cpu, (double)peak / 1024);
	fflush(stdout);
}

static void plan(size_t numbers, const char *const *options, const char *how)
{
	struct scene scene;
	char what[64];

	begin(&scene, numbers, options);
	snprintf(what, sizeof(what), "%zu numbers in sync, %s", numbers, how);
	measure(&scene, WORDS("plan"), 0, what);
	scene_end(&scene);
}

/* All numbers differ, and the limit blocks them: much to say. */
static void test_answers(void **state)
{
	struct scene scene;
	struct daemon *daemon;

	(void)state;
	begin(&scene, 10000, NULL);
	scene_declare_numbers(&scene, "", 10000, "voice_url: https://ivr.example.com/new");
	daemon = daemon_start(&scene, NULL);
	daemon_wait(daemon, "limit", NULL);
	daemon_wait(daemon, "pass", NULL);
	measure(&scene, WORDS("plan"), 4, "10000 numbers that differ, text");
	measure(&scene, WORDS("plan", "--format", "json"), 4, "10000 numbers that differ, JSON");
	measure(&scene, WORDS("status"), 0, "10000 numbers held");
	measure(&scene, WORDS("history"), 0, "10000 entries");
	daemon_stop(daemon);
	scene_end(&scene);
}

/* What callgrind says at the end: "Collected : 123". */
static double collected(const struct buf *log)
{
	const char *line = strstr(buf_text(log), "Collected : ");

	assert_non_null(line);
	return strtod(line + strlen("Collected : "), NULL);
}

static const char *const callgrind[] = {"valgrind", "--tool=callgrind",
					"--callgrind-out-file=/dev/null", NULL};

static double instructions_of_plan(size_t numbers)
{
	struct buf text = {0};
	struct scene scene;
	double count;
	int out, err;
	pid_t pid;

	begin(&scene, numbers, NULL);
	pid = scene_spawn(&scene, callgrind, WORDS("plan"), &out, &err);
	while (scene_read(err, &text))
		;
	scene_reap(pid, &text);
	close(out);
	close(err);
	count = collected(&text);
	buf_finish(&text);
	scene_end(&scene);
	return count;
}

static double instructions_of_run(size_t numbers, int passes)
{
	struct scene scene;
	struct daemon *daemon;
	double count;

	begin(&scene, numbers, NULL);
	daemon = daemon_start_under(&scene, callgrind, NULL);
	daemon_wait(daemon, "pass", NULL);
	for (int i = 1; i < passes; i++)
		daemon_pass(daemon);
	daemon_signal(daemon, SIGTERM);
	daemon_end(daemon);
	count = collected(daemon_log(daemon));
	daemon_free(daemon);
	scene_end(&scene);
	return count;
}

static void test_instructions(void **state)
{
	(void)state;
	printf("| instructions a number, whole `plan`, file parsed (callgrind) | %.1f k |\n",
	       (instructions_of_plan(6000) - instructions_of_plan(2000)) / 4000 / 1e3);
	printf("| instructions a number, further pass of `run`, file unchanged | %.1f k |\n",
	       (instructions_of_run(4000, 4) - instructions_of_run(4000, 2)) / 2 / 4000 / 1e3);
	fflush(stdout);
}

/* A number out of a file of /proc: the sum of the lines that begin so. */
static long proc_value(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	long sum = 0;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	stream = fopen(path, "re");
	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		if (strncmp(line, name, strlen(name)) == 0)
			sum += strtol(strchr(line, ':') + 1, NULL, 10);
	}
	fclose(stream);
	return sum;
}

static void idle(size_t numbers)
{
	struct scene scene;
	struct daemon *daemon;
	long before;

	begin(&scene, numbers, NULL);
	daemon = daemon_start(&scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	poll(NULL, 0, 1000);
	before = proc_value(daemon_pid(daemon), "status", "voluntary_ctxt_switches");
	poll(NULL, 0, 20000);
	printf("| idle `run`, %zu numbers | %ld wakeups in 20 s, %.1f MB private |\n", numbers,
	       proc_value(daemon_pid(daemon), "status", "voluntary_ctxt_switches") - before,
	       (double)proc_value(daemon_pid(daemon), "smaps_rollup", "Private_") / 1024);
	fflush(stdout);
	daemon_stop(daemon);
	scene_end(&scene);
}

#define STORM_MS 250 /* saves closer together than this are taken for a storm, and merged */

/* From the rename to the moment at which the server has the POST; the server's clock has 1 ms. */
static void test_latency(void **state)
{
	struct scene scene;
	struct daemon *daemon;
	double times[100];

	(void)state;
	begin(&scene, 40, NULL);
	daemon = daemon_start(&scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
		json_t *posts;
		double saved;

		poll(NULL, 0, STORM_MS);
		sim_forget(scene.sim);
		saved = now_ms(CLOCK_REALTIME);
		scene_declare(&scene,
			      "version: 1\nlimits: {max_changes: 100%%}\nnumbers: {\"" SCENE_NUMBER
			      "\": {voice_url: https://ivr.example.com/%zu}}\n",
			      i);
		daemon_wait(daemon, "applied", NULL);
		daemon_wait(daemon, "pass", NULL);
		posts = scene_requests(&scene, "number", "POST");
		times[i] = json_number_value(json_object_get(json_array_get(posts, 0), "started")) -
			   saved;
		json_decref(posts);
	}
	qsort(times, ARRAY_LENGTH(times), sizeof(times[0]), by_value);
	printf("| file saved to the POST at the server, one list between | p50 %.0f ms, p99 %.0f "
	       "ms "
	       "|\n",
	       times[ARRAY_LENGTH(times) / 2], times[ARRAY_LENGTH(times) * 99 / 100]);
	fflush(stdout);
	daemon_stop(daemon);
	scene_end(&scene);
}

static void test_start_to_ready(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct scene scene;
	char variable[160];
	double times[50];

	(void)state;
	begin(&scene, 40, NULL);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", scene.folder);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s", address.sun_path);
	scene.variables[0] = variable;
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
		double start = now_ms(CLOCK_MONOTONIC);
		struct daemon *daemon = daemon_start(&scene, NULL);
		char message[512] = "";

		while (!strstr(message, "READY=1")) {
			ssize_t length = recv(fd, message, sizeof(message) - 1, 0);

			assert_true(length > 0);
			message[length] = '\0';
		}
		times[i] = now_ms(CLOCK_MONOTONIC) - start;
		daemon_wait(daemon, "pass", NULL);
		daemon_stop(daemon);
		while (recv(fd, message, sizeof(message), MSG_DONTWAIT) > 0)
			;
	}
	qsort(times, ARRAY_LENGTH(times), sizeof(times[0]), by_value);
	printf("| start to READY=1 | p50 %.1f ms, p99 %.1f ms |\n", times[ARRAY_LENGTH(times) / 2],
	       times[ARRAY_LENGTH(times) - 1]);
	fflush(stdout);
	close(fd);
	scene_end(&scene);
}

static void test_throughput(void **state)
{
	struct scene scene;
	struct cost cost;

	(void)state;
	begin(&scene, 1000, NULL);
	scene_declare_numbers(&scene, "limits: {max_changes: 100%}\n", 1000,
			      "voice_url: https://ivr.example.com/new");
	sim_post(scene.sim, "/_sim/switches", "{\"latency_ms\": 100}");
	cost = cost_of(&scene, WORDS("apply", "--concurrency", "16"), 0);
	scene_assert_count(&scene, "number.POST", 1000);
	printf("| 1,000 changes, 100 ms latency, concurrency 16 | %.2f s, ideal 6.25 s: %.0f %% "
	       "|\n",
	       cost.ms / 1e3, 100 * 6250 / cost.ms);
	fflush(stdout);
	scene_end(&scene);
}

static void test_plan(void **state)
{
	(void)state;
	plan(10000, WORDS("--tls"), "loopback TLS");
	plan(100000, WORDS("--tls"), "loopback TLS");
	plan(10000, NULL, "loopback http");
}

static void test_idle(void **state)
{
	(void)state;
	idle(40);
	idle(10000);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),         cmocka_unit_test(test_answers),
		cmocka_unit_test(test_instructions), cmocka_unit_test(test_latency),
		cmocka_unit_test(test_throughput),   cmocka_unit_test(test_start_to_ready),
		cmocka_unit_test(test_idle),
	};

	/* A pattern, as '*idle', measures a part. */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	printf("| what | measured |\n|---|---|\n");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
