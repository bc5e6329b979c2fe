#include "sim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/mem.h"
#include "test.h"

#define OPTIONS_MAX 40

struct sim {
	pid_t pid;
	char url[64];
	char ca_file[64];
	CURL *curl;
};

/* The child's first line of output says that it serves, and where. */
static void read_address(struct sim *sim, int fd)
{
	FILE *file = fdopen(fd, "r");
	char line[128];

	assert_non_null(file);
	if (!fgets(line, sizeof(line), file) || sscanf(line, "listening on %63s", sim->url) != 1)
		fail_msg("twilio-sim did not start");
	fclose(file);
}

static void run_child(const char *const *options, const char *ca_file, int output)
{
	const char *arguments[OPTIONS_MAX] = {TWILIO_SIM, "--parent-death", "--ca-file", ca_file};
	size_t count = 4;

	for (; options && *options; options++) {
		assert_true(count < OPTIONS_MAX - 1);
		arguments[count++] = *options;
	}
	dup2(output, STDOUT_FILENO);
	execv(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(127);
}

struct sim *sim_start(const char *const *options)
{
	struct sim *sim = mem_zalloc(1, sizeof(*sim));
	int ends[2];
	int ca;

	snprintf(sim->ca_file, sizeof(sim->ca_file), "/tmp/twilio-sim-ca.XXXXXX");
	ca = mkostemp(sim->ca_file, O_CLOEXEC);
	assert_true(ca >= 0);
	close(ca);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	sim->pid = fork();
	assert_true(sim->pid >= 0);
	if (sim->pid == 0)
		run_child(options, sim->ca_file, ends[1]);
	close(ends[1]);
	read_address(sim, ends[0]);
	sim->curl = curl_easy_init();
	assert_non_null(sim->curl);
	return sim;
}

const char *sim_url(const struct sim *sim)
{
	return sim->url;
}

const char *sim_ca_file(const struct sim *sim)
{
	return sim->ca_file;
}

static size_t add_answer(char *bytes, size_t size, size_t count, void *context)
{
	buf_add(context, bytes, size * count);
	return size * count;
}

long sim_request(struct sim *sim, const char *method, const char *path, const char *credentials,
		 const char *body, struct buf *ret_body)
{
	struct buf answer = {0};
	char url[1024];
	long status = 0;
	CURLcode code;

	snprintf(url, sizeof(url), "%s%s", sim->url, path);
	curl_easy_reset(sim->curl);
	curl_easy_setopt(sim->curl, CURLOPT_URL, url);
	curl_easy_setopt(sim->curl, CURLOPT_CAINFO, sim->ca_file);
	curl_easy_setopt(sim->curl, CURLOPT_PROXY, "");
	/* On a connection used before, curl would send a POST again that a fault has cut off. */
	curl_easy_setopt(sim->curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(sim->curl, CURLOPT_TIMEOUT_MS, 60000L);
	curl_easy_setopt(sim->curl, CURLOPT_WRITEFUNCTION, add_answer);
	curl_easy_setopt(sim->curl, CURLOPT_WRITEDATA, &answer);
	if (body)
		curl_easy_setopt(sim->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(sim->curl, CURLOPT_CUSTOMREQUEST, method);
	if (credentials)
		curl_easy_setopt(sim->curl, CURLOPT_USERPWD, credentials);
	code = curl_easy_perform(sim->curl);
	if (code == CURLE_OK)
		curl_easy_getinfo(sim->curl, CURLINFO_RESPONSE_CODE, &status);
	if (ret_body) {
		buf_clear(ret_body);
		buf_add(ret_body, buf_text(&answer), answer.length);
	}
	buf_finish(&answer);
	return status;
}

void sim_post(struct sim *sim, const char *path, const char *format, ...)
{
	struct buf answer = {0};
	char *body;
	va_list arguments;

	va_start(arguments, format);
	assert_true(vasprintf(&body, format, arguments) >= 0);
	va_end(arguments);
	if (sim_request(sim, "POST", path, NULL, body, &answer) != 200)
		fail_msg("%s %s: %s", path, body, buf_text(&answer));
	free(body);
	buf_finish(&answer);
}

static json_t *get_json(struct sim *sim, const char *path)
{
	struct buf answer = {0};
	json_t *root;

	assert_int_equal(sim_request(sim, "GET", path, NULL, NULL, &answer), 200);
	root = json_loadb(buf_text(&answer), answer.length, 0, NULL);
	assert_non_null(root);
	buf_finish(&answer);
	return root;
}

uint64_t sim_count(struct sim *sim, const char *kind)
{
	json_t *root = get_json(sim, "/_sim/counts");
	json_int_t count =
		json_integer_value(json_object_get(json_object_get(root, "counts"), kind));

	json_decref(root);
	return (uint64_t)count;
}

void sim_forget(struct sim *sim)
{
	assert_int_equal(sim_request(sim, "DELETE", "/_sim/requests", NULL, NULL, NULL), 200);
}

char *sim_value(struct sim *sim, const char *number, const char *key)
{
	char path[128];
	const json_t *value;
	json_t *root;
	char *text;

	snprintf(path, sizeof(path), "/_sim/numbers?number=%%2B%s",
		 number[0] == '+' ? number + 1 : number);
	if (number[0] != '+')
		snprintf(path, sizeof(path), "/_sim/numbers?number=%s", number);
	root = get_json(sim, path);
	value = json_object_get(json_array_get(json_object_get(root, "numbers"), 0), key);
	if (json_is_boolean(value))
		text = mem_strdup(json_is_true(value) ? "true" : "false");
	else
		text = mem_strdup(json_string_value(value));
	json_decref(root);
	return text;
}

static void assert_no_violation(struct sim *sim)
{
	json_t *root = get_json(sim, "/_sim/violations");
	const json_t *first = json_array_get(json_object_get(root, "violations"), 0);

	if (first)
		fail_msg("Twilio was used in a way that is never allowed: %s",
			 json_string_value(first));
	json_decref(root);
}

void sim_stop(struct sim *sim)
{
	int status;

	assert_no_violation(sim);
	curl_easy_cleanup(sim->curl);
	unlink(sim->ca_file);
	kill(sim->pid, SIGTERM);
	assert_int_equal(waitpid(sim->pid, &status, 0), sim->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	mem_free(sim);
}
