/* Where the secret comes from, and what is refused on the way. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "journal_place.h"
#include "sys/disk/file.h"
#include "sys/http/credentials.h"
#include "sys/os/process.h"

static char folder[64];

static const char *const names[] = {
	"CREDENTIALS_DIRECTORY",  "TWILIO_AUTH_TOKEN_FILE", "TWILIO_API_KEY_FILE",
	"TWILIO_API_SECRET_FILE", "TWILIO_AUTH_TOKEN",      "TWILIO_API_KEY",
	"TWILIO_API_SECRET",      "TWILIO_ACCOUNT_SID",
};

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/numberd-credentials-XXXXXX");
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		unsetenv(names[i]);
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	place_delete(folder);
	return 0;
}

/* Writes a file of the folder and returns its path, valid until the eighth call after. */
static const char *put(const char *name, const char *bytes, size_t length)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];
	FILE *file;

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
	return path;
}

static const char *put_text(const char *name, const char *text)
{
	return put(name, text, strlen(text));
}

static void expect(const char *user, const char *secret)
{
	struct credentials *credentials;
	struct error error = {0};

	if (credentials_read(&credentials, &error) < 0)
		fail_msg("%s", error.text);
	assert_string_equal(credentials->user, user);
	assert_string_equal(credentials->secret, secret);
	credentials_free(credentials);
}

static void expect_error(const char *says)
{
	struct credentials *credentials;
	struct error error = {0};

	assert_true(credentials_read(&credentials, &error) < 0);
	if (!strstr(error.text, says))
		fail_msg("'%s' is not in: %s", says, error.text);
	assert_null(strstr(error.text, "hunter"));
}

static void test_each_place_in_its_turn(void **state)
{
	(void)state;
	setenv("TWILIO_AUTH_TOKEN", "from-variable", 1);
	expect("", "from-variable");
	setenv("TWILIO_AUTH_TOKEN_FILE", put_text("token", "from-file\n"), 1);
	expect("", "from-file");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect("", "from-file");
	put_text("twilio_auth_token", "from-directory \t\r\n\n");
	expect("", "from-directory");
	setenv("TWILIO_ACCOUNT_SID", "AC1", 1);
	expect("AC1", "from-directory");
}

static void test_a_key_has_its_own_user(void **state)
{
	(void)state;
	setenv("TWILIO_ACCOUNT_SID", "AC1", 1);
	setenv("TWILIO_API_KEY", "SK1", 1);
	setenv("TWILIO_API_SECRET", "s1", 1);
	expect("SK1", "s1");
	setenv("TWILIO_API_SECRET_FILE", put_text("s", "s2"), 1);
	expect("SK1", "s2");
	setenv("TWILIO_API_KEY_FILE", put_text("k", "SK2"), 1);
	expect("SK2", "s2");
}

static void test_token_and_key_the_earlier_place_wins(void **state)
{
	(void)state;
	setenv("TWILIO_AUTH_TOKEN", "token", 1);
	setenv("TWILIO_API_KEY", "SK1", 1);
	setenv("TWILIO_API_SECRET", "s1", 1);
	expect("", "token");
	setenv("TWILIO_API_KEY_FILE", put_text("k", "SK2"), 1);
	expect("", "token");
	setenv("TWILIO_API_SECRET_FILE", put_text("s", "s2"), 1);
	expect("SK2", "s2");
	setenv("TWILIO_AUTH_TOKEN_FILE", put_text("t", "token2"), 1);
	expect("", "token2");
}

static void test_half_a_pair(void **state)
{
	(void)state;
	setenv("TWILIO_API_KEY", "SK1", 1);
	expect_error("no API secret");
	setenv("TWILIO_AUTH_TOKEN", "token", 1);
	expect("", "token");
	unsetenv("TWILIO_API_KEY");
	unsetenv("TWILIO_AUTH_TOKEN");
	setenv("TWILIO_API_SECRET", "hunter2", 1);
	expect_error("no API key");
}

static void test_nothing_found_names_each_place(void **state)
{
	(void)state;
	setenv("TWILIO_AUTH_TOKEN", "", 1);
	expect_error("CREDENTIALS_DIRECTORY (not set)");
	expect_error("TWILIO_AUTH_TOKEN_FILE");
	expect_error("TWILIO_API_SECRET");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect_error(folder);
}

static void test_a_file_that_cant_be_used_is_not_passed_over(void **state)
{
	static char large[LIMIT_SECRET_BYTES + 2];
	const char *open_to_all = put_text("open", "hunter2");
	char fifo[128];

	(void)state;
	setenv("TWILIO_AUTH_TOKEN", "token", 1);
	setenv("TWILIO_AUTH_TOKEN_FILE", "/no/such/file", 1);
	expect_error("TWILIO_AUTH_TOKEN_FILE: can't read /no/such/file");
	setenv("TWILIO_AUTH_TOKEN_FILE", folder, 1);
	expect_error("it is a folder");
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	setenv("TWILIO_AUTH_TOKEN_FILE", fifo, 1);
	expect_error("a FIFO");
	memset(large, 'x', sizeof(large) - 1);
	setenv("TWILIO_AUTH_TOKEN_FILE", put_text("large", large), 1);
	expect_error("more than the limit");
	setenv("TWILIO_AUTH_TOKEN_FILE", put_text("empty", " \n"), 1);
	expect_error("is empty");
	setenv("TWILIO_AUTH_TOKEN_FILE", put("nul", "hunter\0two", 10), 1);
	expect_error("at byte 7");
	setenv("TWILIO_AUTH_TOKEN_FILE", put_text("lines", "hunter\ntwo\n"), 1);
	expect_error("at byte 7");
	assert_int_equal(chmod(open_to_all, 0666), 0);
	setenv("TWILIO_AUTH_TOKEN_FILE", open_to_all, 1);
	expect_error("chmod o-w");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	put_text("twilio_auth_token", "");
	expect_error("twilio_auth_token is empty");
}

static void test_values_that_would_break_the_header(void **state)
{
	(void)state;
	setenv("TWILIO_AUTH_TOKEN", "hunter2\r\nX-Evil: 1", 1);
	expect_error("TWILIO_AUTH_TOKEN has");
	setenv("TWILIO_AUTH_TOKEN", "token", 1);
	setenv("TWILIO_ACCOUNT_SID", "AC1:hunter2", 1);
	expect_error("':'");
	setenv("TWILIO_ACCOUNT_SID", "AC1\t2", 1);
	expect_error("TWILIO_ACCOUNT_SID has");
	setenv("TWILIO_ACCOUNT_SID", "AC1\n", 1);
	expect("AC1", "token");
}

static void test_a_file_is_read_whole_or_not_at_all(void **state)
{
	struct error error = {0};
	struct stat info;
	size_t length;
	char *bytes;

	(void)state;
	assert_int_equal(file_read(put_text("f", "abc"), 3, &bytes, &length, &info, &error), 0);
	assert_int_equal(length, 3);
	assert_string_equal(bytes, "abc");
	assert_int_equal(info.st_size, 3);
	mem_free(bytes);
	assert_int_equal(file_read(put_text("f", "abcd"), 3, &bytes, &length, NULL, &error),
			 -EFBIG);
	assert_int_equal(file_read(put_text("f", ""), 3, &bytes, &length, NULL, &error), 0);
	assert_string_equal(bytes, "");
	mem_free(bytes);
	assert_int_equal(file_read("/dev/null", 3, &bytes, &length, NULL, &error), -EINVAL);
	assert_non_null(strstr(error.text, "a device"));
	/* Its size is said to be 0, and yet there are bytes: as a file that grows. */
	assert_int_equal(file_read("/proc/self/status", 9, &bytes, &length, NULL, &error), -EAGAIN);
}

/* In a process of its own, which it changes for good. */
static int check_hardened(void)
{
	struct rlimit limit;
	struct error error;
	struct stat info;

	close(STDIN_FILENO);
	close(STDERR_FILENO);
	if (process_harden(&error) < 0)
		return 1;
	if (fstat(STDIN_FILENO, &info) < 0 || fstat(STDERR_FILENO, &info) < 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_cur || limit.rlim_max)
		return 3;
	return umask(0) == 0077 ? 0 : 4;
}

static void test_a_hardened_process(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(check_hardened());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(test_each_place_in_its_turn),
		FOLDER_TEST(test_a_key_has_its_own_user),
		FOLDER_TEST(test_token_and_key_the_earlier_place_wins),
		FOLDER_TEST(test_half_a_pair),
		FOLDER_TEST(test_nothing_found_names_each_place),
		FOLDER_TEST(test_a_file_that_cant_be_used_is_not_passed_over),
		FOLDER_TEST(test_values_that_would_break_the_header),
		FOLDER_TEST(test_a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(test_a_hardened_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
