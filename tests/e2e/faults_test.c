/*
 * Every fault of the simulated Twilio, alone and in pairs: when it is over, what is live is what
 * the file says, nothing more is sent, and nothing was written that the file does not ask for.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "support/daemon.h"
#include "support/test.h"

#define NUMBERS 6
#define SIDE    12 /* faults that are tried side by side, each in a world of its own */

struct trial {
	struct scene scene;
	struct daemon *daemon;
	char what[64];
};

/* These end a request after many seconds; tests/e2e/hang_test.c has them. */
static bool is_slow(const char *fault)
{
	return text_starts(fault, "hang-") || strcmp(fault, "drip") == 0;
}

static void begin(struct trial *trial)
{
	scene_begin(&trial->scene, NULL);
	scene_numbers(&trial->scene, NUMBERS);
	scene_declare_numbers(&trial->scene, "", NUMBERS, "voice_url: " SCENE_URL);
	trial->daemon = daemon_start(&trial->scene, WORDS("--interval", "200ms"));
	daemon_wait(trial->daemon, "pass", NULL);
}

/* The file changes while the fault is there, and a number is changed by hand. */
static void disturb(struct trial *trial)
{
	scene_declare_numbers(&trial->scene, "", NUMBERS,
			      "voice_url: https://new.example.com/, sms_url: null");
	scene_edit(&trial->scene, SCENE_NUMBER, "\"voice_url\": \"https://hand.example.com/\"");
	daemon_hurry(trial->daemon, 2);
}

static size_t count_wrong(struct scene *scene)
{
	char number[24];
	size_t wrong = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		char *voice, *sms;

		scene_number(i, number);
		voice = sim_value(scene->sim, number, "voice_url");
		sms = sim_value(scene->sim, number, "sms_url");
		wrong += !text_equal(voice, "https://new.example.com/") || !text_is_empty(sms);
		mem_free(voice);
		mem_free(sms);
	}
	return wrong;
}

static void converge(struct trial *trial)
{
	struct scene *scene = &trial->scene;
	int64_t deadline = scene_now() + SCENE_WAIT_MS;
	uint64_t posts;

	sim_request(scene->sim, "DELETE", "/_sim/faults", NULL, NULL, NULL);
	do {
		daemon_hurry(trial->daemon, 1);
		if (scene_now() > deadline) {
			fputs(buf_text(daemon_log(trial->daemon)), stderr);
			fail_msg("after %s it does not converge", trial->what);
		}
	} while (count_wrong(scene));
	daemon_hurry(trial->daemon, 1);
	posts = sim_count(scene->sim, "number.POST");
	daemon_hurry(trial->daemon, 3);
	if (sim_count(scene->sim, "number.POST") != posts)
		fail_msg("after %s it goes on sending", trial->what);
	scene_assert_posts_only(scene, WORDS("VoiceUrl", "SmsUrl"));
	daemon_stop(trial->daemon);
	scene_end(scene);
}

static void run_side_by_side(struct trial *trials, size_t count)
{
	for (size_t i = 0; i < count; i++)
		disturb(&trials[i]);
	for (size_t i = 0; i < count; i++)
		converge(&trials[i]);
}

/* Asks for the next fault that `kind` of request can meet; false if there are no more. */
static bool next_fault(const json_t *faults, const char *kind, size_t *i, const char **ret_name)
{
	for (; *i < json_array_size(faults); (*i)++) {
		const json_t *fault = json_array_get(faults, *i), *on;
		const char *name = json_string_value(json_object_get(fault, "name"));
		size_t k;

		json_array_foreach (json_object_get(fault, "on"), k, on) {
			if (!text_equal(json_string_value(on), kind) || is_slow(name))
				continue;
			*ret_name = name;
			(*i)++;
			return true;
		}
	}
	return false;
}

static json_t *list_faults(void)
{
	struct buf answer = {0};
	struct scene scene;
	json_t *root, *faults;

	scene_begin(&scene, NULL);
	assert_int_equal(sim_request(scene.sim, "GET", "/_sim/faults", NULL, NULL, &answer), 200);
	root = json_loads(buf_text(&answer), 0, NULL);
	faults = json_incref(json_object_get(root, "faults"));
	assert_true(json_array_size(faults) > 40);
	json_decref(root);
	buf_finish(&answer);
	scene_end(&scene);
	return faults;
}

static void set_fault(struct trial *trial, const char *fault, const char *kind, unsigned count)
{
	sim_post(trial->scene.sim, "/_sim/faults",
		 "{\"fault\": \"%s\", \"kind\": \"%s\", \"count\": %u}", fault, kind, count);
}

static void run_alone(const char *kind)
{
	json_t *faults = list_faults();
	struct trial trials[SIDE];
	size_t i = 0, count = 0;
	const char *name;

	while (next_fault(faults, kind, &i, &name)) {
		struct trial *trial = &trials[count++];

		begin(trial);
		snprintf(trial->what, sizeof(trial->what), "%s on %s", name, kind);
		set_fault(trial, name, kind, 2);
		if (count == SIDE) {
			run_side_by_side(trials, count);
			count = 0;
		}
	}
	run_side_by_side(trials, count);
	json_decref(faults);
}

static void test_list(void **state)
{
	(void)state;
	run_alone("list");
}

static void test_update(void **state)
{
	(void)state;
	run_alone("update");
}

/* Two of the faults that are left to chance, on any request, by a seed that names them. */
static void set_pair(struct trial *trial, const json_t *faults, uint64_t seed)
{
	const char *names[2];
	struct rng rng;

	rng_init(&rng, seed);
	for (size_t i = 0; i < 2; i++) {
		do {
			int64_t pick = rng_upto(&rng, (int64_t)json_array_size(faults) - 1);

			names[i] = json_string_value(
				json_object_get(json_array_get(faults, (size_t)pick), "name"));
		} while (is_slow(names[i]));
		sim_post(trial->scene.sim, "/_sim/faults",
			 "{\"fault\": \"%s\", \"nth\": %lld, \"count\": %lld}", names[i],
			 (long long)rng_upto(&rng, 4) + 1, (long long)rng_upto(&rng, 2) + 1);
	}
	snprintf(trial->what, sizeof(trial->what), "seed %llu, %s and %s", (unsigned long long)seed,
		 names[0], names[1]);
}

static void test_pairs(void **state)
{
	json_t *faults = list_faults();
	struct trial trials[SIDE];

	(void)state;
	for (uint64_t seed = 1; seed <= 4 * SIDE; seed += SIDE) {
		for (size_t i = 0; i < SIDE; i++) {
			begin(&trials[i]);
			set_pair(&trials[i], faults, seed + i);
		}
		run_side_by_side(trials, SIDE);
	}
	json_decref(faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
