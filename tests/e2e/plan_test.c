/* numberd plan: its exit statuses, its JSON, and that the three formats tell one story. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/scene.h"
#include "support/test.h"

#define OTHER "\"voice_url\": \"https://elsewhere.example.com/\""

/* Twelve numbers, in sync, and known to be so. */
static void begin_in_sync(struct scene *scene)
{
	scene_numbers(scene, 12);
	scene_declare_numbers(scene, "", 12, "voice_url: " SCENE_URL);
	assert_int_equal(scene_run(scene, WORDS("apply")), 0);
	sim_forget(scene->sim);
}

static void test_in_sync(void **state)
{
	struct scene *scene = *state;

	begin_in_sync(scene);
	assert_int_equal(scene_run(scene, WORDS("plan")), 0);
	assert_says(&scene->out, "In sync");
	assert_int_equal(scene->err.length, 0);
}

static void test_changes_and_drift(void **state)
{
	struct scene *scene = *state;

	begin_in_sync(scene);
	scene_edit(scene, SCENE_NUMBER, OTHER);
	assert_int_equal(scene_run(scene, WORDS("plan")), 3);
	scene_declare_numbers(scene, "", 12, "voice_url: " SCENE_URL ", sms_method: GET");
	assert_int_equal(scene_run(scene, WORDS("plan")), 4);
	scene_declare_numbers(scene, "limits: {max_changes: 100%}\n", 12,
			      "voice_url: " SCENE_URL ", sms_method: GET");
	assert_int_equal(scene_run(scene, WORDS("plan")), 3);
	scene_edit(scene, SCENE_NUMBER, "\"voice_url\": \"" SCENE_URL "\"");
	assert_int_equal(scene_run(scene, WORDS("plan")), 2);
	scene_assert_count(scene, "number.POST", 0);
}

static void test_could_not_tell(void **state)
{
	struct scene *scene = *state;

	begin_in_sync(scene);
	scene->variables[0] = "TWILIO_AUTH_TOKEN=not-the-token";
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "401");
	scene->variables[0] = "TWILIO_AUTH_TOKEN";
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "TWILIO_AUTH_TOKEN_FILE");
	scene->variables[0] = NULL;
	sim_post(scene->sim, "/_sim/faults", "{\"fault\": \"404\", \"count\": 0}");
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	scene_declare(scene, "version: 1\nnumbers: {\"+14155550100\": {voice_ulr: x}}\n");
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "did you mean 'voice_url'?");
	assert_says(&scene->err, "^~~~~~~~~");
	scene->variables[0] = "NUMBERD_CONFIG=/nonexistent/numbers.yaml";
	assert_int_equal(scene_run(scene, WORDS("plan")), 1);
	assert_says(&scene->err, "/nonexistent/numbers.yaml");
}

static void test_usage(void **state)
{
	const char *const *const wrong[] = {
		WORDS("plan", "--nonsense"),
		WORDS("plan", "word"),
		WORDS("plan", "--format", "xml"),
		WORDS("plan", "--format"),
		WORDS("plan", "--yes"),
		WORDS("plna"),
		WORDS("plan", "--concurrency", "0"),
		WORDS("apply", "--format", "markdown"),
		WORDS("check", "--observe"),
		WORDS("run", "--interval", "1ms"),
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		int status = scene_run(scene, wrong[i]);

		if (status != 64)
			fail_msg("%s %s ends with %d", wrong[i][0], wrong[i][1], status);
		assert_int_equal(scene->out.length, 0);
		assert_true(scene->err.length > 0);
	}
}

/* A settings file that is not there, and one that says a thing twice in two spellings. */
static void test_settings(void **state)
{
	struct scene *scene = *state;
	char path[96];
	FILE *file;

	assert_int_equal(scene_run(scene, WORDS("check", "--settings", "/nonexistent")), 1);
	assert_says(&scene->err, "/nonexistent");
	assert_says(&scene->err, "No such file");
	snprintf(path, sizeof(path), "%s/numberd.yaml", scene->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("log_format: json\nlog-format: text\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(scene_run(scene, WORDS("check", "--settings", path)), 1);
	assert_says(&scene->err, "numberd.yaml:2:1");
	assert_says(&scene->err, "there twice");
}

static void assert_keys(const json_t *object, const char *const *keys)
{
	for (; *keys; keys++) {
		if (!json_object_get(object, *keys))
			fail_msg("%s is missing in %s", *keys, json_dumps(object, JSON_COMPACT));
	}
}

static void assert_one_of(const json_t *value, const char *const *words)
{
	while (*words && !text_equal(*words, json_string_value(value)))
		words++;
	assert_non_null(*words);
}

static void test_json(void **state)
{
	struct scene *scene = *state;
	const json_t *diff, *source;
	json_t *plan;
	size_t i;

	begin_in_sync(scene);
	scene_edit_numbers(scene, 0, 2, OTHER);
	scene_declare_numbers(scene, "limits: {max_changes: 100%}\n", 13,
			      "voice_url: " SCENE_URL ", sms_method: GET, sms_url: null");
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 3);
	plan = scene_json(scene);
	assert_keys(plan, WORDS("format_version", "digest", "revision", "numbers", "differences",
				"missing", "warnings", "requests"));
	assert_int_equal(json_integer_value(json_object_get(plan, "format_version")), 1);
	assert_true(text_starts(json_string_value(json_object_get(plan, "digest")), "sha256:"));
	assert_keys(json_object_get(plan, "numbers"),
		    WORDS("declared", "live", "unmanaged", "in_sync", "missing"));
	assert_keys(json_object_get(plan, "requests"), WORDS("get", "post"));
	assert_int_equal(json_array_size(json_object_get(plan, "missing")), 1);
	assert_keys(json_array_get(json_object_get(plan, "missing"), 0),
		    WORDS("account", "number"));
	assert_int_equal(json_array_size(json_object_get(plan, "differences")), 14);
	json_array_foreach (json_object_get(plan, "differences"), i, diff) {
		assert_keys(diff, WORDS("account", "number", "sid", "field", "kind", "live", "want",
					"known", "source", "action", "reason"));
		assert_one_of(json_object_get(diff, "kind"),
			      WORDS("change", "drift", "both", "new"));
		assert_one_of(json_object_get(diff, "action"),
			      WORDS("send", "hold", "report", "blocked", "wait"));
		source = json_object_get(diff, "source");
		assert_true(json_integer_value(json_object_get(source, "line")) >= 4);
		assert_true(json_integer_value(json_object_get(source, "column")) > 1);
		assert_non_null(
			strstr(json_string_value(json_object_get(source, "file")), "numbers.yaml"));
	}
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(plan, "requests"), "post")), 12);
	json_decref(plan);
}

/* Every number and field of the JSON is in the text and the Markdown, and no other. */
static void test_formats_agree(void **state)
{
	static const char *const formats[] = {"text", "markdown"};
	struct scene *scene = *state;
	const json_t *diff;
	json_t *plan;
	char number[24];
	size_t i;

	begin_in_sync(scene);
	scene_edit_numbers(scene, 3, 2, OTHER);
	assert_int_equal(scene_run(scene, WORDS("plan", "--format", "json")), 3);
	plan = scene_json(scene);
	assert_int_equal(json_array_size(json_object_get(plan, "differences")), 2);
	for (size_t f = 0; f < ARRAY_LENGTH(formats); f++) {
		assert_int_equal(scene_run(scene, WORDS("plan", "--format", formats[f])), 3);
		json_array_foreach (json_object_get(plan, "differences"), i, diff) {
			assert_says(&scene->out,
				    json_string_value(json_object_get(diff, "number")));
			assert_says(&scene->out, json_string_value(json_object_get(diff, "field")));
			assert_says(&scene->out, json_string_value(json_object_get(diff, "live")));
			assert_says(&scene->out, json_string_value(json_object_get(diff, "want")));
		}
		for (i = 0; i < 12; i++) {
			scene_number(i, number);
			if (i != 3 && i != 4)
				assert_silent_of(&scene->out, number);
		}
		assert_says(&scene->out, json_string_value(json_object_get(plan, "digest")));
	}
	json_decref(plan);
}

static size_t count_of(const struct buf *text, const char *part)
{
	size_t count = 0;

	for (const char *at = buf_text(text); (at = strstr(at, part)); at += strlen(part))
		count++;
	return count;
}

/* A first plan over numbers that all differ, in their own way: a heading a field, a line a number,
 * and what the limit says once. */
static void test_a_first_plan_reads_well(void **state)
{
	struct scene *scene = *state;
	char number[24], members[96];

	scene_numbers(scene, 12);
	for (size_t i = 0; i < 12; i++) {
		scene_number(i, number);
		snprintf(members, sizeof(members),
			 "\"voice_url\": \"https://old-%zu.example.com/\"", i < 9 ? i : 9);
		scene_edit(scene, number, members);
	}
	scene_declare_numbers(scene, "", 12, "voice_url: " SCENE_URL);
	assert_int_equal(scene_run(scene, WORDS("plan")), 4);
	assert_int_equal(count_of(&scene->out, "voice_url of 12 numbers: blocked"), 1);
	for (size_t i = 0; i < 12; i++) {
		scene_number(i, number);
		assert_int_equal(count_of(&scene->out, number), 1);
	}
	/* Three of them go from the same value, which is said once. */
	assert_int_equal(count_of(&scene->out, " -> \"" SCENE_URL "\""), 10);
	assert_int_equal(count_of(&scene->out, "limits.max_changes allows"), 1);
	assert_silent_of(&scene->out, "because");
	assert_says(&scene->out, "0 numbers to update, 12 blocked");
}

static char *digest(struct scene *scene)
{
	json_t *plan;
	char *text;

	scene_run(scene, WORDS("plan", "--format", "json"));
	plan = scene_json(scene);
	text = mem_strdup(json_string_value(json_object_get(plan, "digest")));
	json_decref(plan);
	return text;
}

static void test_digest(void **state)
{
	struct scene *scene = *state;
	char *first, *again, *other;

	begin_in_sync(scene);
	scene_edit(scene, SCENE_NUMBER, OTHER);
	first = digest(scene);
	again = digest(scene);
	assert_string_equal(first, again);
	scene_edit(scene, "+14152000001", OTHER);
	other = digest(scene);
	assert_string_not_equal(first, other);
	mem_free(again);
	scene_edit(scene, "+14152000001", "\"voice_url\": \"" SCENE_URL "\"");
	again = digest(scene);
	assert_string_equal(first, again);
	mem_free(first);
	mem_free(again);
	mem_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_in_sync),
		SCENE_TEST(test_changes_and_drift),
		SCENE_TEST(test_could_not_tell),
		SCENE_TEST(test_usage),
		SCENE_TEST(test_settings),
		SCENE_TEST(test_json),
		SCENE_TEST(test_formats_agree),
		SCENE_TEST(test_digest),
		SCENE_TEST(test_a_first_plan_reads_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
