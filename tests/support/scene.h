/*
 * The world of one test of the whole program: a simulated Twilio, a folder with numbers.yaml and
 * the state directory, and what the environment of numberd has. In it numberd is run to its end
 * here, or started and watched by support/daemon.h.
 *
 * All calls block until what they wait for is there, and fail the test where it does not come in
 * time. A process started here dies with the test. A sanitizer's finding in it fails the test.
 */
#ifndef NUMBERD_TESTS_SCENE_H
#define NUMBERD_TESTS_SCENE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "support/sim.h"

#define SCENE_WAIT_MS   30000 /* for anything that is waited for */
#define SCENE_VARIABLES 8
#define SCENE_NUMBER    "+14152000000" /* the first of scene_numbers() */
#define SCENE_URL       "https://ivr.example.com/voice"

struct scene {
	struct sim *sim;
	char folder[48];
	char config[64]; /* folder/numbers.yaml */
	char state[64];
	char socket[64]; /* of the daemon */
	/* "NAME=value" that differs from one test to the other; "NAME" takes it away. */
	const char *variables[SCENE_VARIABLES];
	int input;           /* standard input of numberd; 0: /dev/null */
	struct buf out, err; /* of the last scene_run() */
};

/* The options are twilio-sim's, to a NULL. Its account has no numbers yet, unless they say so. */
void scene_begin(struct scene *scene, const char *const *sim_options);

/* Asserts that Twilio was never used in a way that is not allowed. */
void scene_end(struct scene *scene);

/* A test with a scene of its own: *state is a struct scene. */
int scene_setup(void **state);
int scene_teardown(void **state);
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

/* Puts `count` numbers into the account, SCENE_NUMBER and up, all with SCENE_URL as voice_url. */
void scene_numbers(struct scene *scene, size_t count);

/* The i-th of them. */
void scene_number(size_t i, char ret_number[24]);

/* Replaces numbers.yaml as careful editors do, by a rename. printf's format. */
void scene_declare(struct scene *scene, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same with `count` numbers of scene_numbers(): what is written before and in each of them. */
void scene_declare_numbers(struct scene *scene, const char *head, size_t count, const char *each);

/* A person edits the number in the Console: JSON members, as "\"voice_url\": \"https://...\"". */
void scene_edit(struct scene *scene, const char *number, const char *members);

/* The i-th number and those after it, the same edit each. */
void scene_edit_numbers(struct scene *scene, size_t first, size_t count, const char *members);

/* A field of the live number; NULL: null or no such key. */
void scene_assert_value(struct scene *scene, const char *number, const char *key,
			const char *expected);

/* Requests so far of a kind as "list.GET" and "number.POST". */
void scene_assert_count(struct scene *scene, const char *kind, uint64_t expected);
void scene_wait_count(struct scene *scene, const char *kind, uint64_t least);

/* The requests of one kind of numbers, "list", "number", that used a method; json_decref. */
json_t *scene_requests(struct scene *scene, const char *kind, const char *method);

/* Every POST so far carried these parameters alone, names to a NULL, or some of them. */
void scene_assert_posts_only(struct scene *scene, const char *const *names);

/* Runs numberd to its end: words to a NULL. Returns the exit status; what it said is in scene. */
int scene_run(struct scene *scene, const char *const *words);

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* What the last scene_run() wrote to standard output, as JSON; json_decref. */
json_t *scene_json(const struct scene *scene);

/*
 * Starts numberd in the scene: `prefix` is a program to run it under with its arguments, as strace,
 * to a NULL, or NULL. The pipes are to be read and closed by the caller.
 */
pid_t scene_spawn(struct scene *scene, const char *const *prefix, const char *const *words,
		  int *ret_out, int *ret_err);

/* Waits for the end of a process of scene_spawn(): its exit status, or minus a signal's number. */
int scene_reap(pid_t pid, const struct buf *err);

/* What a pipe holds, added to `into`; false at its end. */
bool scene_read(int fd, struct buf *into);

int64_t scene_now(void); /* monotonic, ms */

void assert_says(const struct buf *text, const char *part);
void assert_silent_of(const struct buf *text, const char *part);

#endif
