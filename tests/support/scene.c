#include "support/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/test.h"

#define SANITIZER_STATUS 99
#define WORDS_MAX        40
#define NUMBERS_A_LOAD   10000

void scene_begin(struct scene *scene, const char *const *sim_options)
{
	const char *place = getenv("TMPDIR");
	int length;

	*scene = (struct scene){0};
	length = snprintf(scene->folder, sizeof(scene->folder), "%s/numberd-test.XXXXXX",
			  place ? place : "/tmp");
	assert_true(length < (int)sizeof(scene->folder));
	assert_non_null(mkdtemp(scene->folder));
	snprintf(scene->config, sizeof(scene->config), "%s/numbers.yaml", scene->folder);
	snprintf(scene->state, sizeof(scene->state), "%s/state", scene->folder);
	snprintf(scene->socket, sizeof(scene->socket), "%s/numberd.sock", scene->folder);
	assert_int_equal(mkdir(scene->state, 0700), 0);
	scene->sim = sim_start(sim_options);
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"%s\", \"auth_token\": \"%s\"}]}", SIM_ACCOUNT,
		 SIM_TOKEN);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
	(void)info;
	(void)type;
	(void)place;
	return remove(path);
}

void scene_end(struct scene *scene)
{
	sim_stop(scene->sim);
	assert_int_equal(nftw(scene->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	buf_finish(&scene->out);
	buf_finish(&scene->err);
}

int scene_setup(void **state)
{
	struct scene *scene = mem_zalloc(1, sizeof(*scene));

	scene_begin(scene, NULL);
	*state = scene;
	return 0;
}

int scene_teardown(void **state)
{
	scene_end(*state);
	mem_free(*state);
	return 0;
}

void scene_number(size_t i, char ret_number[24])
{
	snprintf(ret_number, 24, "+1415%07zu", 2000000 + i);
}

void scene_numbers(struct scene *scene, size_t count)
{
	struct buf numbers = {0};
	char number[24];

	for (size_t i = 0; i < count; i++) {
		scene_number(i, number);
		buf_printf(&numbers,
			   "%s{\"phone_number\": \"%s\", \"voice_url\": \"" SCENE_URL "\"}",
			   numbers.length ? ", " : "", number);
		if (i + 1 < count && (i + 1) % NUMBERS_A_LOAD)
			continue;
		sim_post(scene->sim, "/_sim/load",
			 "{\"accounts\": [{\"sid\": \"%s\", \"numbers\": [%s]}]}", SIM_ACCOUNT,
			 buf_text(&numbers));
		buf_clear(&numbers);
	}
	buf_finish(&numbers);
}

static void write_config(struct scene *scene, const char *text)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "%s.new", scene->config);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(path, scene->config), 0);
}

void scene_declare(struct scene *scene, const char *format, ...)
{
	char *text;
	va_list arguments;

	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	write_config(scene, text);
	free(text);
}

void scene_declare_numbers(struct scene *scene, const char *head, size_t count, const char *each)
{
	struct buf text = {0};
	char number[24];

	buf_printf(&text, "version: 1\n%snumbers:\n", head);
	for (size_t i = 0; i < count; i++) {
		scene_number(i, number);
		buf_printf(&text, "  \"%s\": {%s}\n", number, each);
	}
	write_config(scene, buf_text(&text));
	buf_finish(&text);
}

void scene_edit(struct scene *scene, const char *number, const char *members)
{
	sim_post(scene->sim, "/_sim/edit", "{\"number\": \"%s\", %s}", number, members);
}

void scene_edit_numbers(struct scene *scene, size_t first, size_t count, const char *members)
{
	char number[24];

	for (size_t i = first; i < first + count; i++) {
		scene_number(i, number);
		scene_edit(scene, number, members);
	}
}

void scene_assert_value(struct scene *scene, const char *number, const char *key,
			const char *expected)
{
	char *value = sim_value(scene->sim, number, key);

	if (!text_equal(value, expected))
		fail_msg("%s of %s is %s, not %s", key, number, value ? value : "null",
			 expected ? expected : "null");
	mem_free(value);
}

void scene_assert_count(struct scene *scene, const char *kind, uint64_t expected)
{
	uint64_t count = sim_count(scene->sim, kind);

	if (count != expected)
		fail_msg("%llu requests %s, not %llu", (unsigned long long)count, kind,
			 (unsigned long long)expected);
}

int64_t scene_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void scene_wait_count(struct scene *scene, const char *kind, uint64_t least)
{
	int64_t deadline = scene_now() + SCENE_WAIT_MS;

	while (sim_count(scene->sim, kind) < least) {
		if (scene_now() > deadline)
			fail_msg("fewer than %llu requests %s came", (unsigned long long)least,
				 kind);
		poll(NULL, 0, 2);
	}
}

json_t *scene_requests(struct scene *scene, const char *kind, const char *method)
{
	struct buf answer = {0};
	json_t *root, *list, *wanted = json_array(), *request;
	size_t i;

	assert_int_equal(sim_request(scene->sim, "GET", "/_sim/requests", NULL, NULL, &answer),
			 200);
	root = json_loadb(buf_text(&answer), answer.length, 0, NULL);
	list = json_object_get(root, "requests");
	assert_true(json_is_array(list));
	json_array_foreach (list, i, request) {
		if (text_equal(json_string_value(json_object_get(request, "kind")), kind) &&
		    text_equal(json_string_value(json_object_get(request, "method")), method))
			json_array_append(wanted, request);
	}
	json_decref(root);
	buf_finish(&answer);
	return wanted;
}

void scene_assert_posts_only(struct scene *scene, const char *const *names)
{
	json_t *posts = scene_requests(scene, "number", "POST"), *post, *value;
	const char *name;
	size_t i;

	json_array_foreach (posts, i, post) {
		json_object_foreach (json_object_get(post, "params"), name, value) {
			const char *const *allowed = names;

			while (*allowed && strcmp(*allowed, name) != 0)
				allowed++;
			if (!*allowed)
				fail_msg("%s was sent %s, which the file does not declare",
					 json_string_value(json_object_get(post, "number")), name);
		}
	}
	json_decref(posts);
}

/* The child's environment is the test's without what numberd would read of it. */
static void set_environment(const struct scene *scene)
{
	static const char *const foreign[] = {"CREDENTIALS_DIRECTORY",
					      "TWILIO_AUTH_TOKEN_FILE",
					      "TWILIO_API_KEY",
					      "TWILIO_API_KEY_FILE",
					      "TWILIO_API_SECRET",
					      "TWILIO_API_SECRET_FILE",
					      "TWILIO_REGION",
					      "TWILIO_EDGE",
					      "STATE_DIRECTORY",
					      "RUNTIME_DIRECTORY",
					      "NOTIFY_SOCKET",
					      "WATCHDOG_USEC",
					      "JOURNAL_STREAM",
					      "NUMBERD_CONCURRENCY",
					      "NUMBERD_INTERVAL",
					      "NUMBERD_SETTINGS",
					      "https_proxy"};
	const char *asan = getenv("ASAN_OPTIONS");
	char options[512];

	for (size_t i = 0; i < ARRAY_LENGTH(foreign); i++)
		unsetenv(foreign[i]);
	snprintf(options, sizeof(options), "%s%sexitcode=%d", asan ? asan : "", asan ? ":" : "",
		 SANITIZER_STATUS);
	setenv("ASAN_OPTIONS", options, 1);
	setenv("TWILIO_ACCOUNT_SID", SIM_ACCOUNT, 1);
	setenv("TWILIO_AUTH_TOKEN", SIM_TOKEN, 1);
	setenv("NUMBERD_CONFIG", scene->config, 1);
	setenv("NUMBERD_STATE_DIR", scene->state, 1);
	setenv("NUMBERD_SOCKET", scene->socket, 1);
	setenv("NUMBERD_LISTEN", "off", 1);
	setenv("NUMBERD_BASE_URL", sim_url(scene->sim), 1);
	setenv("NUMBERD_LOG_FORMAT", "json", 1);
	setenv("NUMBERD_LOG_LEVEL", "debug", 1);
	if (text_starts(sim_url(scene->sim), "https:"))
		setenv("NUMBERD_CA_FILE", sim_ca_file(scene->sim), 1);
	else
		unsetenv("NUMBERD_CA_FILE");
	for (size_t i = 0; i < SCENE_VARIABLES && scene->variables[i]; i++) {
		if (strchr(scene->variables[i], '='))
			putenv((char *)(uintptr_t)scene->variables[i]);
		else
			unsetenv(scene->variables[i]);
	}
}

static void exec_child(const struct scene *scene, const char *const *prefix,
		       const char *const *words)
{
	const char *arguments[WORDS_MAX] = {NULL};
	size_t count = 0;

	for (; prefix && *prefix && count < WORDS_MAX - 2; prefix++)
		arguments[count++] = *prefix;
	arguments[count++] = NUMBERD;
	for (; *words && count < WORDS_MAX - 1; words++)
		arguments[count++] = *words;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_environment(scene);
	execvp(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(127);
}

pid_t scene_spawn(struct scene *scene, const char *const *prefix, const char *const *words,
		  int *ret_out, int *ret_err)
{
	int out[2], err[2];
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int input = scene->input ? scene->input : open("/dev/null", O_RDONLY | O_CLOEXEC);

		dup2(input, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		exec_child(scene, prefix, words);
	}
	close(out[1]);
	close(err[1]);
	*ret_out = out[0];
	*ret_err = err[0];
	return pid;
}

int scene_reap(pid_t pid, const struct buf *err)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		fail_msg("numberd aborted: %s", buf_text(err));
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	if (WEXITSTATUS(status) == SANITIZER_STATUS || strstr(buf_text(err), "runtime error:"))
		fail_msg("a sanitizer found something: %s", buf_text(err));
	return WEXITSTATUS(status);
}

bool scene_read(int fd, struct buf *into)
{
	char bytes[65536];
	ssize_t length = read(fd, bytes, sizeof(bytes));

	if (length > 0)
		buf_add(into, bytes, (size_t)length);
	return length > 0 || (length < 0 && (errno == EINTR || errno == EAGAIN));
}

int scene_run(struct scene *scene, const char *const *words)
{
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
	struct buf *texts[2] = {&scene->out, &scene->err};
	int64_t deadline = scene_now() + 2 * SCENE_WAIT_MS;
	pid_t pid = scene_spawn(scene, NULL, words, &fds[0].fd, &fds[1].fd);

	buf_clear(&scene->out);
	buf_clear(&scene->err);
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (scene_now() > deadline || poll(fds, 2, SCENE_WAIT_MS) == 0)
			fail_msg("numberd %s does not end: %s", words[0], buf_text(&scene->err));
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents && !scene_read(fds[i].fd, texts[i])) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
		}
	}
	return scene_reap(pid, &scene->err);
}

json_t *scene_json(const struct scene *scene)
{
	json_error_t error;
	json_t *root = json_loadb(buf_text(&scene->out), scene->out.length, 0, &error);

	if (!root)
		fail_msg("not JSON: %s: %s", error.text, buf_text(&scene->out));
	return root;
}

void assert_says(const struct buf *text, const char *part)
{
	if (!strstr(buf_text(text), part))
		fail_msg("'%s' is not in: %s", part, buf_text(text));
}

void assert_silent_of(const struct buf *text, const char *part)
{
	if (strstr(buf_text(text), part))
		fail_msg("'%s' is in: %s", part, buf_text(text));
}
