/*
 * The journal on a disk that fails and loses power at each single call: it always opens again, what
 * was promised is there, and what was finished stays finished.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "support/journal_place.h"
#include "support/sim_vfs.h"

#define NUMBERS 12
#define PATH    "/sim/numberd.db"

static struct sim_vfs *disk;

static int set_up(void **state)
{
	(void)state;
	disk = sim_vfs_new("sim");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sim_vfs_free(disk);
	return 0;
}

static struct journal *open_sim(void)
{
	struct journal *journal = NULL;
	struct error error = {0};

	if (journal_open("/sim", JOURNAL_WRITE, "sim", NOW, &journal, &error) != 0)
		fail_msg("%s", error.text);
	return journal;
}

/* What the journal promised while it was alive. */
struct promises {
	int64_t pending; /* id of an entry that history_add() returned for */
	bool finished;
	bool saved; /* the last save returned 0 */
};

static void finish(struct journal *journal, int64_t id)
{
	struct history_entry entry = {.id = id, .outcome = HISTORY_DONE, .request = "RQ1"};

	history_finish(journal, &entry, 1);
}

/* A pass as the daemon makes it: intents, their outcome, memory; then a second one. */
static void live(struct promises *promises)
{
	struct journal *journal = open_sim();

	for (int pass = 0; pass < 2; pass++) {
		int64_t id = place_add(journal, HISTORY_PENDING);

		if (!id)
			continue;
		promises->pending = id;
		finish(journal, id);
		promises->saved = place_save(journal, NUMBERS + (size_t)pass) == 0;
	}
	journal_close(journal);
}

static int64_t highest;

static void note_id(void *context, const struct history_entry *entry)
{
	int64_t *last = context;

	assert_true(entry->id > *last);
	assert_string_equal(entry->after, "https://ivr.example.com/voice");
	*last = highest = entry->id;
}

static void assert_whole(const struct promises *promises)
{
	struct journal *journal = open_sim();
	struct history_filter any = {.outcome = -1};
	struct error error = {0};
	int64_t last = 0;
	size_t known;

	place_assert_quiet(journal);
	highest = 0;
	assert_int_equal(history_read(journal, &any, note_id, &last, &error), 0);
	assert_true(highest >= promises->pending);
	/* A save is there whole or not at all. */
	known = place_known(journal, NUMBERS + 1);
	assert_true(known == 0 || known == NUMBERS || known == NUMBERS + 1);
	assert_int_equal(place_save(journal, NUMBERS + 1), 0);
	assert_true(place_add(journal, HISTORY_PENDING) > promises->pending);
	place_assert_quiet(journal);
	journal_close(journal);
	journal = open_sim();
	place_assert_quiet(journal);
	assert_int_equal(place_known(journal, NUMBERS + 1), NUMBERS + 1);
	journal_close(journal);
}

static void new_disk(void)
{
	sim_vfs_free(disk);
	disk = sim_vfs_new("sim");
}

static uint64_t calls_of_a_life(void)
{
	struct promises promises = {0};
	uint64_t calls;

	live(&promises);
	assert_true(promises.saved);
	calls = sim_vfs_calls(disk);
	assert_true(calls > 50);
	new_disk();
	return calls;
}

/* kill -9 at every call; the machine stays up. */
static void test_killed_at_every_call(void **state)
{
	uint64_t calls = calls_of_a_life();

	(void)state;
	for (uint64_t at = 1; at <= calls; at++) {
		struct promises promises = {0};

		sim_vfs_kill(disk, at);
		live(&promises);
		sim_vfs_restart(disk);
		assert_whole(&promises);
		new_disk();
	}
}

/* The power fails at every call, and what no sync covers is lost, kept or torn. */
static void test_power_lost_at_every_call(void **state)
{
	uint64_t calls = calls_of_a_life();

	(void)state;
	for (uint64_t at = 1; at <= calls; at++) {
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct promises promises = {0};

			sim_vfs_kill(disk, at);
			live(&promises);
			sim_vfs_crash(disk, seed * 1000 + at);
			assert_whole(&promises);
			new_disk();
		}
	}
}

/* Each call fails, once or from then on by turns, in each way. The journal says so and works again
 * after. */
static void test_fault_at_every_call(void **state)
{
	uint64_t calls = calls_of_a_life();

	(void)state;
	for (int fault = SIM_FAULT_FULL; fault <= SIM_FAULT_IO; fault++) {
		for (uint64_t at = 1; at <= calls; at++) {
			struct promises promises = {0};

			sim_vfs_fault(disk, (enum sim_fault)fault, at, at % 2);
			live(&promises);
			sim_vfs_fault(disk, SIM_FAULT_NONE, 0, 0);
			assert_whole(&promises);
			new_disk();
		}
	}
}

/* A daemon that lives through it remembers again by itself. */
static void test_works_again_by_itself(void **state)
{
	(void)state;
	for (int fault = SIM_FAULT_FULL; fault <= SIM_FAULT_IO; fault++) {
		struct journal *journal = open_sim();

		assert_int_equal(place_save(journal, 1), 0);
		sim_vfs_fault(disk, (enum sim_fault)fault, 1, 0);
		place_save(journal, NUMBERS);
		place_save(journal, NUMBERS);
		if (fault != SIM_FAULT_READ)
			assert_non_null(journal_trouble(journal));
		/* Said once. */
		place_save(journal, NUMBERS);
		place_assert_quiet(journal);
		sim_vfs_fault(disk, SIM_FAULT_NONE, 0, 0);
		assert_int_equal(place_save(journal, NUMBERS), 0);
		if (fault != SIM_FAULT_READ)
			place_assert_told(journal, "works again");
		assert_int_equal(place_known(journal, NUMBERS), NUMBERS);
		journal_close(journal);
		new_disk();
	}
}

/* Bytes that the hardware changed: found, said, begun anew; never a crash, never an invention. */
static void test_damaged_between_lives(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct promises promises = {0};
		struct journal *journal;
		const char *trouble;

		live(&promises);
		sim_vfs_damage(disk, PATH, seed);
		journal = open_sim();
		trouble = journal_trouble(journal);
		assert_true(place_known(journal, NUMBERS + 1) <= NUMBERS + 1);
		/* What it can't do at once, it can at the next pass. Only what looks like the file
		 * of a newer numberd stays as it is. */
		if (place_save(journal, NUMBERS + 1) != 0 &&
		    (!trouble || !strstr(trouble, "newer")))
			assert_int_equal(place_save(journal, NUMBERS + 1), 0);
		journal_close(journal);
		new_disk();
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_killed_at_every_call),  TEST(test_power_lost_at_every_call),
		TEST(test_fault_at_every_call),   TEST(test_works_again_by_itself),
		TEST(test_damaged_between_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
