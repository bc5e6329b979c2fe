/*
 * Ten megabytes made to hurt: each ends in a clear error, within 64 MB. Each is read in a child of
 * its own whose data may grow by that much and no more; a child that asks for more is aborted.
 * (AddressSanitizer needs memory of its own: there the ceiling is not set.)
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/wanted.h"
#include "support/test.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* gcc's name for it */
#endif
#endif

#define HOSTILE_BYTES (10UL * 1024 * 1024)
#define CEILING_BYTES (64UL * 1024 * 1024)

/* The file's own bytes count too: the child inherits them. */
static void set_ceiling(void)
{
#ifndef __SANITIZE_ADDRESS__
	struct rlimit limit;
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	/* Sixth: data and stack, which is what RLIMIT_DATA counts. */
	if (!file || fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		_exit(90);
	fclose(file);
	limit.rlim_cur = limit.rlim_max =
		pages * (unsigned long)sysconf(_SC_PAGESIZE) + CEILING_BYTES - HOSTILE_BYTES;
	if (setrlimit(RLIMIT_DATA, &limit) < 0)
		_exit(90);
#endif
}

static void read_in_child(const struct buf *text, const char *place, const char *message)
{
	struct wanted_source source = {"a.yaml", buf_text(text), text->length};
	struct diag diag = {0};
	struct buf said = {0};

	set_ceiling();
	if (wanted_read(&source, 1, "AC0000000000000000000000000000000a", &diag))
		_exit(91);
	diag_sort(&diag);
	diag_print(&diag, &said, 0);
	if (text_starts(buf_text(&said), place) && strstr(buf_text(&said), message))
		_exit(0);
	fprintf(stderr, "%.300s\n", buf_text(&said));
	_exit(92);
}

static void expect(const struct buf *text, const char *place, const char *message)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		read_in_child(text, place, message);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		fail_msg("'%s': ended by signal %d", message, WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* `head`, then `unit` over and over, then `tail`. */
static void expect_repeated(const char *head, const char *unit, const char *tail, const char *place,
			    const char *message)
{
	struct buf text = {0};

	buf_add_text(&text, head);
	while (text.length + strlen(unit) + strlen(tail) < HOSTILE_BYTES)
		buf_add_text(&text, unit);
	buf_add_text(&text, tail);
	expect(&text, place, message);
	buf_finish(&text);
}

static void test_nesting(void **state)
{
	(void)state;
	expect_repeated("", "[", "", "a.yaml:1:17: error:", "nested more than 16 deep");
	expect_repeated("", "{a: ", "", "a.yaml:1:65: error:", "nested more than 16 deep");
	expect_repeated("", "- ", "", "a.yaml:1:33: error:", "nested more than 16 deep");
	expect_repeated("", "? ", "", "a.yaml:1:33: error:", "nested more than 16 deep");
}

static void test_aliases(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_add_text(&text, "a: &a [x,x,x,x,x,x,x,x,x,x]\n");
	for (int c = 'b'; c <= 'j'; c++) {
		buf_printf(&text, "%c: &%c [", c, c);
		for (int i = 0; i < 10; i++)
			buf_printf(&text, "*%c,", c - 1);
		buf_add_text(&text, "]\n");
	}
	buf_add_repeat(&text, ' ', HOSTILE_BYTES - text.length);
	expect(&text, "a.yaml:7:", "values, aliases expanded: the file is refused");
	buf_finish(&text);
	expect_repeated("a: &a x\nb: [", "*a,", "]", "a.yaml:2:", "more than 10000 aliases");
	expect_repeated("", "- &a x\n", "", "a.yaml:1001:3: error:", "more than 1000 anchors");
}

static void test_keys(void **state)
{
	struct buf text = {0};

	(void)state;
	expect_repeated("", "version: 1\n", "",
			"a.yaml:200001:1: error:", "more than 200000 entries");
	for (int i = 0; i < 1000000; i++)
		buf_printf(&text, "k%u: 1\n", (unsigned)i * 2654435761U);
	expect(&text, "a.yaml:200001:1: error:", "more than 200000 entries");
	buf_clear(&text);
	for (int i = 0; i < 199999; i++)
		buf_printf(&text, "key_in_any_order_%u: a value that is long enough\n",
			   (unsigned)i * 2654435761U % 100003);
	expect(&text, "a.yaml:", "is declared twice: the first is at a.yaml:");
	buf_finish(&text);
	expect_repeated("", "- [a,b,c,d,e,f,g,h,i,j,k,l,m,n]\n", "", "a.yaml:", "2000000 values");
}

static void test_scalars(void **state)
{
	(void)state;
	expect_repeated("a: ", "x", "", "a.yaml:1:4: error:", "more than 65536 are refused");
	expect_repeated("a: \"", "x", "\"", "a.yaml:1:4: error:", "more than 65536 are refused");
	expect_repeated("a: \"", "\\x41", "\"", "a.yaml:1:4: error:", "more than 65536");
	expect_repeated("a: \"", "\n", "", "a.yaml:1:4: error:", "this quote is never closed");
	expect_repeated("", "x", ": 1", "a.yaml:1:1: error:", "more than 65536 are refused");
	expect_repeated("a: |\n", " x\n", "", "a.yaml:1:4: error:", "more than 65536");
}

static void test_bytes_that_are_no_text(void **state)
{
	struct buf text = {0};

	(void)state;
	expect_repeated("", "# \n", "\xe9\n", "a.yaml:", "byte 0xE9 is not UTF-8");
	expect_repeated("", "# é\n", "\xc3", "a.yaml:", "byte 0xC3 is not UTF-8");
	expect_repeated("", "version: 1\r", "\n", "a.yaml:1:11: error:", "carriage return");
	expect_repeated("", "#\r\n", "\x01", "a.yaml:", "control character U+0001");
	expect_repeated("", "# é\n", "\xe2\x80\xa8", "a.yaml:", "line separator U+2028");
	expect_repeated("", "# é\n", "\xef\xbb\xbf", "a.yaml:", "byte order mark");
	expect_repeated("\xff\xfe", "a", "", "a.yaml: error:", "UTF-16 or UTF-32");
	expect_repeated("\xfe\xff", "a", "", "a.yaml: error:", "UTF-16 or UTF-32");
	buf_add_repeat(&text, '\0', HOSTILE_BYTES);
	expect(&text, "a.yaml:1:1: error:", "a NUL byte");
	buf_finish(&text);
}

static void test_empty_and_too_large(void **state)
{
	struct buf text = {0};

	(void)state;
	expect_repeated("", "\n", "", "a.yaml: error:", "the file is empty");
	expect_repeated("", "# a\n", "", "a.yaml: error:", "the file is empty");
	expect_repeated("", "---\n", "", "a.yaml:2:1: error:", "a second document");
	buf_add_repeat(&text, ' ', LIMIT_FILE_BYTES + 1);
	expect(&text, "a.yaml: error:", "more than 16777216 are refused");
	buf_finish(&text);
}

/* Each line is wrong: every one is counted, few are shown, none is slow. */
static void test_errors_by_the_hundred_thousand(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_add_text(&text, "version: 1\ngroups:\n");
	for (int i = 0; i < 9000; i++)
		buf_printf(&text, "  group_%d_whose_name_is_as_long_as_a_name_may_well_be: {}\n",
			   i);
	buf_add_text(&text, "numbers:\n");
	for (int i = 0; i < 90000; i++)
		buf_printf(&text,
			   "  \"+1415%07d\": {group: group_%d_whose_name_is_as_long_as_another,"
			   " voice_ulr: x}\n",
			   i, i);
	expect(&text, "a.yaml:9004:", "unknown group");
	buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_bytes_that_are_no_text),
		cmocka_unit_test(test_empty_and_too_large),
		cmocka_unit_test(test_errors_by_the_hundred_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
