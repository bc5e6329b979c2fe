/* Where secrets come from, that a new one is picked up, and that none is ever shown. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/daemon.h"
#include "support/test.h"

#define SECRET "canary5f0e2d9b7c4a1836"
/* The end of base64(SIM_ACCOUNT ":" SECRET), as it stands in an Authorization header. */
#define SECRET_BASE64 "YW5hcnk1ZjBlMmQ5YjdjNGExODM2"
#define KEY           "SK00000000000000000000000000000001"

static void set_token(struct scene *scene, const char *token)
{
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"%s\", \"auth_token\": \"%s\"}]}", SIM_ACCOUNT, token);
}

static void write_secret(const struct scene *scene, const char *text)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "%s/secret", scene->folder);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void use_secret_file(struct scene *scene, char variable[128])
{
	snprintf(variable, 128, "TWILIO_AUTH_TOKEN_FILE=%s/secret", scene->folder);
	scene->variables[0] = "TWILIO_AUTH_TOKEN";
	scene->variables[1] = variable;
}

static bool contains(const char *bytes, size_t length, const char *part)
{
	return memmem(bytes, length, part, strlen(part)) != NULL;
}

static void assert_no_secret(const char *where, const char *bytes, size_t length)
{
	if (contains(bytes, length, SECRET) || contains(bytes, length, SECRET_BASE64))
		fail_msg("the secret is in %s: %.*s", where, (int)length, bytes);
}

static void assert_file_has_no_secret(const char *path)
{
	struct buf bytes = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (scene_read(fd, &bytes))
		;
	close(fd);
	assert_no_secret(path, buf_text(&bytes), bytes.length);
	buf_finish(&bytes);
}

static void assert_state_has_no_secret(const struct scene *scene)
{
	static const char *const names[] = {"numberd.db", "numberd.db-wal", "numberd.db-shm"};
	char path[96];

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", scene->state, names[i]);
		assert_file_has_no_secret(path);
	}
}

/* A pass of `run` and one of `apply`, whatever comes of them: nothing shows the secret. */
static void assert_keeps_secret(struct scene *scene, const char *fault)
{
	struct daemon *daemon;
	char path[64];

	sim_request(scene->sim, "DELETE", "/_sim/faults", NULL, NULL, NULL);
	if (fault)
		sim_post(scene->sim, "/_sim/faults", "{\"fault\": \"%s\", \"count\": 3}", fault);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"https://elsewhere.example.com/\"");
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", daemon_pid(daemon));
	assert_file_has_no_secret(path);
	assert_no_secret("the log", buf_text(daemon_log(daemon)), daemon_log(daemon)->length);
	daemon_stop(daemon);
	scene_run(scene, WORDS("apply", "--format", "json"));
	assert_no_secret("stdout", buf_text(&scene->out), scene->out.length);
	assert_no_secret("stderr", buf_text(&scene->err), scene->err.length);
	assert_state_has_no_secret(scene);
}

static void test_never_shown(void **state)
{
	static const char *const faults[] = {
		NULL,  "401",      "401-username",  "403",          "301",
		"307", "cut-json", "wrong-content", "foreign-host", "not-stored"};
	struct scene *scene = *state;
	char variable[128];

	set_token(scene, SECRET);
	scene_numbers(scene, 2);
	scene_declare_numbers(scene, "", 2, "voice_url: " SCENE_URL);
	write_secret(scene, SECRET "\n");
	use_secret_file(scene, variable);
	for (size_t i = 0; i < ARRAY_LENGTH(faults); i++)
		assert_keeps_secret(scene, faults[i]);
	/* One that Twilio does not take, and ones that are none. */
	set_token(scene, "another");
	assert_keeps_secret(scene, NULL);
	scene->variables[0] = "TWILIO_AUTH_TOKEN=" SECRET " " SECRET;
	scene->variables[1] = NULL;
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_no_secret("stderr", buf_text(&scene->err), scene->err.length);
	scene->variables[0] = "NUMBERD_BASE_URL=https://" SECRET ":" SECRET "@127.0.0.1/";
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_no_secret("stderr", buf_text(&scene->err), scene->err.length);
}

/* The other end of TLS is not who it should be: nothing is sent. */
static void test_wrong_authority(void **state)
{
	struct scene *scene = *state;
	struct scene other;
	char variable[128];

	scene_begin(&other, WORDS("--tls"));
	snprintf(variable, sizeof(variable), "NUMBERD_BASE_URL=%s", sim_url(other.sim));
	scene->variables[0] = variable;
	scene->variables[1] = "TWILIO_AUTH_TOKEN=" SECRET;
	scene_declare_numbers(scene, "", 2, "voice_url: " SCENE_URL);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "certificate");
	assert_no_secret("stderr", buf_text(&scene->err), scene->err.length);
	scene_assert_count(&other, "all", 0);
	scene_end(&other);
}

/* What a url of the file hides is shown nowhere, and sent all the same. */
static void test_urls_are_redacted(void **state)
{
	static const char *const formats[] = {"text", "json", "markdown"};
	struct scene *scene = *state;
	struct daemon *daemon;

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1,
			      "voice_url: 'https://me:" SECRET "@ivr.example.com/?key=" SECRET "'");
	for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
		assert_int_equal(scene_run(scene, WORDS("plan", "--format", formats[i])), 2);
		assert_no_secret("the plan", buf_text(&scene->out), scene->out.length);
	}
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "applied", NULL);
	daemon_wait(daemon, "pass", NULL);
	scene_assert_value(scene, SCENE_NUMBER, "voice_url",
			   "https://me:" SECRET "@ivr.example.com/?key=" SECRET);
	scene_edit(scene, SCENE_NUMBER,
		   "\"voice_url\": \"https://me:" SECRET "@elsewhere.example.com/\"");
	daemon_pass(daemon);
	assert_no_secret("the log", buf_text(daemon_log(daemon)), daemon_log(daemon)->length);
	assert_int_equal(daemon_count(daemon, "repaired", NULL), 1);
	daemon_stop(daemon);
}

static void test_rotation(void **state)
{
	struct scene *scene = *state;
	struct daemon *daemon;
	char variable[128];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: " SCENE_URL);
	write_secret(scene, SIM_TOKEN "\r\n");
	use_secret_file(scene, variable);
	daemon = daemon_start(scene, NULL);
	daemon_wait(daemon, "pass", NULL);

	/* The new one is there before the old one ends: nobody notices. */
	write_secret(scene, "second");
	set_token(scene, "second");
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "unreachable", NULL), 0);

	/* It comes late: said once, and over at the first pass that it works in. */
	set_token(scene, "third");
	daemon_pass(daemon);
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "unreachable", NULL), 1);
	assert_says(daemon_log(daemon), "401");
	write_secret(scene, "third");
	daemon_pass(daemon);
	assert_int_equal(daemon_count(daemon, "reachable", NULL), 1);
	daemon_stop(daemon);
}

static void test_places(void **state)
{
	struct scene *scene = *state;
	char variable[128], path[80];

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: " SCENE_URL);
	use_secret_file(scene, variable);
	snprintf(path, sizeof(path), "%s/secret", scene->folder);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, path);
	write_secret(scene, "\n");
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "empty");
	write_secret(scene, SIM_TOKEN);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	assert_int_equal(chmod(path, 0646), 0);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "chmod o-w");

	snprintf(variable, sizeof(variable), "CREDENTIALS_DIRECTORY=%s", scene->folder);
	snprintf(path, sizeof(path), "%s/twilio_auth_token", scene->folder);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_int_equal(symlink("secret", path), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
}

static void test_api_key(void **state)
{
	struct scene *scene = *state;

	scene_numbers(scene, 1);
	scene_declare_numbers(scene, "", 1, "voice_url: https://new.example.com/");
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"%s\", \"keys\": [{\"sid\": \"" KEY
		 "\", \"secret\": \"s\", \"permissions\": "
		 "[\"/twilio/phone-numbers/active-numbers/list\", "
		 "\"/twilio/phone-numbers/active-numbers/read\", "
		 "\"/twilio/phone-numbers/active-numbers/update\"]}]}]}",
		 SIM_ACCOUNT);
	scene->variables[0] = "TWILIO_AUTH_TOKEN";
	scene->variables[1] = "TWILIO_API_KEY=" KEY;
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "TWILIO_API_SECRET");
	scene->variables[2] = "TWILIO_API_SECRET=s";
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	scene_assert_count(scene, "number.POST", 1);
	sim_post(scene->sim, "/_sim/load",
		 "{\"accounts\": [{\"sid\": \"%s\", \"keys\": [{\"sid\": \"" KEY
		 "\", \"secret\": \"s\", \"permissions\": []}]}]}",
		 SIM_ACCOUNT);
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "twilio/phone-numbers/active-numbers/list");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_never_shown),
		SCENE_TEST(test_wrong_authority),
		SCENE_TEST(test_urls_are_redacted),
		SCENE_TEST(test_rotation),
		SCENE_TEST(test_places),
		SCENE_TEST(test_api_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
