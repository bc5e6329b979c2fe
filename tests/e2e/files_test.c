/* A file saved is acted on at once; one that is wrong, half, empty or gone changes nothing. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"

static struct daemon *start_in_sync(struct scene *scene)
{
	struct daemon *daemon;

	scene_numbers(scene, 20);
	scene_declare_numbers(scene, "", 20, "voice_url: " SCENE_URL);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_count(scene, "number.POST", 0);
	return daemon;
}

/* The text of a file that asks one number to be otherwise than the others. */
static char *text_with(const char *url)
{
	struct buf text = {0};
	char number[24];

	buf_add_text(&text, "version: 1\nnumbers:\n");
	for (size_t i = 0; i < 20; i++) {
		scene_number(i, number);
		buf_printf(&text, "  \"%s\": {voice_url: %s}\n", number, i ? SCENE_URL : url);
	}
	return text.bytes;
}

static void write_all(const char *path, int flags, const char *text, size_t length)
{
	int fd = open(path, flags | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(close(fd), 0);
}

/* The next file was put in its place: it is acted on without being asked to. */
static void expect(struct scene *scene, struct daemon *daemon, const char *url)
{
	daemon_wait(daemon, "applied", "number", SCENE_NUMBER, "new", url, NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url", url);
}

static int run_shell(const struct scene *scene, const char *script)
{
	char *command;
	int status;

	assert_true(asprintf(&command, "cd %s && %s", scene->folder, script) > 0);
	status = system(command);
	free(command);
	return status;
}

static void test_ways(void **state)
{
	static const char *const ways[] = {
		"cat next >numbers.yaml",
		"cp next numbers.yaml",
		"mv next numbers.yaml",
		"rm numbers.yaml && cp next numbers.yaml",
		"ln -s next numbers.link && mv -T numbers.link numbers.yaml",
		"cp next other && ln -sfn other numbers.yaml",
		("mkdir -p ..1 && mv next ..1/numbers.yaml && ln -sfn ..1 ..data && "
		 "ln -sfn ..data/numbers.yaml numbers.yaml"),
		"mkdir ..2 && mv next ..2/numbers.yaml && ln -s ..2 ..tmp && mv -T ..tmp ..data",
		"cat next >..data/numbers.yaml",
	};
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene);
	char url[64], next[64];

	snprintf(next, sizeof(next), "%s/next", scene->folder);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char *text;

		snprintf(url, sizeof(url), "https://way-%zu.example.com/", i);
		text = text_with(url);
		unlink(next);
		write_all(next, O_CREAT | O_TRUNC, text, strlen(text));
		mem_free(text);
		assert_int_equal(run_shell(scene, ways[i]), 0);
		expect(scene, daemon, url);
	}
	scene_assert_count(scene, "number.POST", sizeof(ways) / sizeof(ways[0]));
	daemon_stop(daemon);
}

/* Same size, same time, other bytes: no less a change. */
static void test_same_size_and_time(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene);
	char *first = text_with("https://a.example.com/"),
	     *second = text_with("https://b.example.com/");
	struct timespec times[2];
	struct stat info;

	write_all(scene->config, O_TRUNC, first, strlen(first));
	expect(scene, daemon, "https://a.example.com/");
	assert_int_equal(stat(scene->config, &info), 0);
	times[0] = info.st_atim;
	times[1] = info.st_mtim;
	write_all(scene->config, 0, second, strlen(second));
	assert_int_equal(utimensat(AT_FDCWD, scene->config, times, 0), 0);
	expect(scene, daemon, "https://b.example.com/");
	mem_free(first);
	mem_free(second);
	daemon_stop(daemon);
}

static void test_nothing_of_a_bad_file(void **state)
{
	static const char *const bad[] = {
		"",
		"version: 1\nnumbers: {\"+14152000000\": {voice_url: https://x.example.com/}",
		"version: 1\nnumbers: {\"+14152000000\": {voice_url: 'ftp://x.example.com/'}}\n",
		"version: 2\nnumbers: {\"+14152000000\": {voice_url: https://x.example.com/}}\n",
		"\xff\xfe\x00",
	};
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_all(scene->config, O_TRUNC, bad[i], strlen(bad[i]));
		daemon_wait(daemon, "file_invalid", NULL);
		/* What is in force is the last valid one, and it still is looked after. */
		scene_edit(scene, "+14152000007", "\"voice_url\": \"https://x.example.com/\"");
		scene_declare(scene, "%s", bad[i]);
		daemon_signal(daemon, SIGUSR1);
		daemon_wait(daemon, "pass", NULL);
		if (i < 3) {
			scene_assert_value(scene, "+14152000007", "voice_url", SCENE_URL);
			scene_assert_count(scene, "number.POST", i + 1);
		}
		scene_assert_value(scene, SCENE_NUMBER, "voice_url", SCENE_URL);
	}
	daemon_stop(daemon);
}

static void test_gone(void **state)
{
	/* The second looks as the first does, and nothing is said twice. */
	static const struct {
		const char *script;
		bool said;
	} ways[] = {
		{"rm numbers.yaml", true},
		{"ln -s nowhere numbers.link && mv -T numbers.link numbers.yaml", false},
		{"rm numbers.yaml && mkfifo numbers.yaml", true},
		{"rm numbers.yaml && mkdir numbers.yaml", true},
	};
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene);
	char *text;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		assert_int_equal(run_shell(scene, ways[i].script), 0);
		if (ways[i].said)
			daemon_wait(daemon, "file_invalid", NULL);
		daemon_pass(daemon);
	}
	scene_assert_count(scene, "number.POST", 0);
	text = text_with("https://back.example.com/");
	remove(scene->config);
	write_all(scene->config, O_CREAT, text, strlen(text));
	expect(scene, daemon, "https://back.example.com/");
	mem_free(text);
	daemon_stop(daemon);
}

/*
 * Half a file that is valid by itself: the writer was killed. It declares half of the numbers,
 * which a limit stops; when the rest arrives, all of it counts.
 */
static void test_half(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon = start_in_sync(scene);
	char *text = text_with("https://half.example.com/");
	size_t half = strlen(text) / 2;

	while (text[half - 1] != '\n')
		half--;
	write_all(scene->config, O_TRUNC, text, half);
	daemon_wait(daemon, "limit", NULL);
	daemon_wait(daemon, "pass", NULL);
	daemon_pass(daemon);
	scene_assert_count(scene, "number.POST", 0);
	write_all(scene->config, O_APPEND, text + half, strlen(text) - half);
	expect(scene, daemon, "https://half.example.com/");
	scene_assert_count(scene, "number.POST", 1);
	mem_free(text);
	daemon_stop(daemon);
}

/* A folder: every *.yaml of it counts, and a number declared twice is an error of both places. */
static void test_folder(void **state)
{
	struct scene *scene = *state;
	char variable[128];
	struct daemon *daemon;

	scene_numbers(scene, 3);
	assert_int_equal(run_shell(scene,
				   "mkdir d && for i in 0 1; do printf 'version: 1\\nnumbers:"
				   " {\"+1415200000%s\": {voice_url: " SCENE_URL
				   "}}\\n' $i >d/$i.yaml; done; echo nonsense >d/readme"),
			 0);
	snprintf(variable, sizeof(variable), "NUMBERD_CONFIG=%s/d", scene->folder);
	scene->variables[0] = variable;
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	assert_int_equal(run_shell(scene, "sed s/+14152000001/+14152000000/ d/1.yaml >d/2.yaml"),
			 0);
	daemon_wait(daemon, "file_invalid", NULL);
	assert_int_equal(run_shell(scene,
				   "rm d/2.yaml && printf 'version: 1\\nnumbers: "
				   "{\"+14152000002\": {voice_url: https://c.example.com/}}\\n'"
				   " >d/c.yml"),
			 0);
	daemon_wait(daemon, "applied", "number", "+14152000002", NULL);
	scene_assert_count(scene, "number.POST", 1);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_ways),
		SCENE_TEST(test_same_size_and_time),
		SCENE_TEST(test_nothing_of_a_bad_file),
		SCENE_TEST(test_gone),
		SCENE_TEST(test_half),
		SCENE_TEST(test_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
